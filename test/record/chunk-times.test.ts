/** @module Times of bursts, thinned out when there are too many. */

import { expect, test } from "bun:test";

import { ChunkTimes } from "../../src/record/chunk-times.ts";

test("each burst has one pair, pieces of one write share it", () => {
  const times = new ChunkTimes();
  times.add(0, 5);
  times.add(100, 5);
  times.add(200, 6);
  expect(times.times).toEqual([
    [0, 5],
    [200, 6],
  ]);
});

test("a hundred thousand bursts leave at most 4,000, spread over the whole answer", () => {
  const times = new ChunkTimes();
  for (let index = 0; index < 100_000; index++) times.add(index * 10, index);
  expect(times.times.length).toBeLessThanOrEqual(4000);
  expect(times.times.length).toBeGreaterThan(1500);
  expect(times.times[0]).toEqual([0, 0]);
  expect(times.times.at(-1)?.[1]).toBeGreaterThan(99_000);
  const gaps = times.times.slice(1).map(([offset], index) => offset - (times.times[index]?.[0] ?? 0));
  expect(new Set(gaps).size).toBeLessThanOrEqual(2);
});
