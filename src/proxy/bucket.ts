/** @module Token buckets by name: each refills to its limit within a minute. Full ones need no memory. */

export type Buckets = {
  /** Seconds until there is something in it again, at least 1; undefined while there is. @param nowMs of a monotonic clock */
  findWait(name: string, perMinute: number, nowMs: number): number | undefined;
  /** May go below nothing: what was used up before it was known is paid back by waiting. */
  take(name: string, perMinute: number, amount: number, nowMs: number): void;
  readonly size: number;
};

type Bucket = { level: number; atMs: number };

const MINUTE_MS = 60_000;

/**
 * Cost: one map look-up and a few sums. When there are too many names, those that were not used for the longest time
 * begin anew.
 */
export function createBuckets(maxNames = 10_000): Buckets {
  /** Used since half of all names were, and before that: an order by last use would cost two changes of a map each time. */
  let young = new Map<string, Bucket>();
  let old = new Map<string, Bucket>();

  function find(name: string): Bucket | undefined {
    const bucket = young.get(name);
    if (bucket !== undefined) return bucket;
    const found = old.get(name);
    if (found !== undefined) {
      old.delete(name);
      keep(name, found);
    }
    return found;
  }

  function keep(name: string, bucket: Bucket): void {
    if (young.size >= maxNames / 2) {
      old = young;
      young = new Map();
    }
    young.set(name, bucket);
  }

  return {
    findWait(name, perMinute, nowMs) {
      const bucket = find(name);
      if (bucket === undefined) return undefined;
      refill(bucket, perMinute, nowMs);
      // Requests come in ones: a part of one is not enough, unless the limit itself is below it.
      const needed = Math.min(1, perMinute);
      if (bucket.level >= needed - 1e-6) return undefined;
      return Math.max(1, Math.ceil(((needed - bucket.level) / perMinute) * 60 - 1e-6));
    },
    take(name, perMinute, amount, nowMs) {
      let bucket = find(name);
      if (bucket === undefined) keep(name, (bucket = { level: perMinute, atMs: nowMs }));
      else refill(bucket, perMinute, nowMs);
      bucket.level -= amount;
    },
    get size() {
      return young.size + old.size;
    },
  };
}

function refill(bucket: Bucket, perMinute: number, nowMs: number): void {
  bucket.level = Math.min(perMinute, bucket.level + ((nowMs - bucket.atMs) / MINUTE_MS) * perMinute);
  bucket.atMs = nowMs;
}
