/** @module What holds for every row of the catalogue and any usage an upstream may report. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Usage } from "../../src/domain/usage.ts";
import { catalogue, priceInput, pricerWith } from "../support/price.ts";

const builtIn = pricerWith();

describe("for every row and any usage", () => {
  const count = fc.nat({ max: 2_000_000 });
  const optional = fc.option(count, { nil: undefined });
  const anyUsage = fc
    .record({
      cacheReadTokens: optional,
      cacheWriteTokens: optional,
      cacheWrite1hTokens: optional,
      reasoningTokens: optional,
      audioInputTokens: optional,
      audioOutputTokens: optional,
      imageOutputTokens: optional,
    })
    .map((usage): Usage => Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== undefined)));
  const row = fc.constantFrom(...catalogue.rows);
  const serviceTier = fc.constantFrom("default", "priority", "flex", "batch");

  test("components are whole, never negative and sum to the total", () => {
    fc.assert(
      fc.property(
        row,
        anyUsage,
        count,
        count,
        serviceTier,
        optional,
        (at, details, inputTokens, outputTokens, tier, reported) => {
          const cost = builtIn.price(
            priceInput({
              provider: at.provider,
              requestModel: at.model,
              usage: { ...details, inputTokens, outputTokens },
              serviceTier: tier,
              ...(reported === undefined ? {} : { reportedCostNanoUsd: reported }),
            }),
          );
          const parts = Object.values(cost.components ?? {});
          expect(parts.every((part) => Number.isSafeInteger(part) && part >= 0)).toBe(true);
          if (cost.components !== undefined)
            expect(parts.reduce((sum, part) => sum + part, 0)).toBe(cost.totalNanoUsd ?? -1);
          else expect(cost.confidence).toBe("reported");
        },
      ),
      { numRuns: 1000 },
    );
  });

  /** Rows as the catalogue has them: its sources may be wrong about a tier for long prompts, and then say so. */
  const [rising, falling] = [true, false].map((wanted) =>
    catalogue.rows.filter(
      ({ rates, tiers }) =>
        tiers.every((tier) =>
          (["input", "output"] as const).every((name) => (tier.rates[name] ?? 0) >= (rates[name] ?? 0)),
        ) === wanted,
    ),
  );

  test("a row whose long prompts are cheaper is marked as disputed", () => {
    expect(falling?.map(({ disputed }) => disputed)).toEqual(falling?.map(() => true));
  });

  test("more tokens never cost less, where no tier lowers a rate", () => {
    // Parts are clipped to the whole: with more input a dear count may become a cheap one. So plain tokens are added.
    const plain = fc.record({ inputTokens: count, outputTokens: count });
    fc.assert(
      fc.property(
        fc.constantFrom(...(rising ?? [])),
        plain,
        count,
        count,
        serviceTier,
        (at, usage, moreInput, moreOutput, tier) => {
          const total = (tokens: Usage) =>
            builtIn.price(
              priceInput({ provider: at.provider, requestModel: at.model, usage: tokens, serviceTier: tier }),
            ).totalNanoUsd ?? -1;
          const before = total(usage);
          expect(before).toBeGreaterThanOrEqual(0);
          const longer = { ...usage, inputTokens: usage.inputTokens + moreInput };
          expect(total(longer)).toBeGreaterThanOrEqual(before);
          expect(total({ ...longer, outputTokens: usage.outputTokens + moreOutput })).toBeGreaterThanOrEqual(before);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
