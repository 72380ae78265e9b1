/** @module Answers of the endpoints that the proxy process serves itself: JSON, refused in the words of the api. */

import { API_ERRORS, type ApiErrorCode, toApiErrorBody } from "../domain/api-error.ts";

export function answerJson(value: unknown, status = 200): Response {
  return Response.json(value, { status, headers: { "cache-control": "no-store" } });
}

export function refuseOwn(code: ApiErrorCode, message: string): Response {
  return answerJson(toApiErrorBody(code, message), API_ERRORS[code]);
}

export function refuseMethod({ method }: Request, allowed: readonly string[]): Response {
  const refusal = refuseOwn("method_not_allowed", `${method} is not known here; there is ${allowed.join(", ")}.`);
  refusal.headers.set("allow", allowed.join(", "));
  return refusal;
}
