/** @module What the recorder counted since it last told, so that the proxy process can keep totals that only grow. */

/** Upper bounds of the classes of durations, inclusive, in ms; one more class takes what is above the last. */
export const DURATION_BOUNDS_MS = [
  25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000,
] as const;

/** Times of a group of exchanges. `classes` has one count per bound and one more, none of them cumulative. */
export type DurationCounts = { readonly sumMs: number; readonly classes: readonly number[] };

/** Exchanges that ended and have these in common. */
export type CountedRow = {
  readonly provider: string;
  readonly model: string;
  readonly tool: string;
  /** First digit of the status; 0 = none. */
  readonly statusClass: number;
  readonly kind: string;
  readonly billing: string;
  readonly requests: number;
  readonly unpriced: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly reasoningTokens: number;
  readonly costNanoUsd: number;
  /** Taken back by later prices; what the store has is the cost without it. */
  readonly reducedNanoUsd: number;
  /** Exchanges that had no price when they were counted, and have one now. */
  readonly backfilled: number;
  readonly duration: DurationCounts;
  readonly firstByte: DurationCounts;
};

/** Attempts that ended, by upstream. */
export type CountedAttempt = {
  readonly upstream: string;
  /** `retry` = the same upstream again; `failover` = another one after it. */
  readonly kind: "first" | "retry" | "failover";
  /** `2xx`…, the code of our own error, or `none`. */
  readonly result: string;
  readonly attempts: number;
};

/** Exchanges that ended with an error of our own list, by its code. */
export type CountedError = { readonly code: string; readonly exchanges: number };

/** All that was counted since the last message. */
export type Counts = {
  readonly rows: readonly CountedRow[];
  readonly attempts: readonly CountedAttempt[];
  readonly errors: readonly CountedError[];
};
