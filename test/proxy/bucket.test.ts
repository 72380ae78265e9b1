import { describe, expect, test } from "bun:test";

import { createBuckets } from "../../src/proxy/bucket.ts";

function createCase(maxNames?: number) {
  const clock = { nowMs: 0 };
  return { clock, buckets: createBuckets(maxNames) };
}

/** Takes one where there is one; the wait otherwise. */
function ask({ buckets, clock }: ReturnType<typeof createCase>, name: string, perMinute: number): number | undefined {
  const wait = buckets.findWait(name, perMinute, clock.nowMs);
  if (wait === undefined) buckets.take(name, perMinute, 1, clock.nowMs);
  return wait;
}

describe("a bucket", () => {
  test("gives its limit at once, and then what flows back", () => {
    const test = createCase();
    const answers = Array.from({ length: 4 }, () => ask(test, "a", 3));
    expect(answers).toEqual([undefined, undefined, undefined, 20]);
    expect(ask(test, "b", 3)).toBeUndefined();
    test.clock.nowMs = 19_999;
    expect(ask(test, "a", 3)).toBe(1);
    test.clock.nowMs = 20_000;
    expect([ask(test, "a", 3), ask(test, "a", 3)]).toEqual([undefined, 20]);
    test.clock.nowMs = 10 * 60_000;
    expect(Array.from({ length: 4 }, () => ask(test, "a", 3))).toEqual([undefined, undefined, undefined, 20]);
  });

  test("in an hour gives no more than its limit per minute, however it is asked", () => {
    const test = createCase();
    let given = 0;
    for (; test.clock.nowMs < 3_600_000; test.clock.nowMs += 137) if (ask(test, "a", 7) === undefined) given += 1;
    expect(given).toBeGreaterThanOrEqual(60 * 7);
    expect(given).toBeLessThanOrEqual(60 * 7 + 7);
  });

  test("that was overdrawn is paid back by waiting", () => {
    const { buckets, clock } = createCase();
    const findWait = () => buckets.findWait("t", 1000, clock.nowMs);
    buckets.take("t", 1000, 3500, clock.nowMs);
    expect(findWait()).toBe(151);
    clock.nowMs = 150_000;
    expect(findWait()).toBe(1);
    clock.nowMs = 150_061;
    expect(findWait()).toBeUndefined();
  });

  test("follows a limit that is changed", () => {
    const test = createCase();
    for (let at = 0; at < 10; at++) ask(test, "a", 10);
    test.clock.nowMs = 60_000;
    expect([ask(test, "a", 1), ask(test, "a", 1)]).toEqual([undefined, 60]);
  });
});

test("there are never more names than were allowed; those that rested longest begin anew", () => {
  const test = createCase(4);
  for (const name of ["a", "b", "c", "a", "d", "e"]) ask(test, name, 2);
  // "b" and "c" were forgotten, "a" was used again before.
  expect([ask(test, "a", 2), ask(test, "b", 2)]).toEqual([30, undefined]);
  for (let at = 0; at < 10_000; at++) {
    ask(test, `n${at}`, 2);
    expect(test.buckets.size).toBeLessThanOrEqual(4);
  }
});
