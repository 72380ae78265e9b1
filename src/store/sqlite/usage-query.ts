/** @module Questions to the 15-minute sums, as SQL that never reads an exchange. */

import type { GroupBy, UsageFilter, UsageSums } from "../store.ts";
import { type Condition, exchangeConditions, toWhere, usageConditions } from "./filter-sql.ts";

/** A row of either question: the sums under the names of the contract. */
export type UsageRow = Omit<UsageSums, "durationMs"> & { readonly durationUs: number };

/** Sums by group. */
export function groupQuery(filter: UsageFilter, groupBy: GroupBy): Condition {
  const where = toWhere(usageConditions(filter));
  const columns = GROUP_COLUMNS[groupBy];
  const group = columns === "" ? "" : `GROUP BY ${columns} ORDER BY costNanoUsd DESC, requests DESC, ${columns}`;
  return {
    sql: `SELECT ${columns === "" ? "" : `${columns}, `}${SUMS} FROM rollup ${where.sql} ${group}`,
    values: where.values,
  };
}

/** Sums by 15-minute bucket, ascending: the calendar makes hours and days of them. */
export function bucketQuery(filter: UsageFilter): Condition {
  const where = toWhere(usageConditions(filter));
  return {
    sql: `SELECT bucket_ms AS bucketMs, ${SUMS} FROM rollup ${where.sql} GROUP BY bucket_ms ORDER BY bucket_ms`,
    values: where.values,
  };
}

/** Sums of rows by span of `bucketMs`, ascending; the filter's own times, not those of the buckets around them. */
export function recentQuery(filter: UsageFilter & { readonly fromMs: number }, bucketMs: number): Condition {
  const { provider, model, dialect, tool, allKinds, fromMs, toMs } = filter;
  const where = toWhere([
    ...exchangeConditions({
      fromMs,
      ...(toMs === undefined ? {} : { toMs }),
      ...(provider === undefined ? {} : { provider }),
      ...(model === undefined ? {} : { model }),
      ...(dialect === undefined ? {} : { dialect }),
      ...(tool === undefined ? {} : { tool }),
      ...(allKinds === true ? {} : { kind: "generation" }),
    }),
    { sql: "state <> 'pending'", values: [] },
  ]);
  return { sql: `${RECENT} ${where.sql} GROUP BY 1 ORDER BY 1`, values: [bucketMs, bucketMs, ...where.values] };
}

const REFUSED = "coalesce(status_code >= 400, 0)";
const RECENT = `
SELECT started_at_ms / ? * ? AS startMs,
  count(*) AS requests,
  sum(state IN ('failed', 'interrupted') OR ${REFUSED}) AS failedRequests,
  coalesce(sum(input_tokens), 0) AS inputTokens,
  coalesce(sum(output_tokens), 0) AS outputTokens,
  coalesce(sum(cost_nano_usd), 0) AS costNanoUsd,
  sum(kind = 'generation' AND NOT ${REFUSED} AND cost_nano_usd IS NULL) AS unpricedRequests
FROM exchange`;

/** Sums by managed key. The last use is that of the last row, or the bucket's start when no row is left. */
export function keyUseQuery(keyId: string | undefined): Condition {
  return {
    sql: `SELECT
        key AS keyId,
        sum(requests) AS requests,
        sum(input_tokens) AS inputTokens,
        sum(output_tokens) AS outputTokens,
        sum(cost_nano_usd) AS costNanoUsd,
        sum(unpriced_requests) AS unpricedRequests,
        coalesce((SELECT max(started_at_ms) FROM exchange WHERE key_id = rollup.key), max(bucket_ms)) AS lastUsedAtMs
      FROM rollup WHERE ${keyId === undefined ? "key <> ''" : "key = ?"} GROUP BY key ORDER BY key`,
    values: keyId === undefined ? [] : [keyId],
  };
}

export function toUsageSums(row: UsageRow): UsageSums {
  const { durationUs, ...sums } = row;
  return { ...sums, durationMs: durationUs / 1000 };
}

const GROUP_COLUMNS = {
  none: "",
  provider: "provider",
  model: "provider, model",
  tool: "tool",
  key: "key",
  account: "account, provider",
  "account-model": "account, provider, model",
} as const satisfies Record<GroupBy, string>;

const SUMS = `
  coalesce(sum(requests), 0) AS requests,
  coalesce(sum(failed_requests), 0) AS failedRequests,
  coalesce(sum(input_tokens), 0) AS inputTokens,
  coalesce(sum(output_tokens), 0) AS outputTokens,
  coalesce(sum(cache_read_tokens), 0) AS cacheReadTokens,
  coalesce(sum(cache_write_tokens), 0) AS cacheWriteTokens,
  coalesce(sum(reasoning_tokens), 0) AS reasoningTokens,
  coalesce(sum(cost_nano_usd), 0) AS costNanoUsd,
  coalesce(sum(cost_nano_usd) FILTER (WHERE billing = 'metered'), 0) AS meteredNanoUsd,
  coalesce(sum(cost_nano_usd) FILTER (WHERE billing <> 'metered'), 0) AS subscriptionNanoUsd,
  coalesce(sum(reported_costs), 0) AS reportedCosts,
  coalesce(sum(exact_costs), 0) AS exactCosts,
  coalesce(sum(alias_costs), 0) AS aliasCosts,
  coalesce(sum(prefix_costs), 0) AS prefixCosts,
  coalesce(sum(unpriced_requests), 0) AS unpricedRequests,
  coalesce(sum(requests_without_usage), 0) AS requestsWithoutUsage,
  coalesce(sum(duration_us), 0) AS durationUs`;
