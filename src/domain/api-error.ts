/** @module The closed list of errors of what we serve ourselves: code and status. docs/errors.md is held against it. */

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

/** The one shape of these errors, from whichever process they come. */
export function toApiErrorBody(code: ApiErrorCode, message: string) {
  return { error: { type: API_ERRORS[code] < 500 ? "invalid_request_error" : "api_error", message, code } };
}
