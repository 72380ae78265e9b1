/** @module The one JSON shape of the api's own errors, and which status each code has. */

import type { ErrorBody } from "./contract.ts";

/** Status of every code. */
export const API_ERRORS = {
  bad_parameter: 400,
  bad_body: 400,
  door_closed: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  json_required: 415,
  too_many_listeners: 503,
  assets_unavailable: 503,
  store_unavailable: 503,
  recorder_unavailable: 503,
  query_timeout: 504,
  internal: 500,
} as const;

export type ApiErrorCode = keyof typeof API_ERRORS;

/** A refusal on its way to the reader of the api; the message says what would have been right. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;

  constructor(code: ApiErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "ApiError";
    this.code = code;
  }
}

/** The answer for an error; what is not an {@link ApiError} is told as `internal` without its text. */
export function toErrorResponse(error: unknown): Response {
  const known = error instanceof ApiError ? error : new ApiError("internal", "Something failed inside the api.");
  const status = API_ERRORS[known.code];
  const body: ErrorBody = {
    error: {
      type: status < 500 ? "invalid_request_error" : "api_error",
      message: known.message,
      code: known.code,
    },
  };
  return Response.json(body, { status, headers: { "cache-control": "no-store", "x-content-type-options": "nosniff" } });
}
