/** @module The golden figures of llm-observe-proxy, from the bytes of an answer to the figure on the page, in each usage shape. */

import { afterAll, beforeAll, expect, test } from "bun:test";

import { json } from "../support/step.ts";
import { createStage, type Stage } from "./stage.ts";

const PRICES = {
  "golden-scalar": { input: 1, output: 2 },
  "golden-cached": { input: 1, output: 2, cache_read: 0.1 },
  "golden-tiered": {
    input: 1,
    output: 2,
    cache_read: 0.1,
    tiers: [{ min_input_tokens: 1000, input: 3, output: 6, cache_read: 0.3 }],
  },
};

let stage: Stage;
beforeAll(async () => {
  stage = await createStage({ env: { PRICING_OVERRIDES_JSON: JSON.stringify(PRICES) } });
});
afterAll(() => stage[Symbol.asyncDispose]());

const chat = (input: number, output: number, cached?: number) => ({
  usage: {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
  },
});

type Golden = {
  readonly what: string;
  readonly provider?: string;
  readonly model: string;
  readonly path?: string;
  /** Beside the model, in the answer. */
  readonly answer: Readonly<Record<string, unknown>>;
  readonly tokens: readonly [input: number | null, output: number | null, cached?: number];
  readonly usd: number | null;
  readonly parts?: Readonly<Record<string, number>>;
};

const GOLDEN: readonly Golden[] = [
  { what: "6 in, 3 out", model: "golden-scalar", answer: chat(6, 3), tokens: [6, 3], usd: 0.000012 },
  {
    what: "800 of 1000 cached, by Responses",
    model: "golden-cached",
    path: "/v1/responses",
    answer: {
      object: "response",
      status: "completed",
      usage: {
        input_tokens: 1000,
        input_tokens_details: { cached_tokens: 800 },
        output_tokens: 25,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 1025,
      },
    },
    tokens: [1000, 25, 800],
    usd: 0.00033,
    parts: { input: 0.0002, cacheRead: 0.00008, output: 0.00005 },
  },
  { what: "1000 in, 500 out", model: "golden-scalar", answer: chat(1000, 500), tokens: [1000, 500], usd: 0.002 },
  {
    what: "800 of 1000 cached, 500 out",
    model: "golden-cached",
    answer: chat(1000, 500, 800),
    tokens: [1000, 500, 800],
    usd: 0.00128,
  },
  {
    what: "output not reported: tokens are kept, no cost",
    model: "golden-scalar",
    answer: { usage: { prompt_tokens: 1000 } },
    tokens: [1000, null],
    usd: null,
  },
  {
    what: "below the border of a tier",
    model: "golden-tiered",
    answer: chat(999, 100, 900),
    tokens: [999, 100, 900],
    usd: 0.000389,
    parts: { input: 0.000099, cacheRead: 0.00009, output: 0.0002 },
  },
  {
    what: "the border belongs to the upper tier",
    model: "golden-tiered",
    answer: chat(1000, 100),
    tokens: [1000, 100],
    usd: 0.0036,
    parts: { input: 0.003, output: 0.0006 },
  },
  {
    what: "llama.cpp's timings",
    model: "golden-scalar",
    answer: { timings: { cache_n: 0, prompt_n: 1185, predicted_n: 40 } },
    tokens: [1185, 40],
    usd: 0.001265,
  },
  {
    what: "200,000 in of gemini-2.5-pro",
    provider: "gemini",
    model: "gemini-2.5-pro",
    path: "/v1beta/models/gemini-2.5-pro:generateContent",
    answer: {
      modelVersion: "gemini-2.5-pro",
      usageMetadata: {
        promptTokenCount: 200_000,
        cachedContentTokenCount: 100_000,
        candidatesTokenCount: 1000,
        totalTokenCount: 201_000,
      },
    },
    tokens: [200_000, 1000, 100_000],
    usd: 0.1475,
  },
  {
    what: "250,000 in of gemini-2.5-pro",
    provider: "gemini",
    model: "gemini-2.5-pro",
    path: "/v1beta/models/gemini-2.5-pro:generateContent",
    answer: {
      modelVersion: "gemini-2.5-pro",
      usageMetadata: {
        promptTokenCount: 250_000,
        cachedContentTokenCount: 100_000,
        candidatesTokenCount: 1000,
        totalTokenCount: 251_000,
      },
    },
    tokens: [250_000, 1000, 100_000],
    usd: 0.415,
  },
  { what: "6 in, 3 out of gpt-5.5", model: "gpt-5.5", answer: chat(6, 3), tokens: [6, 3], usd: 0.00012 },
  { what: "6 in, 3 out of gpt-5.4-mini", model: "gpt-5.4-mini", answer: chat(6, 3), tokens: [6, 3], usd: 0.000018 },
];

test.each(GOLDEN.map((golden) => [golden.what, golden] as const))("%s", async (_what, golden) => {
  const { provider = "openai", model, path = "/v1/chat/completions", answer, tokens, usd, parts } = golden;
  const choices = [{ index: 0, message: { role: "assistant", content: "x" }, finish_reason: "stop" }];
  stage.upstream.on(/./, json({ id: "a", model, choices, ...answer }));
  const sent = await fetch(`${stage.url}/${provider}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [] }),
  });
  await sent.bytes();
  const row = await stage.takeRow();
  const [input, output, cached] = tokens;
  expect([row.input_tokens, row.output_tokens]).toEqual([input, output]);
  if (cached !== undefined) expect(row.cache_read_tokens).toBe(cached);
  expect(row.cost_usd).toBe(usd);
  if (parts === undefined) return;
  const { cost } = await stage.detail(row);
  expect(Object.fromEntries(cost?.components.map((part) => [part.name, part.usd]) ?? [])).toEqual(parts);
});

test("all of them sum to the whole, in every list of sums", async () => {
  const total = GOLDEN.reduce((sum, { usd }) => sum + Math.round((usd ?? 0) * 1e9), 0) / 1e9;
  const { totals } = (await stage.modeltap.stats("/stats/summary")) as { totals: { total_cost_usd: number } };
  expect(totals.total_cost_usd).toBe(total);
  const today = (await stage.modeltap.stats("/admin/usage/today")) as { cost_usd?: number };
  expect(JSON.stringify(today)).toContain(String(total));
});
