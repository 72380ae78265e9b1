/** @module What `usage` objects of OpenAI's shape mean, provider by provider. */

import { describe, expect, test } from "bun:test";

import { readAnswer } from "../support/reading.ts";

/** input/output/cacheRead/cacheWrite/reasoning */
function read(usage: unknown, provider = "openai", model = "m") {
  const reading = readAnswer({ model, choices: [], usage }, { provider });
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens } = reading.usage ?? {};
  return [inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens];
}

const NONE = [undefined, undefined, undefined, undefined, undefined];

describe("cached input has many spellings and is inside the input", () => {
  test.each([
    [{ prompt_tokens_details: { cached_tokens: 4 } }],
    [{ prompt_token_details: { cached_tokens: 4 } }],
    [{ prompt_tokens_details: { cache_read_tokens: 4 } }],
    [{ prompt_tokens_details: null, prompt_cache_hit_tokens: 4 }],
    [{ cached_tokens: 4 }],
    [{ num_cached_tokens: 4 }],
    [{ cache_read_input_tokens: 4 }],
    [{ cached_input_tokens: 4 }],
    [{ prompt_tokens_details: { cached_tokens: 0 }, cached_tokens: 4 }],
  ])("%j", (details) => {
    expect(read({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, ...details })).toEqual([10, 5, 4, 0, 0]);
  });

  test("DeepSeek's counters stand in for a missing prompt count", () => {
    expect(read({ prompt_cache_hit_tokens: 3, prompt_cache_miss_tokens: 7, completion_tokens: 5 })).toEqual([
      10, 5, 3, 0, 0,
    ]);
  });

  test("Grok on Azure reports more cached than prompt: kept as it is and marked", () => {
    const reading = readAnswer({
      usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9, prompt_tokens_details: { cached_tokens: 163 } },
    });
    expect(reading.usage).toMatchObject({ inputTokens: 7, cacheReadTokens: 163 });
    expect(reading.warnings).toEqual(["cached tokens exceed input tokens"]);
  });
});

test("cache writes may be in the details or at the top", () => {
  expect(read({ prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cache_write_tokens: 6 } })).toEqual([
    10, 5, 0, 6, 0,
  ]);
  expect(read({ input_tokens: 10, output_tokens: 5, input_tokens_details: { cache_write_tokens: 6 } })).toEqual([
    10, 5, 0, 6, 0,
  ]);
});

describe("reasoning", () => {
  test.each([
    [
      "is inside where the total says so",
      "openai",
      10,
      15,
      { completion_tokens_details: { reasoning_tokens: 4 } },
      [10, 5, 0, 0, 4],
    ],
    [
      "is outside where the total says so (xAI)",
      "xai",
      10,
      19,
      { completion_tokens_details: { reasoning_tokens: 4 } },
      [10, 9, 0, 0, 4],
    ],
    [
      "is outside at xAI without a total",
      "xai",
      10,
      undefined,
      { completion_tokens_details: { reasoning_tokens: 4 } },
      [10, 9, 0, 0, 4],
    ],
    [
      "is outside at Vercel though the total is silent",
      "vercel",
      10,
      15,
      { completion_tokens_details: { reasoning_tokens: 4 } },
      [10, 9, 0, 0, 4],
    ],
    ["is hidden in the total at Gemini", "gemini", 10, 75, {}, [10, 65, 0, 0, 60]],
    ["may be at the top (Copilot)", "github-copilot", 10, 15, { reasoning_tokens: 4 }, [10, 5, 0, 0, 4]],
    [
      "may exceed the output",
      "openrouter",
      10,
      15,
      { completion_tokens_details: { reasoning_tokens: 6 } },
      [10, 5, 0, 0, 6],
    ],
    [
      "is apart in Perplexity's deep research",
      "perplexity",
      10,
      15,
      { citation_tokens: 9, reasoning_tokens: 70 },
      [10, 75, 0, 0, 70],
    ],
  ])("%s", (_claim, provider, prompt, total, details, wanted) => {
    expect(read({ prompt_tokens: prompt, completion_tokens: 5, total_tokens: total, ...details }, provider)).toEqual(
      wanted,
    );
  });

  test("a gap nobody can explain is a warning, not a count", () => {
    const reading = readAnswer({ usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 9 } });
    expect([reading.usage?.outputTokens, reading.warnings]).toEqual([2, ["total tokens exceed input and output"]]);
  });
});

test("Voxtral's audio is outside the prompt, and the total says so", () => {
  const usage = {
    prompt_tokens: 9,
    completion_tokens: 6,
    total_tokens: 390,
    prompt_tokens_details: { audio_tokens: 375 },
    prompt_audio_seconds: 30,
  };
  expect(readAnswer({ usage }, { provider: "mistral" }).usage).toMatchObject({
    inputTokens: 384,
    audioInputTokens: 375,
    audioSeconds: 30,
  });
});

test("a count that neither stands there nor follows from the total is unknown, not 0", () => {
  const usageOf = (usage: object) => readAnswer({ usage }).usage;
  expect(usageOf({ prompt_tokens: 10 })).toEqual({
    inputTokens: 10,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
  });
  expect(usageOf({ completion_tokens: 4 })).not.toHaveProperty("inputTokens");
  expect(usageOf({ prompt_tokens: 10, total_tokens: 10 })).toMatchObject({ inputTokens: 10, outputTokens: 0 });
  expect(usageOf({ completion_tokens: 4, total_tokens: 10 })).toMatchObject({ inputTokens: 6, outputTokens: 4 });
});

test("only a total is all input (Voyage); duration is no token count (Whisper)", () => {
  expect(read({ total_tokens: 12 })).toEqual([12, 0, 0, 0, 0]);
  expect(
    readAnswer({ text: "x", usage: { type: "duration", seconds: 3.5 } }, { path: "/v1/audio/transcriptions" }).usage,
  ).toEqual({
    audioSeconds: 3.5,
  });
});

describe("what is no count", () => {
  test.each([
    [null],
    [{}],
    ["12"],
    [[]],
    [{ prompt_tokens: "12", completion_tokens: true }],
    [{ prompt_tokens: -1 }],
    [{ prompt_tokens: 1e300 }],
  ])("%j", (usage) => {
    expect(read(usage)).toEqual(NONE);
    expect(readAnswer({ choices: [], usage }).usageSource).toBe("none");
  });

  test("fractions are rounded", () => {
    expect(read({ prompt_tokens: 10.4, completion_tokens: 188 })).toEqual([10, 188, 0, 0, 0]);
  });
});

test.each([
  ["OpenRouter", { cost: 0.0145476 }, 14_547_600],
  ["a free model", { cost: 0 }, 0],
  ["Perplexity", { cost: { input_tokens_cost: 0.1, request_cost: 0.005, total_cost: 0.105 } }, 105_000_000],
  ["xAI", { cost_in_usd_ticks: 1_399_000 }, 139_900],
  ["Vercel's decimal text", { cost: "0.00012" }, 120_000],
  ["nothing sensible", { cost: "much" }, undefined],
  ["a negative cost", { cost: -1 }, undefined],
])("keeps the cost reported by %s", (_who, cost, wanted) => {
  const reading = readAnswer({ usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, ...cost } });
  expect(reading.reportedCostNanoUsd).toBe(wanted as number);
});

test.each([
  [{ server_tool_use: { web_search_requests: 2 } }, 2],
  [{ server_tool_use_details: { web_search_requests: 1 } }, 1],
  [{ server_side_tool_usage_details: { web_search_calls: 3 } }, 3],
  [{ num_search_queries: 4 }, 4],
])("counts web searches in %j", (tools, wanted) => {
  expect(readAnswer({ usage: { prompt_tokens: 1, completion_tokens: 1, ...tools } }).usage?.webSearchRequests).toBe(
    wanted,
  );
});
