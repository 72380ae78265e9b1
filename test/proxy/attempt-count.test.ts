import { expect, test } from "bun:test";

import { createAttemptCount } from "../../src/proxy/attempt-count.ts";

test("an address waits after too many failures until its window ends; others do not", () => {
  let nowMs = 0;
  const count = createAttemptCount({ windowMs: 60_000, most: 2, now: () => nowMs });
  expect([count.begin("a"), count.begin("a"), count.begin("a")]).toEqual([undefined, undefined, 60]);
  expect(count.begin("b")).toBeUndefined();
  nowMs = 59_500;
  expect(count.begin("a")).toBe(1);
  nowMs = 60_000;
  expect(count.begin("a")).toBeUndefined();
});

test("a right password forgets the wrong ones before it", () => {
  const count = createAttemptCount({ windowMs: 60_000, most: 1, now: () => 0 });
  expect(count.begin("a")).toBeUndefined();
  count.forgive("a");
  expect(count.begin("a")).toBeUndefined();
  expect(count.begin("a")).toBe(60);
});

test("remembers so many addresses and no more", () => {
  const count = createAttemptCount({ windowMs: 60_000, most: 1, now: () => 0, addresses: 2 });
  for (const address of ["a", "b", "c"]) count.begin(address);
  // The first made room; the others are still known.
  expect([count.begin("b"), count.begin("c")]).toEqual([60, 60]);
  expect(count.begin("a")).toBeUndefined();
});
