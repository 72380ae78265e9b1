/** @module The document of models.dev becomes rows of ours: names of providers, parts, tiers, and what is left out. */

import { describe, expect, test } from "bun:test";
import { readModelsDev } from "../../src/price/models-dev.ts";
import type { PriceRow } from "../../src/price/row.ts";

function read(document: unknown): readonly PriceRow[] {
  return [...readModelsDev(JSON.stringify(document), "2026-11-21")].flat();
}

function one(cost: unknown, model = "m", provider = "openai"): PriceRow | undefined {
  return read({ [provider]: { id: provider, models: { [model]: { id: model, name: "M", cost } } } })[0];
}

test("a model is a row with its publisher, layer and day", () => {
  expect(one({ input: 1.25, output: 10, cache_read: 0.125, cache_write: 1.5, reasoning: 12 })).toEqual({
    provider: "openai",
    model: "m",
    aliases: [],
    rates: { input: 1_250_000, output: 10_000_000, cacheRead: 125_000, cacheWrite: 1_500_000, reasoning: 12_000_000 },
    tiers: [],
    serviceTiers: {},
    publisher: "models.dev",
    layer: "models.dev",
    asOf: "2026-11-21",
  });
});

test("audio tokens have our names", () => {
  expect(one({ input: 1, output: 2, input_audio: 3, output_audio: 4 })?.rates).toEqual({
    input: 1e6,
    output: 2e6,
    audioInput: 3e6,
    audioOutput: 4e6,
  });
});

test.each([
  ["google", "gemini"],
  ["google-vertex-anthropic", "vertex"],
  ["amazon-bedrock", "bedrock"],
  ["togetherai", "together"],
  ["moonshotai", "moonshot"],
  ["some-reseller", "some-reseller"],
  ["constructor", "constructor"],
])("provider %s is %s", (theirs, ours) => {
  expect(one({ input: 1, output: 1 }, "m", theirs)?.provider).toBe(ours);
});

describe("long input", () => {
  test("has the tiers by context length, ascending", () => {
    const tiers = [
      { input: 8, output: 9, tier: { type: "context", size: 272_000 } },
      { input: 4, output: 5, cache_read: 0.4, tier: { type: "context", size: 200_000 } },
      { input: 1, output: 1, tier: { type: "volume", size: 5 } },
    ];
    expect(one({ input: 2, output: 3, tiers, context_over_200k: { input: 7, output: 7 } })?.tiers).toEqual([
      { aboveInputTokens: 200_000, rates: { input: 4e6, output: 5e6, cacheRead: 4e5 } },
      { aboveInputTokens: 272_000, rates: { input: 8e6, output: 9e6 } },
    ]);
  });

  test("has the older form where there are no tiers", () => {
    expect(one({ input: 2, output: 3, context_over_200k: { input: 4, output: 5 } })?.tiers).toEqual([
      { aboveInputTokens: 200_000, rates: { input: 4e6, output: 5e6 } },
    ]);
  });
});

test.each([
  ["no cost", undefined],
  ["no output", { input: 1 }],
  ["a negative price", { input: -1, output: 1 }],
  ["a text", { input: "1", output: 1 }],
  ["a price of 0, as plans have", { input: 0, output: 0 }],
  ["a tier without a size", { input: 1, output: 1, tiers: [{ input: 1, tier: { type: "context" } }] }],
])("a model with %s is left out", (_, cost) => {
  expect(one(cost)).toBeUndefined();
});

test("free models keep their 0", () => {
  expect(one({ input: 0, output: 0 }, "x/y:free", "openrouter")?.rates).toEqual({ input: 0, output: 0 });
});

test("what is no provider is passed over, what is no object refused", () => {
  expect(read({ a: 1, b: { models: [] }, c: { models: null }, d: { models: { m: null } } })).toEqual([]);
  for (const text of ["", "[]", "<html>", '{"a": {"models"']) {
    expect(() => [...readModelsDev(text, "2026-11-21")]).toThrow(SyntaxError);
  }
});
