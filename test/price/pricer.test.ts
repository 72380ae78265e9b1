/** @module What exchanges cost: the golden figures, tiers, caches, audio, reported money, and what is unknown. */

import { describe, expect, test } from "bun:test";
import type { Usage } from "../../src/domain/usage.ts";
import { createPricer, createPriceTables, explainPrice } from "../../src/price/pricer.ts";
import { priceInput, pricerWith, rowsOf } from "../support/price.ts";

const builtIn = pricerWith();

/** Nano-dollars of a USD figure as it is written in a table. */
const nano = (usd: number) => Math.round(usd * 1e9);

describe("golden figures of llm-observe-proxy", () => {
  const own = pricerWith({
    scalar: { input: 1, output: 2 },
    cached: { input: 1, output: 2, cache_read: 0.1 },
    tiered: {
      input: 1,
      output: 2,
      cache_read: 0.1,
      tiers: [{ min_input_tokens: 1000, input: 3, output: 6, cache_read: 0.3 }],
    },
  });
  const price = (model: string, usage: Usage) =>
    own.price(priceInput({ provider: "custom", requestModel: model, usage }));

  test.each([
    ["scalar", { inputTokens: 6, outputTokens: 3 }, 0.000012],
    ["cached", { inputTokens: 1000, cacheReadTokens: 800, outputTokens: 25 }, 0.00033],
    ["scalar", { inputTokens: 1000, outputTokens: 500 }, 0.002],
    ["cached", { inputTokens: 1000, cacheReadTokens: 800, outputTokens: 500 }, 0.00128],
    ["tiered", { inputTokens: 999, cacheReadTokens: 900, outputTokens: 100 }, 0.000389],
    ["tiered", { inputTokens: 1000, outputTokens: 100 }, 0.0036],
    ["scalar", { inputTokens: 1185, cacheReadTokens: 0, outputTokens: 40 }, 0.001265],
  ] as const)("%s %j costs $%p", (model, usage, usd) => {
    expect(price(model, usage)).toMatchObject({ totalNanoUsd: nano(usd), confidence: "exact", source: "pricing.json" });
  });

  test("800 of 1000 input tokens from the cache cost $0.00008 of $0.00028", () => {
    const cost = price("cached", { inputTokens: 1000, cacheReadTokens: 800, outputTokens: 25 });
    expect(cost.components).toEqual({ input: nano(0.0002), cacheRead: nano(0.00008), output: nano(0.00005) });
  });

  test("the boundary belongs to the upper tier, and a run sums to $0.003989", () => {
    const below = price("tiered", { inputTokens: 999, cacheReadTokens: 900, outputTokens: 100 });
    const at = price("tiered", { inputTokens: 1000, outputTokens: 100 });
    expect(below.components).toEqual({ input: nano(0.000099), cacheRead: nano(0.00009), output: nano(0.0002) });
    expect(below.tier).toBeUndefined();
    expect(at.components).toEqual({ input: nano(0.003), output: nano(0.0006) });
    expect(at.tier).toBe("over 999 input tokens");
    expect((below.totalNanoUsd ?? 0) + (at.totalNanoUsd ?? 0)).toBe(nano(0.003989));
  });

  test("without an output count there is no cost", () => {
    const cost = price("scalar", { inputTokens: 1000 });
    expect(cost).toEqual({ confidence: "unknown", notes: ["the number of output tokens was not reported"] });
  });

  test.each([
    ["gemini", "gemini-2.5-pro", { inputTokens: 200_000, cacheReadTokens: 100_000, outputTokens: 1000 }, 0.1475],
    ["gemini", "gemini-2.5-pro", { inputTokens: 250_000, cacheReadTokens: 100_000, outputTokens: 1000 }, 0.415],
    ["openai", "gpt-5.5", { inputTokens: 6, outputTokens: 3 }, 0.00012],
    ["openai", "gpt-5.4-mini", { inputTokens: 6, outputTokens: 3 }, 0.000018],
  ] as const)("%s %s %j costs $%p with the built-in rows", (provider, requestModel, usage, usd) => {
    expect(builtIn.price(priceInput({ provider, requestModel, usage })).totalNanoUsd).toBe(nano(usd));
  });

  test("an alias has the price of its root model, which is named", () => {
    const usage = { inputTokens: 1000, outputTokens: 500 };
    const alias = builtIn.price(priceInput({ responseModel: "gpt-5-2025-08-07", usage }));
    expect(alias).toMatchObject({ confidence: "alias", priceKey: "openai/gpt-5" });
    expect(alias.totalNanoUsd).toBe(builtIn.price(priceInput({ responseModel: "gpt-5", usage })).totalNanoUsd);
  });
});

describe("tiers of the catalogue", () => {
  test.each([
    [199_999, 1.25, undefined],
    [200_000, 1.25, undefined],
    [200_001, 2.5, "over 200000 input tokens"],
  ])("%p input tokens of gemini-2.5-pro cost $%p per million, all of them", (inputTokens, usd, tier) => {
    const cost = builtIn.price(
      priceInput({ provider: "gemini", requestModel: "gemini-2.5-pro", usage: { inputTokens, outputTokens: 0 } }),
    );
    expect(cost.totalNanoUsd).toBe(Math.round(inputTokens * usd * 1000));
    expect(cost.tier).toBe(tier);
  });

  test("cache reads and writes count towards the limit", () => {
    const usage = { inputTokens: 200_001, cacheReadTokens: 150_000, cacheWriteTokens: 50_000, outputTokens: 1 };
    const cost = builtIn.price(priceInput({ provider: "anthropic", requestModel: "claude-sonnet-4-5", usage }));
    expect(cost.components).toEqual({
      input: nano(0.000006),
      cacheRead: nano(0.09),
      cacheWrite5m: nano(0.375),
      output: nano(0.0000225),
    });
  });
});

describe("parts with prices of their own", () => {
  test("cache writes of both lifetimes", () => {
    const usage = {
      inputTokens: 1_000_000,
      cacheReadTokens: 0,
      cacheWriteTokens: 3000,
      cacheWrite1hTokens: 1000,
      outputTokens: 0,
    };
    const cost = builtIn.price(priceInput({ provider: "anthropic", requestModel: "claude-opus-4-5", usage }));
    expect(cost.components).toMatchObject({ cacheWrite5m: nano(2000 * 6.25e-6), cacheWrite1h: nano(1000 * 10e-6) });
    expect(cost.totalNanoUsd).toBe(nano(997_000 * 5e-6 + 0.0125 + 0.01));
  });

  test("writes without a lifetime are five-minute writes", () => {
    const usage = { inputTokens: 100, cacheWriteTokens: 100, outputTokens: 0 };
    const cost = builtIn.price(priceInput({ provider: "anthropic", requestModel: "claude-opus-4-5", usage }));
    expect(cost.components).toEqual({ input: 0, cacheWrite5m: nano(0.000625), output: 0 });
  });

  test("audio in and out", () => {
    const usage = { inputTokens: 100, audioInputTokens: 40, outputTokens: 50, audioOutputTokens: 30 };
    const cost = builtIn.price(priceInput({ requestModel: "gpt-4o-audio-preview", usage }));
    expect(cost.components).toEqual({
      input: nano(60 * 2.5e-6),
      audioInput: nano(40 * 40e-6),
      output: nano(20 * 10e-6),
      audioOutput: nano(30 * 80e-6),
    });
  });

  test("generated images", () => {
    const usage = { inputTokens: 9, outputTokens: 1290, imageOutputTokens: 1290 };
    const cost = builtIn.price(priceInput({ provider: "gemini", requestModel: "gemini-2.5-flash-image", usage }));
    expect(cost.totalNanoUsd).toBe(nano(9 * 0.3e-6 + 1290 * 30e-6));
  });

  test("reasoning only where it has a price of its own", () => {
    const usage = { inputTokens: 0, outputTokens: 100, reasoningTokens: 60 };
    const own = builtIn.price(priceInput({ provider: "perplexity", requestModel: "sonar-deep-research", usage }));
    expect(own.components).toEqual({ input: 0, output: nano(40 * 8e-6), reasoning: nano(60 * 3e-6) });
    const inside = builtIn.price(priceInput({ requestModel: "gpt-5", usage }));
    expect(inside.components).toEqual({ input: 0, output: nano(0.001) });
  });

  test.each([
    ["priority", 2.5 + 20],
    ["flex", 0.625 + 5],
    ["default", 1.25 + 10],
  ])("service tier %s", (serviceTier, usd) => {
    const usage = { inputTokens: 1_000_000, outputTokens: 1_000_000 };
    expect(builtIn.price(priceInput({ requestModel: "gpt-5", serviceTier, usage })).totalNanoUsd).toBe(nano(usd));
  });

  test("batch", () => {
    const usage = { inputTokens: 1_000_000, outputTokens: 0 };
    const cost = builtIn.price(priceInput({ requestModel: "gpt-5.4-mini", serviceTier: "batch", usage }));
    expect(cost).toMatchObject({ totalNanoUsd: nano(0.375), tier: "batch" });
  });

  test("embeddings have no output", () => {
    const cost = builtIn.price(priceInput({ requestModel: "text-embedding-3-small", usage: { inputTokens: 1000 } }));
    expect(cost).toMatchObject({ totalNanoUsd: nano(0.00002), confidence: "exact" });
  });
});

describe("reported cost", () => {
  const usage = { inputTokens: 1000, outputTokens: 100 };
  const report = (reportedCostNanoUsd: number, requestModel = "gpt-5") =>
    builtIn.price(priceInput({ requestModel, usage, reportedCostNanoUsd }));

  test("wins, and what the tokens do not explain is shown apart", () => {
    expect(report(5_000_000)).toMatchObject({
      totalNanoUsd: 5_000_000,
      confidence: "reported",
      source: "reported",
      components: { input: 1_250_000, output: 1_000_000, other: 2_750_000 },
      priceKey: "openai/gpt-5",
    });
  });

  test("a rounding difference below the token prices is shared out", () => {
    const cost = report(2_249_000);
    expect(cost.totalNanoUsd).toBe(2_249_000);
    expect(Object.values(cost.components ?? {}).reduce((sum, part) => sum + part, 0)).toBe(2_249_000);
    expect(cost.components?.other).toBeUndefined();
  });

  test("a figure far below the token prices has no parts, and says why", () => {
    const cost = report(1000);
    expect(cost.components).toBeUndefined();
    expect(cost.priceKey).toBeUndefined();
    expect(cost.notes?.[0]).toContain("more than the provider's own figure");
  });

  test("holds for models without a price, and for nothing at all", () => {
    expect(report(7, "nobody-knows")).toEqual({ totalNanoUsd: 7, confidence: "reported", source: "reported" });
    expect(report(0, "nobody-knows").totalNanoUsd).toBe(0);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("%p is no amount of money", (figure) => {
    expect(report(figure)).toMatchObject({ totalNanoUsd: 2_250_000, confidence: "exact" });
  });
});

describe("unknown", () => {
  const usage = { inputTokens: 1000, outputTokens: 100 };

  test("a model without a price costs null, not 0", () => {
    expect(builtIn.price(priceInput({ responseModel: "a", requestModel: "b", usage }))).toEqual({
      confidence: "unknown",
      notes: ['no price for "a" or "b" of provider openai'],
    });
  });

  test.each([
    [{ usage }, "neither request nor answer names a model"],
    [{ requestModel: "gpt-5" }, "the answer carried no token counts"],
    [{ requestModel: "gpt-5", usage: {} }, "the number of input tokens was not reported"],
    [{ requestModel: "gpt-5", usage: { outputTokens: 3 } }, "the number of input tokens was not reported"],
    [{ requestModel: "gpt-5", usage, billable: false }, "the provider does not bill this call"],
    [
      { requestModel: "gpt-5", usage: { inputTokens: 1e300, outputTokens: 0 } },
      "a reported count of 1e+300 tokens is not plausible",
    ],
  ])("%j: %s", (more, why) => {
    expect(builtIn.price(priceInput(more))).toEqual({ confidence: "unknown", notes: [why] });
  });

  test("a call that is not billed costs nothing even when a cost is reported", () => {
    expect(builtIn.price(priceInput({ billable: false, reportedCostNanoUsd: 5 })).totalNanoUsd).toBeUndefined();
  });

  test("no tokens at all cost 0, because they were counted", () => {
    const cost = builtIn.price(priceInput({ requestModel: "gpt-5", usage: { inputTokens: 0, outputTokens: 0 } }));
    expect(cost).toMatchObject({ totalNanoUsd: 0, confidence: "exact" });
  });
});

test("local upstreams cost exactly 0, whatever the model is called", () => {
  const cost = builtIn.price(
    priceInput({ requestModel: "gpt-5", local: true, usage: { inputTokens: 9, outputTokens: 9 } }),
  );
  expect(cost).toEqual({ totalNanoUsd: 0, confidence: "exact", source: "local" });
});

test("fees that the table does not know are noted", () => {
  const usage = { inputTokens: 1, outputTokens: 1, webSearchRequests: 2 };
  const cost = builtIn.price(priceInput({ requestModel: "gpt-5", usage }));
  expect(cost.notes).toEqual(["fees of server-side tools (web search) are not in the token price"]);
});

test("the row used is kept with the cost, with the day of its copy", () => {
  const cost = builtIn.price(priceInput({ requestModel: "gpt-5", usage: { inputTokens: 1, outputTokens: 1 } }));
  expect(JSON.parse(cost.price ?? "")).toMatchObject({
    provider: "openai",
    model: "gpt-5",
    input: 1.25,
    output: 10,
    cache_read: 0.125,
    source: "models.dev",
    as_of: "2026-07-02",
  });
});

describe("explanation", () => {
  test("is the same figure, with its row, reason and lines", () => {
    const input = priceInput({
      responseModel: "gpt-5-2025-08-07",
      requestModel: "gpt-5",
      usage: { inputTokens: 3, outputTokens: 1 },
    });
    const explained = builtIn.explain(input);
    expect(explained.cost).toEqual(builtIn.price(input));
    expect(explained).toMatchObject({
      provider: "openai",
      models: ["gpt-5-2025-08-07", "gpt-5"],
      origin: { key: "openai/gpt-5", layer: "built-in", publisher: "models.dev", asOf: "2026-07-02" },
      reason: '"gpt-5-2025-08-07" is listed as openai/gpt-5, as an alias',
      lines: [
        { component: "input", tokens: 3, picoUsdPerToken: 1_250_000, nanoUsd: 3750 },
        { component: "output", tokens: 1, picoUsdPerToken: 10_000_000, nanoUsd: 10_000 },
      ],
    });
  });

  test("names the row even when the tokens are missing", () => {
    const explained = builtIn.explain(priceInput({ requestModel: "gpt-5" }));
    expect(explained.origin?.key).toBe("openai/gpt-5");
    expect(explained.lines).toEqual([]);
  });

  test("tables and question are all it needs", () => {
    const tables = createPriceTables({ catalogue: rowsOf({ input: 1, output: 1 }) });
    const usage = { inputTokens: 1, outputTokens: 1 };
    expect(explainPrice(tables, priceInput({ provider: "acme", requestModel: "m", usage })).cost.totalNanoUsd).toBe(
      2000,
    );
  });
});

test("an empty catalogue prices nothing and breaks nothing", () => {
  const cost = createPricer({ catalogue: [] }).price(
    priceInput({ requestModel: "gpt-5", usage: { inputTokens: 1, outputTokens: 1 } }),
  );
  expect(cost.confidence).toBe("unknown");
});
