/** @module Sums are rounded once, and their parts add up. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { apportion, toNanoUsd } from "../../src/price/apportion.ts";

test("half a nano-dollar is rounded up, less is dropped", () => {
  expect([499n, 500n, 1499n, 1500n].map(toNanoUsd)).toEqual([0, 1, 1, 2]);
});

test("a sum that a number cannot hold exactly is none", () => {
  expect(toNanoUsd(BigInt(Number.MAX_SAFE_INTEGER) * 1000n)).toBe(Number.MAX_SAFE_INTEGER);
  expect(toNanoUsd((BigInt(Number.MAX_SAFE_INTEGER) + 1n) * 1000n)).toBeUndefined();
});

test("what is left over goes to the largest remainders", () => {
  // 1.6 + 1.3 + 0.1 nano-dollars round to 3; the first part has the largest remainder.
  expect(apportion(3, [1600n, 1300n, 100n])).toEqual([2, 1, 0]);
});

test("the first part takes a total that has no weights", () => {
  expect(apportion(5, [0n, 0n])).toEqual([5, 0]);
  expect(apportion(0, [])).toEqual([]);
});

test("shares of any sum are whole, sum to it and differ from the true share by less than one", () => {
  const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 18n }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(weights, fc.nat({ max: 9_000_000_000 }), (parts, total) => {
      const shares = apportion(total, parts);
      const sum = parts.reduce((all, part) => all + part, 0n);
      expect(shares.reduce((all, share) => all + share, 0)).toBe(total);
      for (const [position, share] of shares.entries()) {
        expect(Number.isSafeInteger(share) && share >= 0).toBe(true);
        if (sum > 0n)
          expect(Math.abs(share - Number((BigInt(total) * (parts[position] ?? 0n)) / sum))).toBeLessThanOrEqual(1);
      }
    }),
  );
});
