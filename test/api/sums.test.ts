/** @module Sums keep the older proxy's fields, and an unknown sum is null. */

import { expect, test } from "bun:test";
import { toModelTotals, toSummary, toTimeBuckets } from "../../src/api/sums.ts";
import type { UsageSums } from "../../src/store/store.ts";

const SUMS: UsageSums = {
  requests: 4,
  failedRequests: 1,
  inputTokens: 100,
  outputTokens: 20,
  cacheReadTokens: 40,
  cacheWriteTokens: 5,
  reasoningTokens: 7,
  costNanoUsd: 3_000_000_000,
  meteredNanoUsd: 2_000_000_000,
  subscriptionNanoUsd: 1_000_000_000,
  reportedCosts: 1,
  exactCosts: 2,
  aliasCosts: 0,
  prefixCosts: 0,
  unpricedRequests: 1,
  requestsWithoutUsage: 1,
  durationMs: 900,
};
const CALLS = { allKinds: false };
const UNPRICED: UsageSums = { ...SUMS, costNanoUsd: 0, meteredNanoUsd: 0, subscriptionNanoUsd: 0, unpricedRequests: 4 };

test("an empty store sums to zero in every field", () => {
  const { totals, by_provider } = toSummary(undefined, [], CALLS);
  expect(totals).toMatchObject({ total_requests: 0, total_input_tokens: 0, total_tokens: 0, total_cost_usd: 0 });
  expect(by_provider).toEqual([]);
});

test("money of metered and subscription traffic stands apart beside the total", () => {
  expect(toSummary(SUMS, [], CALLS).totals).toMatchObject({
    total_cost_usd: 3,
    metered_cost_usd: 2,
    subscription_cost_usd: 1,
    unpriced_requests: 1,
    cost_confidence: { reported: 1, exact: 2, alias: 0, prefix: 0, unknown: 1 },
  });
});

test("the cost of a group is null when none of its requests has a price, and 0 when all cost nothing", () => {
  expect(toModelTotals([{ ...UNPRICED, provider: "zai", model: "glm" }], CALLS)[0]?.cost_usd).toBeNull();
  const someFailed = { ...UNPRICED, unpricedRequests: 3, provider: "zai", model: "glm" };
  expect(toModelTotals([someFailed], CALLS)[0]?.cost_usd).toBeNull();
  const withOther = { ...UNPRICED, requests: 40, provider: "zai", model: "glm" };
  expect(toModelTotals([withOther], { allKinds: true })[0]?.cost_usd).toBeNull();
  const free = { ...SUMS, costNanoUsd: 0, meteredNanoUsd: 0, subscriptionNanoUsd: 0, unpricedRequests: 0 };
  expect(toModelTotals([{ ...free, provider: "ollama", model: "llama" }], CALLS)[0]?.cost_usd).toBe(0);
});

test("groups come dearest first, without a price last", () => {
  const groups = [
    { ...UNPRICED, provider: "zai" },
    { ...SUMS, provider: "openai" },
    { ...SUMS, costNanoUsd: 9_000_000_000, provider: "anthropic" },
  ];
  expect(toSummary(SUMS, groups, CALLS).by_provider.map((row) => row.provider)).toEqual(["anthropic", "openai", "zai"]);
});

test("a bucket of time has the older names first", () => {
  const [bucket] = toTimeBuckets([{ ...SUMS, bucket: "2026-11-21", startMs: 5 }], CALLS);
  expect(Object.keys(bucket ?? {}).slice(0, 4)).toEqual(["bucket", "requests", "tokens", "cost_usd"]);
  expect(bucket).toMatchObject({ bucket: "2026-11-21", requests: 4, tokens: 120, cost_usd: 3 });
});
