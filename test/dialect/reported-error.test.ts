/** @module Errors are found in whatever words a provider uses. */

import { describe, expect, test } from "bun:test";

import { readAnswer } from "../support/reading.ts";

const failed = { statusCode: 400 };

test.each([
  ["OpenAI", { error: { message: "m", type: "t", param: null, code: "c" } }, { type: "t", code: "c", message: "m" }],
  [
    "Anthropic",
    { type: "error", error: { type: "not_found_error", message: "m" } },
    { type: "not_found_error", message: "m" },
  ],
  [
    "Google",
    { error: { code: 404, message: "m", status: "NOT_FOUND" } },
    { type: "NOT_FOUND", code: "404", message: "m" },
  ],
  [
    "Google in an array",
    [{ error: { code: 429, message: "m", status: "RESOURCE_EXHAUSTED" } }],
    { type: "RESOURCE_EXHAUSTED", code: "429", message: "m" },
  ],
  ["Ollama", { error: "model not found" }, { message: "model not found" }],
  ["Cohere", { id: "x", message: "m" }, { message: "m" }],
  [
    "vLLM",
    { object: "error", message: "m", type: "BadRequestError", code: 400 },
    { type: "BadRequestError", code: "400", message: "m" },
  ],
  ["FastAPI", { detail: "m" }, { message: "m" }],
  [
    "FastAPI's list",
    { detail: [{ loc: ["body"], msg: "field required" }, { msg: "b" }] },
    { message: "field required; b" },
  ],
  [
    "Mistral",
    { object: "error", message: { detail: [{ msg: "m" }] }, type: "invalid_request_error" },
    { type: "invalid_request_error", message: "m" },
  ],
  [
    "Azure under status 200",
    { error: { code: "content_filter", message: "m", status: 400 } },
    { code: "content_filter", message: "m" },
  ],
  ["an error inside an error", { error: { error: { message: "m", type: "t" } } }, { type: "t", message: "m" }],
  ["MiniMax", { base_resp: { status_code: 1004, status_msg: "m" } }, { code: "1004", message: "m" }],
])("%s", (_who, body, wanted) => {
  expect(readAnswer(body, failed).error).toEqual(wanted);
});

describe("answers that are no JSON", () => {
  test.each([
    ["a page", "<!DOCTYPE html><html><title>Error 404 (Not Found)!!1</title><p>x", "Error 404 (Not Found)!!1"],
    ["a page without a title", "<html><body><h1>502 Bad Gateway</h1></body></html>", "502 Bad Gateway"],
    ["plain text", "upstream connect error", "upstream connect error"],
  ])("%s", (_what, body, message) => {
    expect(readAnswer(body, { ...failed, responseContentType: "text/plain" }).error).toEqual({ message });
  });
});

test.each([
  ["octets (DeepSeek)", "application/octet-stream", JSON.stringify({ error: { message: "m" } })],
  ["an event stream (Gemini)", "text/event-stream", JSON.stringify({ error: { message: "m" } }, null, 2)],
  ["nothing", undefined, JSON.stringify({ error: { message: "m" } })],
])("the label says %s", (_what, responseContentType, body) => {
  expect(readAnswer(body, { ...failed, responseContentType }).error).toEqual({ message: "m" });
});

test("a good answer with a message or an empty error is no error", () => {
  for (const body of [
    { message: "hello" },
    { error: null },
    { error: {} },
    { error: "" },
    { base_resp: { status_code: 0 } },
    { detail: "x" },
  ]) {
    expect(readAnswer(body).error).toBeUndefined();
  }
});

test("an error body brings no counts", () => {
  expect(
    readAnswer({ error: { message: "m" }, usage: { prompt_tokens: 1, completion_tokens: 1 } }, failed).usageSource,
  ).toBe("none");
});
