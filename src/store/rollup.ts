/** @module What one exchange adds to the 15-minute sums, whatever database keeps them. */

import type { Exchange } from "../domain/exchange.ts";
import type { CostConfidence } from "../domain/money.ts";
import { toAmount, toCount, toEpochMs, toMicros, toNanoUsd } from "./figure.ts";

export const ROLLUP_BUCKET_MS = 900_000;

/** Upper bounds of the latency classes, inclusive, in ms; one more class takes what is above the last. */
export const LATENCY_BOUNDS_MS = [
  25, 50, 100, 200, 400, 700, 1_000, 1_500, 2_000, 3_000, 5_000, 7_500, 10_000, 15_000, 20_000, 30_000, 45_000, 60_000,
  90_000, 120_000, 180_000, 300_000, 600_000,
] as const;

/** Columns that name a group, in the order of the primary key. */
export const ROLLUP_KEYS = [
  "bucket_ms",
  "provider",
  "model",
  "dialect",
  "kind",
  "status_class",
  "tool",
  "key",
  "account",
  "billing",
] as const;

/** Confidences of a cost that is known, each with its count of exchanges. */
const KNOWN_CONFIDENCES = ["reported", "exact", "alias", "prefix"] as const satisfies readonly CostConfidence[];

/** Columns that are summed. Latency classes are not cumulative: each exchange counts in one of them. */
export const ROLLUP_MEASURES: readonly string[] = [
  "requests",
  "failed_requests",
  "aborted_requests",
  "input_tokens",
  "output_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "reasoning_tokens",
  "cost_nano_usd",
  ...KNOWN_CONFIDENCES.map((confidence) => `${confidence}_costs`),
  "unpriced_requests",
  "requests_without_usage",
  "duration_us",
  ...latencyColumns("duration"),
  ...latencyColumns("ttfb"),
];

/** Values in the order of ROLLUP_KEYS and ROLLUP_MEASURES. */
export type Contribution = {
  readonly key: readonly (string | number)[];
  readonly measures: readonly number[];
};

/** Start of the 15-minute bucket that holds a moment. */
export function toBucketMs(epochMs: number): number {
  return Math.floor(epochMs / ROLLUP_BUCKET_MS) * ROLLUP_BUCKET_MS;
}

/** The name under which statistics count an exchange. */
export function modelOf(exchange: Pick<Exchange, "requestModel" | "responseModel">): string {
  return exchange.responseModel ?? exchange.requestModel ?? "";
}

/**
 * What an exchange adds to the sums; undefined while it is pending. Failed are exchanges that ended as `failed` or
 * `interrupted`, or with a status of 400 and above. A price or usage is missed only where one could be expected:
 * in generation calls with a status below 400 or none.
 */
export function toContribution(exchange: Exchange): Contribution | undefined {
  if (exchange.state === "pending") return undefined;
  const { usage, timing } = exchange;
  const status = toCount(exchange.statusCode);
  const isRefused = status !== null && status >= 400;
  const isFailed = exchange.state === "failed" || exchange.state === "interrupted" || isRefused;
  const isChargeable = exchange.kind === "generation" && !isRefused;
  const costNanoUsd = toNanoUsd(exchange.cost?.totalNanoUsd);
  const durationMs = toAmount(timing.durationMs);
  return {
    key: [
      toBucketMs(toEpochMs(exchange.startedAtMs)),
      exchange.provider,
      modelOf(exchange),
      exchange.dialect,
      exchange.kind,
      status === null ? 0 : Math.floor(status / 100),
      exchange.tool ?? "",
      exchange.keyId ?? "",
      "",
      exchange.billing,
    ],
    measures: [
      1,
      isFailed ? 1 : 0,
      exchange.state === "aborted" ? 1 : 0,
      toCount(usage?.inputTokens) ?? 0,
      toCount(usage?.outputTokens) ?? 0,
      toCount(usage?.cacheReadTokens) ?? 0,
      toCount(usage?.cacheWriteTokens) ?? 0,
      toCount(usage?.reasoningTokens) ?? 0,
      costNanoUsd ?? 0,
      ...KNOWN_CONFIDENCES.map((each) => (costNanoUsd !== null && exchange.cost?.confidence === each ? 1 : 0)),
      isChargeable && costNanoUsd === null ? 1 : 0,
      isChargeable && exchange.usageSource === "none" ? 1 : 0,
      durationMs === null ? 0 : toMicros(durationMs),
      ...toLatencyClasses(durationMs),
      ...toLatencyClasses(toAmount(timing.ttfbMs)),
    ],
  };
}

function latencyColumns(measure: string): string[] {
  const last = LATENCY_BOUNDS_MS.at(-1);
  return [...LATENCY_BOUNDS_MS.map((bound) => `${measure}_upto_${bound}ms`), `${measure}_above_${last}ms`];
}

function toLatencyClasses(valueMs: number | null): number[] {
  const classes = NO_LATENCY.slice();
  if (valueMs === null) return classes;
  const found = LATENCY_BOUNDS_MS.findIndex((bound) => valueMs <= bound);
  classes[found === -1 ? LATENCY_BOUNDS_MS.length : found] = 1;
  return classes;
}

const NO_LATENCY: readonly number[] = Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, () => 0);
