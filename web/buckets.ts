/** @module The api's buckets of time with the empty ones put back, so that a chart's axis is even. Pure. */

import type { TimeBucket } from "../src/api/contract.ts";

export type BucketSize = "day" | "hour";

/** A place on the axis; `bucket` is undefined where nothing happened. */
export type Slot = { readonly key: string; readonly bucket: TimeBucket | undefined };

const HOUR_MS = 3_600_000;
/** No axis is longer than this; 90 days of hours fit. */
const MAX_SLOTS = 2_400;

/**
 * One slot per day or hour for the last `days`, ending at the newest bucket or at `nowKey`, whichever is
 * later. Keys are wall-clock texts of one zone, so they are counted up as such, whatever the zone is.
 */
export function fillBuckets(
  buckets: readonly TimeBucket[],
  size: BucketSize,
  days: number,
  nowKey: string,
): readonly Slot[] {
  const step = size === "hour" ? HOUR_MS : 24 * HOUR_MS;
  const byKey = new Map(buckets.map((bucket) => [bucket.bucket, bucket]));
  const first = buckets[0]?.bucket ?? nowKey;
  const last = buckets.at(-1)?.bucket ?? nowKey;
  const end = toWallMs(last > nowKey ? last : nowKey);
  const wanted = size === "hour" ? days * 24 : days;
  const start = Math.max(Math.min(toWallMs(first), end - (wanted - 1) * step), end - (MAX_SLOTS - 1) * step);
  const slots: Slot[] = [];
  for (let at = start; at <= end; at += step) {
    const key = toKey(at, size);
    slots.push({ key, bucket: byKey.get(key) });
  }
  return slots;
}

/** The key of the bucket that holds a moment, on the clock of the reader. */
export function toBucketKey(ms: number, size: BucketSize): string {
  return toKey(ms - new Date(ms).getTimezoneOffset() * 60_000, size);
}

function toWallMs(key: string): number {
  return Date.parse(key.length > 10 ? `${key.slice(0, 10)}T${key.slice(11, 16)}:00Z` : `${key}T00:00:00Z`);
}

function toKey(wallMs: number, size: BucketSize): string {
  const text = new Date(wallMs).toISOString();
  return size === "hour" ? `${text.slice(0, 10)} ${text.slice(11, 13)}:00` : text.slice(0, 10);
}
