/** @module Sweeps of old bodies: in slices, adapted to their duration, with pauses. */

import { expect, test } from "bun:test";

import { Retention } from "../../src/record/retention.ts";
import type { StoreWriter } from "../../src/store/store.ts";

/** A store of the outside world with `old` bodies to delete, each taking `costMs`. */
function createStore(old: number, costMs: number, oldKeys = 0) {
  let keysLeft = oldKeys;
  const calls: { readonly beforeMs: number; readonly limit: number }[] = [];
  let monotonic = 0;
  let left = old;
  const writer: Pick<StoreWriter, "trimCaptures" | "trimSessionKeys"> = {
    trimSessionKeys: async (_beforeMs, limit) => {
      const count = Math.min(limit, keysLeft);
      keysLeft -= count;
      return count;
    },
    async trimCaptures(beforeMs, limit) {
      calls.push({ beforeMs, limit });
      const count = Math.min(limit, left);
      left -= count;
      monotonic += count * costMs;
      return count;
    },
  };
  const options = { nowMs: () => 10_000, monotonicMs: () => monotonic, everyMs: 1000 };
  const retention = new Retention({ ...options, writer: writer as StoreWriter, bodiesMs: 4000 });
  return { retention, calls, pass: (ms: number) => (monotonic += ms) };
}

test("cheap deletions grow to larger slices until all is gone, then comes a pause", async () => {
  const { retention, calls, pass } = createStore(500, 0.001);
  for (let round = 0; round < 20; round++) await retention.sweep();
  expect(calls.map(({ limit }) => limit)).toEqual([16, 32, 64, 128, 256, 512]);
  expect(calls.every(({ beforeMs }) => beforeMs === 6000)).toBe(true);
  expect(retention.trimmed).toBe(500);
  pass(1000);
  await retention.sweep();
  expect(calls.length).toBe(7);
});

test("old keys of sessions are swept as long as there are any, also without old bodies", async () => {
  const { retention, calls } = createStore(0, 0, 100);
  for (let round = 0; round < 20; round++) await retention.sweep();
  expect(calls.map(({ limit }) => limit)).toEqual([16, 32, 64]);
  expect(retention.trimmed).toBe(0);
});

test("expensive deletions shrink the slice to stay under 20 ms", async () => {
  const { retention, calls } = createStore(100, 5);
  for (let round = 0; round < 40; round++) await retention.sweep();
  expect(calls.slice(3).every(({ limit }) => limit * 5 <= 20)).toBe(true);
  expect(retention.trimmed).toBe(100);
});

test.each([undefined, null, Number.NaN, 0, -5])("a retention of %p deletes nothing", async (bodiesMs) => {
  let calls = 0;
  const writer = {
    async trimCaptures() {
      calls += 1;
      return 0;
    },
  };
  const clocks = { nowMs: () => 1, monotonicMs: () => 1 };
  const retention = new Retention({ ...clocks, writer: writer as never, bodiesMs: bodiesMs as number | undefined });
  await retention.sweep();
  expect(calls).toBe(0);
});
