/** @module A refusal of the api, and the answer for it. */

import { API_ERRORS, type ApiErrorCode, toApiErrorBody } from "../domain/api-error.ts";
import type { ErrorBody } from "./contract.ts";

/** A refusal on its way to the reader of the api; the message says what would have been right. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  /** Methods there are, where the one used is not among them. */
  readonly allow: readonly string[] | undefined;

  constructor(code: ApiErrorCode, message: string, options?: { cause?: unknown; allow?: readonly string[] }) {
    super(message, options);
    this.name = "ApiError";
    this.code = code;
    this.allow = options?.allow;
  }
}

/** The answer for an error; what is not an {@link ApiError} is told as `internal` without its text. */
export function toErrorResponse(error: unknown): Response {
  const { code, message, allow } =
    error instanceof ApiError ? error : new ApiError("internal", "Something failed inside the api.");
  return Response.json(toApiErrorBody(code, message) satisfies ErrorBody, {
    status: API_ERRORS[code],
    headers: {
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...(allow === undefined ? {} : { allow: allow.join(", ") }),
    },
  });
}
