/** @module The text of `modeltap prices explain`, as a user reads it. */

import { expect, test } from "bun:test";
import { formatPriceExplanation } from "../../src/cli/prices-explain.ts";
import { priceInput, pricerWith } from "../support/price.ts";

const pricer = pricerWith({ mine: { input: 1, output: 2 } });

test("row, reason and sum are shown line by line", () => {
  const text = formatPriceExplanation(
    pricer.explain(
      priceInput({
        provider: "gemini",
        requestModel: "models/gemini-2.5-pro",
        usage: { inputTokens: 250_000, cacheReadTokens: 100_000, outputTokens: 1000 },
      }),
    ),
  );
  expect(text).toBe(
    [
      "provider    gemini",
      "model       models/gemini-2.5-pro",
      "row         gemini/gemini-2.5-pro (built-in: models.dev, 2026-07-02)",
      'why         "models/gemini-2.5-pro" is listed as gemini/gemini-2.5-pro, without its path',
      "confidence  alias",
      "tier        over 200000 input tokens",
      "",
      "component   tokens  USD per 1M    USD",
      "input       150000        2.50  0.375",
      "cache read  100000        0.25  0.025",
      "output        1000       15.00  0.015",
      "total                           0.415",
      "",
    ].join("\n"),
  );
});

test("fractions of a cent are shown to the last nano-dollar", () => {
  const text = formatPriceExplanation(
    pricer.explain(priceInput({ requestModel: "mine", usage: { inputTokens: 6, outputTokens: 3 } })),
  );
  expect(text).toContain("row         mine (pricing.json)");
  expect(text).toMatch(/^total +0\.000012$/m);
});

test("what is unknown is called unknown, with the reason", () => {
  const text = formatPriceExplanation(
    pricer.explain(priceInput({ requestModel: "nobody", usage: { inputTokens: 6, outputTokens: 3 } })),
  );
  expect(text).toContain('why         no price for "nobody" of provider openai');
  expect(text).toContain("confidence  unknown");
  expect(text).toMatch(/^total +unknown$/m);
  expect(text).not.toContain("note:");
});

test("notes and disputed rows are told", () => {
  const text = formatPriceExplanation(
    pricer.explain(
      priceInput({
        provider: "gemini",
        requestModel: "gemini-2.5-flash-image",
        serviceTier: "provisioned",
        usage: { inputTokens: 1, outputTokens: 0 },
      }),
    ),
  );
  expect(text).toContain("disputed: the published tables differ");
  expect(text).toEndWith('\nnote: no price for service tier "provisioned"; the standard price is used\n');
});
