/** @module Tiers apply to the whole request, service tiers by the name the answer reports. */

import { describe, expect, test } from "bun:test";
import { toEffectiveRates } from "../../src/price/effective-rates.ts";
import { rowsOf } from "../support/price.ts";

const [row] = rowsOf({
  input: 2,
  output: 10,
  cache_read: 0.2,
  tiers: [
    { above_input_tokens: 500, input: 8, output: 30 },
    { above_input_tokens: 200, input: 4, output: 15, cache_read: 0.4 },
  ],
  service_tiers: { priority: { input: 4, output: 20 }, flex: { input: 1, output: 5, cache_read: 0.1 } },
});
if (row === undefined) throw new Error("no row");

describe("size of the input", () => {
  test.each([
    [199, 2_000_000, undefined],
    [200, 2_000_000, undefined],
    [201, 4_000_000, "over 200 input tokens"],
    [500, 4_000_000, "over 200 input tokens"],
    [501, 8_000_000, "over 500 input tokens"],
  ])("%p input tokens cost %p pico-dollars each", (tokens, rate, tier) => {
    const effective = toEffectiveRates(row, tokens, undefined);
    expect(effective.rates.input).toBe(rate);
    expect(effective.tier).toBe(tier);
  });

  test("a part the tier does not name keeps the base price, not the lower tier's", () => {
    expect(toEffectiveRates(row, 201, undefined).rates.cacheRead).toBe(400_000);
    expect(toEffectiveRates(row, 501, undefined).rates.cacheRead).toBe(200_000);
  });

  test("an unknown input has the base price", () => {
    expect(toEffectiveRates(row, undefined, undefined).rates.input).toBe(2_000_000);
  });
});

describe("service tier", () => {
  test.each(["default", "standard", "auto", "ON_DEMAND", "on_demand", ""])("%p is the plain price", (name) => {
    const effective = toEffectiveRates(row, 1, name);
    expect(effective).toEqual({ rates: row.rates, notes: [] });
  });

  test.each([
    ["priority", 4_000_000, "priority"],
    ["ON_DEMAND_PRIORITY", 4_000_000, "priority"],
    ["flex", 1_000_000, "flex"],
    ["ON_DEMAND_FLEX", 1_000_000, "flex"],
  ])("%p has its own price", (name, rate, tier) => {
    const effective = toEffectiveRates(row, 1, name);
    expect(effective.rates.input).toBe(rate);
    expect(effective.tier).toBe(tier);
    expect(effective.notes).toEqual([]);
  });

  test("a tier without a price is said, and the plain price used", () => {
    for (const name of ["batch", "provisioned", "constructor", "__proto__"]) {
      const effective = toEffectiveRates(row, 1, name);
      expect(effective.rates).toEqual(row.rates);
      expect(effective.tier).toBeUndefined();
      expect(effective.notes).toEqual([`no price for service tier "${name}"; the standard price is used`]);
    }
  });

  test("on long input the tier's price rises in proportion, and a note says so", () => {
    const effective = toEffectiveRates(row, 201, "flex");
    expect(effective.rates).toMatchObject({ input: 2_000_000, output: 7_500_000, cacheRead: 200_000 });
    expect(effective.tier).toBe("flex, over 200 input tokens");
    expect(effective.notes).toHaveLength(1);
  });
});
