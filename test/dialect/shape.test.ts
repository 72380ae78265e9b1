/** @module What comes back on a path nobody knows is read by its shape. */

import { describe, expect, test } from "bun:test";

import { readAnswer, toSse } from "../support/reading.ts";

const UNKNOWN = { path: "/somewhere/new" };

test.each([
  ["OpenAI chat", { choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } }],
  ["OpenAI responses", { object: "response", usage: { input_tokens: 5, output_tokens: 2, total_tokens: 7 } }],
  ["Anthropic", { type: "message", usage: { input_tokens: 2, cache_read_input_tokens: 3, output_tokens: 2 } }],
  ["Anthropic by its cache parts", { usage: { input_tokens: 2, cache_read_input_tokens: 3, output_tokens: 2 } }],
  ["Gemini", { usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 2 } }],
  ["interactions", { usage: { total_input_tokens: 5, total_output_tokens: 2 } }],
  ["Ollama", { model: "m", done: true, prompt_eval_count: 5, eval_count: 2 }],
  ["llama.cpp timings", { content: "x", timings: { cache_n: 1, prompt_n: 4, predicted_n: 2 } }],
  ["llama.cpp without timings", { tokens_evaluated: 5, tokens_predicted: 2 }],
  ["Converse", { usage: { inputTokens: 5, outputTokens: 2 } }],
  ["Titan", { inputTextTokenCount: 5, results: [{ tokenCount: 2 }] }],
  ["Cohere", { meta: { billed_units: { input_tokens: 5, output_tokens: 2 } } }],
  ["DeepSeek's bare counters", { prompt_cache_hit_tokens: 1, prompt_cache_miss_tokens: 4, completion_tokens: 2 }],
  [
    "a usage deeper inside",
    { result: { response: "x", usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } } },
  ],
])("%s", (_claim, answer) => {
  for (const text of [
    JSON.stringify(answer),
    toSse(answer),
    `${JSON.stringify({ x: 1 })}\n${JSON.stringify(answer)}\n`,
  ]) {
    expect(readAnswer(text, UNKNOWN)).toMatchObject({
      usage: { inputTokens: 5, outputTokens: 2 },
      usageSource: "reported",
    });
  }
});

test("an Anthropic stream is merged there as well", () => {
  const events = [
    { type: "message_start", message: { model: "c", usage: { input_tokens: 5, output_tokens: 1 } } },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
    { type: "message_stop" },
  ];
  expect(readAnswer(toSse(...events), UNKNOWN)).toMatchObject({
    model: "c",
    usage: { inputTokens: 5, outputTokens: 2 },
    complete: true,
  });
});

describe("nothing is made up", () => {
  test.each([[{ data: [{ id: "gpt-x" }] }], [{ usage: "high" }], [{ usage: { cpu: 5 } }], [{ done: true }], [[]], [7]])(
    "%j",
    (answer) => {
      expect(readAnswer(answer, UNKNOWN)).toMatchObject({ usageSource: "none" });
    },
  );

  test("what is fetched again is not billed", () => {
    const usage = { prompt_tokens: 5, completion_tokens: 2 };
    expect(readAnswer({ usage }, { ...UNKNOWN, method: "GET", requestBody: undefined }).billable).toBe(false);
  });
});
