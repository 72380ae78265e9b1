/** @module Anthropic's messages: start first, then every delta's members over it; never added up. */

import { describe, expect, test } from "bun:test";

import { EVENT_STREAM, readAnswer, toSse } from "../support/reading.ts";

const CALL = { path: "/v1/messages", provider: "anthropic", ...EVENT_STREAM };
const start = (usage: unknown, model = "claude-x") => ({
  type: "message_start",
  message: { id: "msg_1", model, usage },
});
const delta = (usage: unknown, stop: string | null = "end_turn") => ({
  type: "message_delta",
  delta: { stop_reason: stop },
  usage,
});
const stop = { type: "message_stop" };
const read = (events: readonly unknown[], truncated = false) => readAnswer(toSse(...events), CALL, truncated);

test("input is the fresh part, the writes and the reads together", () => {
  const reading = read([
    start({
      input_tokens: 10,
      cache_creation_input_tokens: 70,
      cache_read_input_tokens: 5,
      cache_creation: { ephemeral_5m_input_tokens: 40, ephemeral_1h_input_tokens: 30 },
      output_tokens: 1,
      service_tier: "standard",
    }),
    { type: "ping" },
    delta({
      output_tokens: 20,
      output_tokens_details: { thinking_tokens: 7 },
      server_tool_use: { web_search_requests: 2 },
    }),
    stop,
  ]);
  expect(reading).toEqual({
    model: "claude-x",
    requestModel: "asked-model",
    responseId: "msg_1",
    usage: {
      inputTokens: 85,
      outputTokens: 20,
      cacheReadTokens: 5,
      cacheWriteTokens: 70,
      cacheWrite5mTokens: 40,
      cacheWrite1hTokens: 30,
      reasoningTokens: 7,
      webSearchRequests: 2,
    },
    serviceTier: "standard",
    finishReason: "end_turn",
    usageSource: "reported",
    extraUsage: [],
    billable: true,
    complete: true,
    warnings: [],
  });
});

test.each([
  ["null never replaces a number", { input_tokens: null, output_tokens: 9 }, [100, 9]],
  ["0 replaces a number", { input_tokens: 0, output_tokens: 9 }, [0, 9]],
  ["a correction replaces (Z.ai)", { input_tokens: 40, cache_read_input_tokens: 60, output_tokens: 9 }, [100, 9]],
  ["what is not there stays", { output_tokens: 9 }, [100, 9]],
])("%s", (_claim, usage, [input, output]) => {
  const reading = read([start({ input_tokens: 100, output_tokens: 1 }), delta(usage), stop]);
  expect(reading.usage).toMatchObject({ inputTokens: input, outputTokens: output });
});

test("several deltas are cumulative", () => {
  const events = [
    start({ input_tokens: 1, output_tokens: 1 }),
    delta({ output_tokens: 5 }, null),
    delta({ output_tokens: 8 }),
    stop,
  ];
  expect(read(events).usage?.outputTokens).toBe(8);
});

test("a repeated start changes nothing, and fields without a space are read", () => {
  const text = toSse(
    start({ input_tokens: 17, output_tokens: 1 }),
    start({ input_tokens: 17, output_tokens: 1 }),
    delta({ output_tokens: 4 }),
    stop,
  );
  expect(readAnswer(text.replaceAll("data: ", "data:"), CALL).usage).toMatchObject({
    inputTokens: 17,
    outputTokens: 4,
  });
});

describe("without the last count", () => {
  const head = start({ input_tokens: 17, output_tokens: 1 });
  test("a cut stream is partial", () => {
    expect(read([head], true)).toMatchObject({ usageSource: "partial", complete: false, usage: { inputTokens: 17 } });
  });
  test("a stream that merely ended is partial too", () => {
    expect(read([head])).toMatchObject({ usageSource: "partial", complete: false });
  });
  test("a cut behind it is none", () => {
    expect(read([head, delta({ output_tokens: 4 })], true)).toMatchObject({ usageSource: "reported", complete: false });
  });
  test("an error inside the stream is kept beside what was counted", () => {
    const reading = read([head, { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }]);
    expect(reading).toMatchObject({
      usageSource: "partial",
      error: { type: "overloaded_error", message: "Overloaded" },
    });
  });
});

describe("without its start", () => {
  const text = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "a" } };
  test.each([true, false])("input and cache are unknown, not 0, and the rest is partial (cut: %p)", (truncated) => {
    const reading = read([text, delta({ output_tokens: 9 }), stop], truncated);
    expect(reading.usage).toEqual({ outputTokens: 9, reasoningTokens: 0 });
    expect(reading).toMatchObject({ usageSource: "partial", finishReason: "end_turn", model: "asked-model" });
  });
  test("an end that repeats the input says everything", () => {
    const reading = read([text, delta({ input_tokens: 4, cache_read_input_tokens: 3, output_tokens: 9 }), stop]);
    expect(reading).toMatchObject({
      usage: { inputTokens: 7, outputTokens: 9, cacheReadTokens: 3, cacheWriteTokens: 0 },
      usageSource: "reported",
    });
  });
  test("an end without counts leaves none", () => {
    const reading = read([text, { type: "message_delta", delta: { stop_reason: "end_turn" } }, stop]);
    expect([reading.usage, reading.usageSource]).toEqual([undefined, "none"]);
  });
});

describe("iterations", () => {
  const own = { type: "message", input_tokens: 5, output_tokens: 6 };
  const readIterations = (iterations: unknown[]) =>
    read([start({ input_tokens: 5, output_tokens: 1 }), delta({ output_tokens: 6, iterations }), stop]);

  test("of the answer itself are no extra", () => {
    expect(readIterations([own, own]).extraUsage).toEqual([]);
  });
  test("of compaction and advisors are billed beside it", () => {
    const compaction = { type: "compaction", input_tokens: 9, output_tokens: 2, cache_read_input_tokens: 1 };
    const advisor = { type: "advisor_message", model: "claude-other", input_tokens: 3, output_tokens: 4 };
    expect(readIterations([compaction, own, advisor]).extraUsage).toMatchObject([
      { kind: "compaction", model: "claude-x", usage: { inputTokens: 10, outputTokens: 2, cacheReadTokens: 1 } },
      { kind: "advisor_message", model: "claude-other", usage: { inputTokens: 3, outputTokens: 4 } },
    ]);
  });
  test("of a fallback name the model that was billed", () => {
    const reading = readIterations([
      { ...own, model: "claude-x" },
      { ...own, type: "fallback_message", model: "claude-y" },
    ]);
    expect([reading.model, reading.extraUsage.map((extra) => extra.model)]).toEqual(["claude-y", ["claude-x"]]);
  });
});

test("a whole message, also where a stream was asked for", () => {
  const message = {
    id: "m",
    type: "message",
    model: "claude-x",
    content: [{ type: "text", text: "a" }],
    stop_reason: "end_turn",
  };
  expect(readAnswer({ ...message, usage: { input_tokens: 3, output_tokens: 4 } }, CALL)).toMatchObject({
    usage: { inputTokens: 3, outputTokens: 4 },
    finishReason: "end_turn",
    complete: true,
  });
});

test("a message that tells no output has none, not 0", () => {
  const { usage } = readAnswer({ type: "message", content: [], usage: { input_tokens: 3 } }, CALL);
  expect([usage?.inputTokens, usage?.outputTokens]).toEqual([3, undefined]);
});

test("counting tokens is neither usage nor spend", () => {
  const reading = readAnswer({ input_tokens: 1581 }, { path: "/v1/messages/count_tokens" });
  expect(reading).toMatchObject({ usage: { countedTokens: 1581 }, billable: false });
  expect(reading.usage?.inputTokens).toBeUndefined();
});
