/** @module Extra usage is priced by its own model, and what cannot be priced is said. */

import { expect, test } from "bun:test";
import { parseOverrides } from "../../src/price/overrides.ts";
import { findPrice } from "../../src/price/match.ts";
import type { PriceInput } from "../../src/price/price.ts";
import { createPriceTables } from "../../src/price/pricer.ts";
import { toTokenCost } from "../../src/price/token-cost.ts";
import { priceInput } from "../support/price.ts";

const pricing =
  '{"main": {"input": 1, "output": 2}, "side": {"input": 10, "output": 20}, "vectors": {"input": 1, "output": 0}}';
const tables = createPriceTables({ catalogue: [], overrides: parseOverrides(pricing, "pricing.json").overrides });

function costOf(more: Partial<PriceInput>, model = "main") {
  const match = findPrice(tables, "openai", [model]);
  if (match === undefined) throw new Error("no price");
  return toTokenCost(tables, priceInput(more), match);
}

const usage = { inputTokens: 10, outputTokens: 1 };
const main = 12_000_000n;

test("tokens times price, in pico-dollars", () => {
  const cost = costOf({ usage });
  expect(cost.picoUsd).toBe(main);
  expect(cost.parts).toEqual([
    { component: "input", tokens: 10, picoUsdPerToken: 1_000_000, picoUsd: 10_000_000n },
    { component: "output", tokens: 1, picoUsdPerToken: 2_000_000, picoUsd: 2_000_000n },
  ]);
});

test("extra usage has the price of its model, or of the main one", () => {
  const cost = costOf({
    usage,
    extraUsage: [
      { kind: "advisor", model: "side", usage },
      { kind: "compaction", usage },
    ],
  });
  expect(cost.picoUsd).toBe(main + 120_000_000n + main);
  expect(cost.parts.at(-1)).toEqual({ component: "extra", picoUsd: 132_000_000n });
  expect(cost.notes).toEqual([]);
});

test("extra usage without a price makes the total too low, and says so", () => {
  const cost = costOf({ usage, extraUsage: [{ kind: "advisor", model: "nobody", usage }] });
  expect(cost.picoUsd).toBe(main);
  expect(cost.notes).toEqual(['the total is too low: advisor usage of "nobody" is left out, there is no price for it']);
});

test("no usage and half a usage are unknown", () => {
  expect(costOf({})).toMatchObject({ why: "the answer carried no token counts" });
  expect(costOf({ usage: { inputTokens: 1 } }).picoUsd).toBeUndefined();
});

test("where output costs nothing it need not be counted", () => {
  expect(costOf({ usage: { inputTokens: 3 } }, "vectors").picoUsd).toBe(3_000_000n);
});
