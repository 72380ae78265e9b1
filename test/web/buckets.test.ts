/** @module A chart's axis is even: quiet days are there, and every bucket has its place. */

import { expect, test } from "bun:test";
import { toTimeBuckets } from "../../src/api/sums.ts";
import { fillBuckets, toBucketKey } from "../../web/buckets.ts";

function buckets(...keys: string[]) {
  const sums = {
    requests: 1,
    failedRequests: 0,
    inputTokens: 1,
    outputTokens: 1,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
  };
  const money = { costNanoUsd: 1, meteredNanoUsd: 1, subscriptionNanoUsd: 0, unpricedRequests: 0 };
  const certainty = { reportedCosts: 0, exactCosts: 1, aliasCosts: 0, prefixCosts: 0 };
  const rest = { reasoningTokens: 0, requestsWithoutUsage: 0, durationMs: 0, startMs: 0 };
  return toTimeBuckets(
    keys.map((key) => ({ ...sums, ...money, ...certainty, ...rest, bucket: key })),
    { allKinds: false },
  );
}

test("fills quiet days and begins where the range begins", () => {
  const slots = fillBuckets(buckets("2026-11-18", "2026-11-20"), "day", 7, "2026-11-21");
  expect(slots.map((slot) => slot.key)).toEqual(
    ["15", "16", "17", "18", "19", "20", "21"].map((day) => `2026-11-${day}`),
  );
  expect(slots.filter((slot) => slot.bucket !== undefined).map((slot) => slot.key)).toEqual([
    "2026-11-18",
    "2026-11-20",
  ]);
});

test("keeps a first day that the range only touches, and a server that is a day ahead", () => {
  const slots = fillBuckets(buckets("2026-11-14", "2026-11-22"), "day", 7, "2026-11-21");
  expect([slots[0]?.key, slots.at(-1)?.key]).toEqual(["2026-11-14", "2026-11-22"]);
});

test("crosses months and daylight saving without losing an hour", () => {
  const slots = fillBuckets(buckets("2026-03-28 23:00", "2026-03-29 03:00"), "hour", 1, "2026-03-29 03:00");
  expect(slots).toHaveLength(24);
  expect(slots.slice(-5).map((slot) => slot.key.slice(5))).toEqual([
    "03-28 23:00",
    "03-29 00:00",
    "03-29 01:00",
    "03-29 02:00",
    "03-29 03:00",
  ]);
});

test("the longest axis is bounded", () => {
  expect(fillBuckets(buckets("2020-01-01 00:00"), "hour", 90, "2026-11-21 08:00").length).toBeLessThanOrEqual(2400);
});

test("the key of a moment is on the reader's clock", () => {
  expect(toBucketKey(new Date(2026, 10, 21, 8, 59).getTime(), "hour")).toBe("2026-11-21 08:00");
  expect(toBucketKey(new Date(2026, 10, 21, 0, 1).getTime(), "day")).toBe("2026-11-21");
});
