/** @module Token prices against real bills: what providers themselves reported, reproduced from the counted tokens. */

import { expect, test } from "bun:test";
import type { Usage } from "../../src/domain/usage.ts";
import { priceInput, pricerWith } from "../support/price.ts";

type Bill = readonly [
  recording: string,
  provider: string,
  responseModel: string,
  requestModel: string | undefined,
  Usage,
  usd: number,
];

/**
 * Of the 22 exchanges in the traffic corpus that report a cost, the 12 that the token prices reproduce. The other ten
 * cannot: fees beside the tokens (d249 file, d251 and d259 search, d255 advisor), no row in the catalogue (d256, d263),
 * a row without a cache price (d257), an upstream with another price (d264), figures that look made up (d295, d296).
 */
const BILLS: readonly Bill[] = [
  ["d293", "xai", "grok-3-mini", undefined, usage(291, 244, 0, 215), 0.0001399],
  ["d294", "xai", "grok-3-mini", undefined, usage(291, 290, 0, 222), 0.00013305],
  ["d243", "openai-compatible", "grok-3-mini", undefined, usage(307, 244, 0, 281), 0.0001777],
  ["d246", "openai-compatible", "grok-3-mini", undefined, usage(307, 306, 0, 253), 0.00014975],
  [
    "d252",
    "openrouter",
    "anthropic/claude-4.6-sonnet-20260217",
    "anthropic/claude-sonnet-4.6",
    usage(2572, 2240, 329, 100),
    0.00341475,
  ],
  ["d253", "openrouter", "google/gemini-2.5-flash", undefined, usage(17, 0, 0, 14), 0.0000401],
  ["d258", "openrouter", "anthropic/claude-sonnet-4.5", undefined, usage(43, 0, 0, 36), 0.000669],
  [
    "d260",
    "openrouter",
    "anthropic/claude-4.6-sonnet-20260217",
    "anthropic/claude-sonnet-4.6",
    usage(254, 0, 0, 5),
    0.000837,
  ],
  ["d261", "openrouter", "moonshotai/kimi-k2", "gpt-4.1-mini", usage(57, 0, 0, 17), 0.00007159],
  ["d262", "openrouter", "anthropic/claude-haiku-4.5", undefined, usage(32, 0, 0, 16), 0.000112],
  ["d265", "openrouter", "openai/gpt-4.1-mini", undefined, usage(101, 0, 0, 4), 0.0000468],
  ["d266", "openrouter", "openai/gpt-4.1-mini", undefined, usage(42, 0, 0, 12), 0.000036],
];

const pricer = pricerWith();

test.each(BILLS)("%s: %s billed %s to 0.5 %%", (_, provider, responseModel, requestModel, tokens, usd) => {
  const input = priceInput({
    provider,
    responseModel,
    usage: tokens,
    ...(requestModel === undefined ? {} : { requestModel }),
  });
  const computed = (pricer.price(input).totalNanoUsd ?? 0) / 1e9;
  expect(Math.abs(computed / usd - 1)).toBeLessThan(0.005);
  const reportedCostNanoUsd = Math.round(usd * 1e9);
  expect(pricer.price({ ...input, reportedCostNanoUsd })).toMatchObject({
    totalNanoUsd: reportedCostNanoUsd,
    confidence: "reported",
  });
});

function usage(inputTokens: number, cacheReadTokens: number, cacheWriteTokens: number, outputTokens: number): Usage {
  return { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens };
}
