/** @module How OpenAI and those who follow it word an error. Source: platform.openai.com/docs/guides/error-codes, read 2026-11-21. */

import type { FaultKind, WireError } from "./format.ts";

export function toOpenaiError(kind: FaultKind, message: string): WireError {
  const [status, type, code] = ERRORS[kind];
  return { status, body: { error: { message, type, param: kind === "context_length" ? "messages" : null, code } } };
}

const ERRORS: Readonly<Record<FaultKind, readonly [status: number, type: string, code: string | null]>> = {
  rate_limited: [429, "tokens", "rate_limit_exceeded"],
  overloaded: [503, "server_error", "server_is_overloaded"],
  context_length: [400, "invalid_request_error", "context_length_exceeded"],
  unknown_path: [404, "invalid_request_error", null],
};
