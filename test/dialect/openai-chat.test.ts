/** @module Chat streams as providers really send them. */

import { describe, expect, test } from "bun:test";

import { EVENT_STREAM, readAnswer, toSse } from "../support/reading.ts";

const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
const text = (content: string, more: object = {}) => ({
  id: "c1",
  model: "m-1",
  choices: [{ delta: { content } }],
  usage: null,
  ...more,
});
const stop = { id: "c1", model: "m-1", choices: [{ delta: {}, finish_reason: "stop" }], usage: null };
const read = (events: readonly unknown[], truncated = false) => readAnswer(toSse(...events), EVENT_STREAM, truncated);

test("usage in a last chunk without choices", () => {
  const reading = read([text("a"), stop, { choices: [], usage }, "[DONE]"]);
  expect(reading).toEqual({
    model: "m-1",
    requestModel: "asked-model",
    responseId: "c1",
    usage: { inputTokens: 7, outputTokens: 3, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
    finishReason: "stop",
    usageSource: "reported",
    extraUsage: [],
    billable: true,
    complete: true,
    warnings: [],
  });
});

test.each([
  ["in the last chunk with choices", [text("a"), { ...stop, usage }, "[DONE]"]],
  [
    "in x_groq, also beside a usage of its own",
    [text("a"), { ...stop, x_groq: { usage } }, { choices: [], usage, x_groq: { usage } }],
  ],
  ["in a choice (Moonshot)", [text("a"), { choices: [{ delta: {}, finish_reason: "stop", usage }] }]],
  [
    "growing from chunk to chunk, without [DONE] (Perplexity)",
    [text("a", { usage: { ...usage, completion_tokens: 1, total_tokens: 8 } }), { ...stop, usage }],
  ],
  ["followed by a null", [text("a"), { ...stop, usage }, { choices: [], usage: null }]],
  [
    "followed by nulls inside",
    [text("a"), { ...stop, usage }, { choices: [], usage: { prompt_tokens: null, completion_tokens: null } }],
  ],
  ["in chunks of changing ids (Avian)", [text("a", { id: "other" }), { ...stop, usage }]],
])("usage %s", (_claim, events) => {
  const reading = read(events);
  expect(reading.usage).toMatchObject({ inputTokens: 7, outputTokens: 3 });
  expect([reading.usageSource, reading.complete]).toEqual(["reported", true]);
});

test("a stream without usage has none, which is not 0", () => {
  const reading = read([text("a"), stop, "[DONE]"]);
  expect([reading.usage, reading.usageSource, reading.complete]).toEqual([undefined, "none", true]);
});

test("Azure's first chunk names no model and no id", () => {
  const reading = read([{ id: "", model: "", choices: [], prompt_filter_results: [] }, text("a"), stop]);
  expect([reading.model, reading.responseId]).toEqual(["m-1", "c1"]);
});

test("without any model in the answer the asked one stands in", () => {
  expect(read([{ choices: [] }]).model).toBe("asked-model");
});

test("a later count without a total is not held against an earlier total", () => {
  const reading = read([text("a", { usage }), { ...stop, usage: { prompt_tokens: 7, completion_tokens: 1 } }]);
  expect([reading.usage?.inputTokens, reading.usage?.outputTokens, reading.warnings]).toEqual([7, 1, []]);
});

test("llama.cpp's timings stand in for a missing usage, and never beside one", () => {
  const timings = { cache_n: 5, prompt_n: 2, predicted_n: 9 };
  expect(read([text("a"), { ...stop, timings }]).usage).toMatchObject({
    inputTokens: 7,
    cacheReadTokens: 5,
    outputTokens: 9,
  });
  expect(read([text("a"), { ...stop, usage, timings }]).usage).toMatchObject({ inputTokens: 7, outputTokens: 3 });
});

describe("a stream that was cut", () => {
  test("before any usage has none", () => {
    expect(read([text("a")], true)).toMatchObject({ usageSource: "none", complete: false, model: "m-1" });
  });
  test("between growing counts is partial", () => {
    expect(read([text("a", { usage })], true)).toMatchObject({ usageSource: "partial", complete: false });
  });
  test("behind the last count is reported", () => {
    expect(read([text("a"), stop, { choices: [], usage }], true)).toMatchObject({
      usageSource: "reported",
      complete: false,
    });
  });
});

describe("errors inside a stream of status 200", () => {
  const failure = { error: { message: "no", type: "invalid_request_error", code: "tool_use_failed" } };
  test.each([
    ["an `error` event", `event: error\n${toSse(failure)}`],
    ["a chunk with choices (OpenRouter)", toSse({ ...stop, ...failure })],
    ["a line that is no field (GPUStack)", `error: ${JSON.stringify(failure.error)}\n\n`],
    ["bare JSON behind the events (Gemini)", JSON.stringify(failure, null, 2)],
  ])("%s", (_claim, tail) => {
    const reading = readAnswer(toSse(text("a")) + tail, EVENT_STREAM);
    expect(reading.error).toEqual({ message: "no", type: "invalid_request_error", code: "tool_use_failed" });
  });
});

test.each([
  ["content", { content: "a" }, true],
  ["reasoning_content", { reasoning_content: "a" }, true],
  ["reasoning", { reasoning: "a" }, true],
  ["tool calls", { tool_calls: [{}] }, true],
  ["a refusal", { refusal: "no" }, true],
  ["only a role", { role: "assistant", content: "" }, false],
  ["nothing", { content: null }, false],
])("output begins with %s: %#", async (_claim, delta, wanted) => {
  const { findDialect } = await import("../../src/dialect/registry.ts");
  const { toContext } = await import("../support/reading.ts");
  const context = toContext(EVENT_STREAM);
  const reader = findDialect(context).createReader(context);
  reader.feed(new TextEncoder().encode(toSse({ choices: [{ delta }] })));
  expect(reader.hasOutput).toBe(wanted);
});
