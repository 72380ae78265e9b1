/** @module Failures of all providers in one vocabulary. */

import { expect, test } from "bun:test";

import { findErrorClass } from "../../src/session/error-class.ts";

const of = (statusCode: number | undefined, errorCode?: string, errorMessage?: string) =>
  findErrorClass({ state: "completed", statusCode, errorCode, errorMessage, isOwn: false });

test.each([
  ["rate_limit", 429, "rate_limit_error", "Number of request tokens has exceeded your per-minute rate limit"],
  ["rate_limit", 429, undefined, undefined],
  ["rate_limit", 400, "ThrottlingException", "Too many requests"],
  ["rate_limit", 429, "RESOURCE_EXHAUSTED", "Resource has been exhausted"],
  ["quota", 429, "insufficient_quota", "You exceeded your current quota"],
  ["quota", 400, "invalid_request_error", "Your credit balance is too low"],
  ["quota", 402, undefined, undefined],
  ["overloaded", 529, "overloaded_error", "Overloaded"],
  ["overloaded", 200, "overloaded_error", "Overloaded"],
  ["overloaded", 503, undefined, undefined],
  ["server_error", 500, "api_error", "Internal server error"],
  ["server_error", 502, undefined, undefined],
  [
    "context_length",
    400,
    "invalid_request_error context_length_exceeded",
    "This model's maximum context length is 8192 tokens",
  ],
  ["context_length", 400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"],
  [
    "context_length",
    400,
    "INVALID_ARGUMENT",
    "The input token count (1200000) exceeds the maximum number of tokens allowed",
  ],
  ["authentication", 401, "invalid_request_error invalid_api_key", "Incorrect API key provided"],
  ["authentication", 401, undefined, undefined],
  ["permission", 403, "permission_error", "no"],
  ["not_found", 404, "invalid_request_error model_not_found", "The model `x` does not exist"],
  ["not_found", 404, "not_found_error", "model: x"],
  ["too_large", 413, "request_too_large", "x"],
  ["content_policy", 400, "content_policy_violation", "x"],
  ["timeout", 504, undefined, undefined],
  ["timeout", 408, undefined, undefined],
  ["invalid_request", 400, "invalid_request_error", "messages: at least one message is required"],
  ["invalid_request", 422, undefined, undefined],
] as const)("%s: %p %p", (expected, statusCode, errorCode, errorMessage) => {
  expect(of(statusCode, errorCode, errorMessage)).toBe(expected);
});

test("what went well has no class, whatever it talked about", () => {
  expect(of(200)).toBeUndefined();
  expect(findErrorClass({ state: "pending", isOwn: false })).toBeUndefined();
});

test("what its own client gave up is no failure", () => {
  expect(
    findErrorClass({ state: "aborted", endedBy: "client", errorCode: "request_aborted", isOwn: true }),
  ).toBeUndefined();
});

test("our own codes tell timeouts, connections and refusals apart", () => {
  const own = (errorCode: string) => findErrorClass({ state: "failed", errorCode, isOwn: true });
  expect(own("upstream_idle_timeout")).toBe("timeout");
  expect(own("upstream_connect_failed")).toBe("connection");
  expect(own("overloaded")).toBe("overloaded");
  expect(own("request_too_large")).toBe("refused");
});
