/** @module Bedrock: the model's own counts first, then headers, then metrics; frames and exceptions. */

import { expect, test } from "bun:test";

import { concatBytes } from "../support/bytes.ts";
import { toEventStreamFrame } from "../support/eventstream-frame.ts";
import { readAnswer } from "../support/reading.ts";

const BINARY = { responseContentType: "application/vnd.amazon.eventstream", provider: "bedrock", requestBody: {} };
const INVOKE_STREAM = { ...BINARY, path: "/model/anthropic.claude-x/invoke-with-response-stream" };
const INVOKE = { provider: "bedrock", requestBody: {}, path: "/model/some.model/invoke" };

const frame = (type: string, payload: unknown) =>
  toEventStreamFrame(
    [
      [":event-type", type],
      [":content-type", "application/json"],
      [":message-type", "event"],
    ],
    JSON.stringify(payload),
  );
const chunk = (event: unknown) => frame("chunk", { bytes: btoa(JSON.stringify(event)), p: "abc" });
const metrics = { inputTokenCount: 12, outputTokenCount: 5 };

const claude = [
  chunk({
    type: "message_start",
    message: { id: "m", model: "claude-x", usage: { input_tokens: 12, output_tokens: 1 } },
  }),
  chunk({ type: "content_block_delta", delta: { text: "hi" } }),
  chunk({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } }),
  chunk({ type: "message_stop", "amazon-bedrock-invocationMetrics": metrics }),
];

test("Claude's own counts win over the metrics", () => {
  expect(readAnswer(concatBytes(claude), INVOKE_STREAM)).toMatchObject({
    model: "claude-x",
    requestModel: "anthropic.claude-x",
    usage: { inputTokens: 12, outputTokens: 9 },
    usageSource: "reported",
    complete: true,
  });
});

test("a stream cut inside a frame is partial", () => {
  const bytes = concatBytes(claude).slice(0, -20);
  expect(readAnswer(bytes.slice(0, (claude[0]?.length ?? 0) + 50), INVOKE_STREAM, true)).toMatchObject({
    usageSource: "partial",
    complete: false,
  });
});

test("metrics count where the model does not", () => {
  const bytes = concatBytes([
    chunk({ outputText: "x", totalOutputTextTokenCount: 188.0 }),
    chunk({ "amazon-bedrock-invocationMetrics": metrics }),
  ]);
  expect(readAnswer(bytes, INVOKE_STREAM).usage).toMatchObject({ inputTokens: 12, outputTokens: 188 });
});

test.each([
  ["Nova, the output from a header", { usage: { inputTokens: 30 } }, { output: "51" }, [30, 51, 0]],
  ["headers alone (embeddings)", { embedding: [] }, { input: "7" }, [7, 0, 0]],
  ["headers with cache parts", {}, { input: "3", output: "4", "cache-read-input": "100" }, [103, 4, 100]],
  ["Llama", { generation: "x", prompt_token_count: 158, generation_token_count: 128 }, {}, [158, 128, 0]],
  ["Titan", { inputTextTokenCount: 6, results: [{ tokenCount: 3, completionReason: "FINISH" }] }, {}, [6, 3, 0]],
  [
    "OpenAI's shape",
    { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } },
    {},
    [1, 2, 0],
  ],
  [
    "Claude with cache",
    { type: "message", usage: { input_tokens: 3, cache_read_input_tokens: 9, output_tokens: 4 } },
    { input: "3" },
    [12, 4, 9],
  ],
])("invoke: %s", (_claim, body, headers, [input, output, cacheRead]) => {
  const responseHeaders = Object.entries(headers).map(
    ([name, value]) => [`x-amzn-bedrock-${name}-token-count`, value] as const,
  );
  expect(readAnswer(body, { ...INVOKE, responseHeaders }).usage).toMatchObject({
    inputTokens: input,
    outputTokens: output,
    cacheReadTokens: cacheRead,
  });
});

test("converse adds its cache parts and splits writes by their lifetime", () => {
  const usage = {
    inputTokens: 3,
    outputTokens: 121,
    cacheReadInputTokens: 1712,
    cacheWriteInputTokens: 236,
    cacheDetails: [
      { inputTokens: 200, ttl: "5m" },
      { inputTokens: 36, ttl: "1h" },
    ],
  };
  expect(
    readAnswer(
      { output: { message: { content: [{}] } }, stopReason: "end_turn", usage },
      { ...INVOKE, path: "/model/us.m%3A0/converse" },
    ),
  ).toMatchObject({
    model: "us.m:0",
    usage: {
      inputTokens: 1951,
      outputTokens: 121,
      cacheReadTokens: 1712,
      cacheWriteTokens: 236,
      cacheWrite5mTokens: 200,
      cacheWrite1hTokens: 36,
    },
    finishReason: "end_turn",
  });
});

const CONVERSE_STREAM = { ...BINARY, path: "/model/m/converse-stream" };

test("converse streams its usage behind the stop", () => {
  const frames = [
    frame("messageStart", { role: "assistant" }),
    frame("contentBlockDelta", { delta: { text: "a" } }),
    frame("messageStop", { stopReason: "end_turn" }),
  ];
  const bytes = concatBytes([...frames, frame("metadata", { usage: { inputTokens: 2, outputTokens: 32 } })]);
  expect(readAnswer(bytes, CONVERSE_STREAM)).toMatchObject({
    usage: { inputTokens: 2, outputTokens: 32 },
    finishReason: "end_turn",
    complete: true,
  });
  expect(readAnswer(concatBytes(frames), CONVERSE_STREAM, true)).toMatchObject({
    usageSource: "none",
    complete: false,
  });
});

test("an exception inside the stream is the error", () => {
  const exception = toEventStreamFrame(
    [
      [":message-type", "exception"],
      [":exception-type", "throttlingException"],
    ],
    '{"message":"Too many requests"}',
  );
  expect(readAnswer(concatBytes([frame("messageStart", {}), exception]), CONVERSE_STREAM).error).toEqual({
    type: "throttlingException",
    message: "Too many requests",
  });
});

test("an error of a stream that never began is JSON", () => {
  const responseHeaders = [["x-amzn-errortype", "ValidationException:http://x"]] as const;
  expect(
    readAnswer(
      { message: "bad model" },
      { ...CONVERSE_STREAM, statusCode: 400, responseHeaders, responseContentType: "application/json" },
    ).error,
  ).toEqual({
    type: "ValidationException:http://x",
    message: "bad model",
  });
});
