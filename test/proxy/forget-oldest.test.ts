import { expect, test } from "bun:test";

import { forgetOldest } from "../../src/proxy/forget-oldest.ts";

test("the older half of a full map goes, nothing of one that has room", () => {
  const map = new Map(["a", "b", "c", "d", "e"].map((name) => [name, 1]));
  forgetOldest(map, 6);
  expect(map.size).toBe(5);
  forgetOldest(map, 5);
  expect([...map.keys()]).toEqual(["d", "e"]);
});

test("a map that is kept full costs no walk over what is gone", () => {
  const map = new Map<number, number>();
  const startedAt = performance.now();
  for (let at = 0; at < 300_000; at++) {
    forgetOldest(map, 20_000);
    map.set(at, at);
  }
  expect(map.size).toBeLessThanOrEqual(20_000);
  // One at a time it takes minutes.
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
