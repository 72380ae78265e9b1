/** @module The Responses API: usage in the last event, tools beside it, stored responses not billed again. */

import { expect, test } from "bun:test";

import { EVENT_STREAM, readAnswer, toSse } from "../support/reading.ts";

const CALL = { path: "/v1/responses" };
const STREAM = { ...CALL, ...EVENT_STREAM };
const usage = {
  input_tokens: 34,
  input_tokens_details: { cached_tokens: 4, cache_write_tokens: 6 },
  output_tokens: 28,
  output_tokens_details: { reasoning_tokens: 8 },
  total_tokens: 62,
};
const response = (status: string, more: object = {}) => ({
  id: "resp_1",
  object: "response",
  model: "gpt-x",
  status,
  usage: null,
  ...more,
});
const event = (type: string, more: object = {}) => ({ type, ...more });
const created = event("response.created", { response: response("in_progress", { service_tier: "auto" }) });
const text = event("response.output_text.delta", { delta: "hi" });

test.each([
  ["completed", {}, "completed"],
  ["incomplete", { incomplete_details: { reason: "max_output_tokens" } }, "max_output_tokens"],
])("usage comes with response.%s", (status, more, finishReason) => {
  const last = event(`response.${status}`, { response: response(status, { usage, service_tier: "flex", ...more }) });
  const reading = readAnswer(toSse(created, text, last), STREAM);
  expect(reading).toMatchObject({
    model: "gpt-x",
    responseId: "resp_1",
    usage: { inputTokens: 34, cacheReadTokens: 4, cacheWriteTokens: 6, outputTokens: 28, reasoningTokens: 8 },
    usageSource: "reported",
    serviceTier: "flex",
    finishReason,
    complete: true,
  });
});

test("a failure has no usage and tells why, once", () => {
  const error = { code: "insufficient_quota", message: "You exceeded" };
  const failed = event("response.failed", { response: response("failed", { error }) });
  expect(readAnswer(toSse(created, event("error", error), failed), STREAM)).toMatchObject({
    usageSource: "none",
    error,
    complete: true,
  });
  expect(readAnswer(toSse(created, failed), STREAM).error).toEqual(error);
});

test("a background request is queued without usage", () => {
  const reading = readAnswer(response("queued"), CALL);
  expect([reading.usageSource, reading.billable, reading.finishReason]).toEqual(["none", true, undefined]);
});

test("re-reading and cancelling repeat what was billed", () => {
  const whole = response("completed", { usage });
  expect(readAnswer(whole, { path: "/v1/responses/resp_1", method: "GET", requestBody: undefined })).toMatchObject({
    billable: false,
    usage: { inputTokens: 34 },
  });
  expect(readAnswer(whole, { path: "/v1/responses/resp_1/cancel" }).billable).toBe(false);
  expect(
    readAnswer({ object: "response.compaction", id: "c", usage }, { path: "/v1/responses/compact" }),
  ).toMatchObject({ billable: true, usage: { inputTokens: 34 } });
});

test("searches and drawn images of tools are told beside the tokens", () => {
  const tool_usage = {
    web_search: { num_requests: 2 },
    image_gen: {
      input_tokens: 50,
      input_tokens_details: { image_tokens: 20 },
      output_tokens: 272,
      output_tokens_details: { image_tokens: 272 },
    },
  };
  const tools = [{ type: "web_search" }, { type: "image_generation", model: "gpt-image-x" }];
  const reading = readAnswer(response("completed", { usage, tool_usage, tools }), CALL);
  expect(reading.usage?.webSearchRequests).toBe(2);
  expect(reading.extraUsage).toMatchObject([
    {
      kind: "image_generation",
      model: "gpt-image-x",
      usage: { inputTokens: 50, outputTokens: 272, imageInputTokens: 20, imageOutputTokens: 272 },
    },
  ]);
});

test("deltas that are not parsed change nothing", () => {
  const named = [
    created,
    text,
    ...Array.from({ length: 5 }, () => text),
    event("response.completed", { response: response("completed", { usage }) }),
  ]
    .map((each) => `event: ${each.type}\ndata: ${JSON.stringify(each)}\n\n`)
    .join("");
  const broken = named.replace(/(output_text\.delta\ndata: )\{[^\n]*(?=\n\nevent: response\.completed)/, "$1{broken");
  expect(readAnswer(broken, STREAM)).toEqual(readAnswer(named, STREAM));
});

test("a stream cut before its end has no usage", () => {
  expect(readAnswer(toSse(created, text), STREAM, true)).toMatchObject({
    usageSource: "none",
    complete: false,
    model: "gpt-x",
  });
});
