/** @module Sums of the store as the fields of an answer: names of the older proxy first, unknown as null. */

import { toUsd } from "../domain/money.ts";
import type { UsageBucket, UsageGroup, UsageSums } from "../store/store.ts";
import type { GroupTotals, ModelTotals, StatsSummary, TimeBucket, TotalFields } from "./contract.ts";

/** `allKinds` = the sums hold other calls too, not only calls to models. */
export type SumOptions = { readonly allKinds: boolean };

const NOTHING: UsageSums = {
  requests: 0,
  failedRequests: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  costNanoUsd: 0,
  meteredNanoUsd: 0,
  subscriptionNanoUsd: 0,
  reportedCosts: 0,
  exactCosts: 0,
  aliasCosts: 0,
  prefixCosts: 0,
  unpricedRequests: 0,
  requestsWithoutUsage: 0,
  durationMs: 0,
};

/** The answer of `/stats/summary`. */
export function toSummary(
  total: UsageSums | undefined,
  groups: readonly UsageGroup[],
  options: SumOptions,
): StatsSummary {
  const sums = total ?? NOTHING;
  const { requests, input_tokens, output_tokens, total_tokens, cost_usd, ...more } = toGroupTotals(sums, options);
  return {
    totals: {
      total_requests: requests,
      total_input_tokens: input_tokens,
      total_output_tokens: output_tokens,
      total_tokens,
      total_cost_usd: cost_usd,
      ...more,
    },
    by_provider: groups
      .map((group) => ({ provider: group.provider ?? "", ...toGroupTotals(group, options) }))
      .sort(byCost),
  };
}

/** The answer of `/stats/by-model`. */
export function toModelTotals(groups: readonly UsageGroup[], options: SumOptions): readonly ModelTotals[] {
  return groups
    .map((group) => ({ provider: group.provider ?? "", model: group.model ?? "", ...toGroupTotals(group, options) }))
    .sort(byCost);
}

/** The answer of `/stats/timeseries`. */
export function toTimeBuckets(buckets: readonly UsageBucket[], options: SumOptions): readonly TimeBucket[] {
  return buckets.map((bucket) => {
    const { requests, input_tokens, output_tokens, total_tokens, cost_usd, ...more } = toGroupTotals(bucket, options);
    return {
      bucket: bucket.bucket,
      requests,
      tokens: total_tokens,
      cost_usd,
      input_tokens,
      output_tokens,
      start_ms: bucket.startMs,
      ...more,
    };
  });
}

export function toGroupTotals(sums: UsageSums, { allKinds }: SumOptions): GroupTotals {
  const money = (nanoUsd: number): number | null => (isUnpriced(sums, allKinds) ? null : toUsd(nanoUsd));
  const fields: TotalFields = {
    failed_requests: sums.failedRequests,
    cache_read_tokens: sums.cacheReadTokens,
    cache_write_tokens: sums.cacheWriteTokens,
    reasoning_tokens: sums.reasoningTokens,
    metered_cost_usd: money(sums.meteredNanoUsd),
    subscription_cost_usd: money(sums.subscriptionNanoUsd),
    cost_confidence: {
      reported: sums.reportedCosts,
      exact: sums.exactCosts,
      alias: sums.aliasCosts,
      prefix: sums.prefixCosts,
      unknown: sums.unpricedRequests,
    },
    unpriced_requests: sums.unpricedRequests,
    requests_without_usage: sums.requestsWithoutUsage,
  };
  return {
    requests: sums.requests,
    input_tokens: sums.inputTokens,
    output_tokens: sums.outputTokens,
    total_tokens: sums.inputTokens + sums.outputTokens,
    cost_usd: money(sums.costNanoUsd),
    ...fields,
  };
}

/**
 * A sum over requests of which none has a price is not 0 but unknown. Failed requests may be among the
 * unpriced or not; with every kind of call in the group, the unpriced ones cannot be told by counting.
 */
function isUnpriced(sums: UsageSums, allKinds: boolean): boolean {
  const { requests, unpricedRequests, failedRequests } = sums;
  if (sums.costNanoUsd !== 0 || unpricedRequests === 0) return false;
  return allKinds || unpricedRequests + failedRequests >= requests;
}

function byCost(a: GroupTotals, b: GroupTotals): number {
  return (b.cost_usd ?? -1) - (a.cost_usd ?? -1) || b.requests - a.requests || b.total_tokens - a.total_tokens;
}
