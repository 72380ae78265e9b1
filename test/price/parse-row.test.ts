/** @module The price fields of one JSON object, right and wrong. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { isJsonObject, parsePrices } from "../../src/price/parse-row.ts";

test("prices are whole pico-dollars, whatever the binary fraction", () => {
  const problems: string[] = [];
  const parsed = parsePrices({ input: 0.1, output: 0.0000012, cache_read: 1.1 }, problems);
  expect(parsed?.rates).toEqual({ input: 100_000, output: 1, cacheRead: 1_100_000 });
  expect(problems).toEqual([]);
});

test("null is an absent price", () => {
  expect(parsePrices({ input: 1, output: 1, cache_read: null }, [])?.rates).toEqual({ input: 1e6, output: 1e6 });
});

test("tiers come back in ascending order", () => {
  const tiers = [{ above_input_tokens: 9, input: 1 }, { above_input_tokens: 3 }];
  expect(parsePrices({ input: 1, output: 1, tiers }, [])?.tiers.map((tier) => tier.aboveInputTokens)).toEqual([3, 9]);
});

test("any JSON either gives prices or says what is wrong with it", () => {
  fc.assert(
    fc.property(
      fc.object({ key: fc.constantFrom("input", "output", "tiers", "service_tiers", "reasoning") }),
      (value) => {
        const problems: string[] = [];
        expect(parsePrices(value, problems) === undefined).toBe(problems.length > 0);
      },
    ),
  );
});

test("lists and null are no objects", () => {
  expect([{}, [], null, 1, "x"].map(isJsonObject)).toEqual([true, false, false, false, false]);
});
