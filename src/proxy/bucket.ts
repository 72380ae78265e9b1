/** @module Token buckets by name: each refills to its limit within a minute. Full ones need no memory. */

import { forgetOldest } from "./forget-oldest.ts";

export type Buckets = {
  /** Seconds until there is something in it again, at least 1; undefined while there is. */
  findWait(name: string, perMinute: number): number | undefined;
  /** May go below nothing: what was used up before it was known is paid back by waiting. */
  take(name: string, perMinute: number, amount: number): void;
  readonly size: number;
};

type Bucket = { level: number; atMs: number };

const MINUTE_MS = 60_000;

/**
 * Cost: one map look-up and a few sums. When there are too many names, those that were not used for the longest time
 * begin anew.
 * @param now milliseconds of a monotonic clock
 */
export function createBuckets(now: () => number, maxNames = 10_000): Buckets {
  const buckets = new Map<string, Bucket>();

  function refill(bucket: Bucket, perMinute: number): void {
    const nowMs = now();
    bucket.level = Math.min(perMinute, bucket.level + ((nowMs - bucket.atMs) / MINUTE_MS) * perMinute);
    bucket.atMs = nowMs;
  }

  return {
    findWait(name, perMinute) {
      const bucket = buckets.get(name);
      if (bucket === undefined) return undefined;
      refill(bucket, perMinute);
      // Requests come in ones: a part of one is not enough, unless the limit itself is below it.
      const needed = Math.min(1, perMinute);
      if (bucket.level >= needed - 1e-6) return undefined;
      return Math.max(1, Math.ceil(((needed - bucket.level) / perMinute) * 60 - 1e-6));
    },
    take(name, perMinute, amount) {
      const bucket = buckets.get(name) ?? { level: perMinute, atMs: now() };
      refill(bucket, perMinute);
      bucket.level -= amount;
      // Last in the order of the map is used last.
      buckets.delete(name);
      forgetOldest(buckets, maxNames);
      buckets.set(name, bucket);
    },
    get size() {
      return buckets.size;
    },
  };
}
