/** @module Ollama: the line that is done counts; a cached prompt is unknown, not 0. */

import { expect, test } from "bun:test";

import { readAnswer } from "../support/reading.ts";

const CALL = {
  path: "/api/chat",
  provider: "ollama",
  requestBody: { model: "llama3" },
  responseContentType: "application/x-ndjson",
};
const part = { model: "llama3", message: { role: "assistant", content: "a" }, done: false };
const done = {
  model: "llama3",
  message: { content: "" },
  done: true,
  done_reason: "stop",
  prompt_eval_count: 17,
  eval_count: 50,
};
const lines = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

test("a stream, and one answer", () => {
  const wanted = {
    model: "llama3",
    usage: { inputTokens: 17, outputTokens: 50, reasoningTokens: 0 },
    usageSource: "reported",
    finishReason: "stop",
    complete: true,
  };
  expect(readAnswer(lines(part, part, done), CALL)).toMatchObject(wanted);
  expect(readAnswer(done, { ...CALL, responseContentType: "application/json" })).toMatchObject(wanted);
});

test("a prompt that was cached is not counted as nothing", () => {
  const { prompt_eval_count: _left, ...cached } = done;
  const { usage } = readAnswer(lines(cached), CALL);
  expect([usage?.inputTokens, usage?.outputTokens]).toEqual([undefined, 50]);
});

test("a stream without its last line is open", () => {
  for (const truncated of [true, false])
    expect(readAnswer(lines(part), CALL, truncated)).toMatchObject({ usageSource: "none", complete: false });
});

test("an error in the middle is kept", () => {
  expect(readAnswer(lines(part, { error: "model runner has stopped" }), CALL).error).toEqual({
    message: "model runner has stopped",
  });
});

test("embeddings count their input", () => {
  expect(
    readAnswer({ model: "e", embeddings: [[1]], prompt_eval_count: 8 }, { ...CALL, path: "/api/embed" }).usage
      ?.inputTokens,
  ).toBe(8);
  expect(readAnswer({ embedding: [1] }, { ...CALL, path: "/api/embeddings" })).toMatchObject({
    usageSource: "none",
    model: "llama3",
  });
});
