import { expect, test } from "bun:test";

import { createRandom, forkRandom, pickInteger, pickText, pickUuid, shuffle } from "../../src/demo/random.ts";

test("one seed gives one sequence, another seed another", () => {
  const take = (seed: number) => Array.from({ length: 5 }, createRandom(seed));
  expect(take(7)).toEqual(take(7));
  expect(take(7)).not.toEqual(take(8));
});

test("numbers lie in [0, 1) and fill it evenly", () => {
  const random = createRandom(1);
  const tenths = new Map<number, number>();
  for (let i = 0; i < 10_000; i += 1) {
    const tenth = Math.floor(random() * 10);
    tenths.set(tenth, (tenths.get(tenth) ?? 0) + 1);
  }
  expect([...tenths.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(Math.min(...tenths.values())).toBeGreaterThan(850);
});

test("a fork goes its own way, whatever is drawn beside it", () => {
  const [first, second] = [createRandom(3), createRandom(3)];
  const [forkA, forkB] = [forkRandom(first), forkRandom(second)];
  first();
  first();
  expect(forkA()).toBe(forkB());
});

test("picks keep to their bounds and forms", () => {
  const random = createRandom(2);
  const numbers = new Set(Array.from({ length: 200 }, () => pickInteger(random, 3, 5)));
  expect([...numbers].sort((a, b) => a - b)).toEqual([3, 4, 5]);
  expect(pickText(random, 12)).toMatch(/^[a-z0-9]{12}$/);
  for (let i = 0; i < 50; i += 1) {
    expect(pickUuid(random)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});

test("a shuffled list has all its values, in every order sooner or later", () => {
  const random = createRandom(4);
  const orders = new Set(Array.from({ length: 100 }, () => shuffle(random, ["a", "b", "c"]).join("")));
  expect([...orders].sort()).toEqual(["abc", "acb", "bac", "bca", "cab", "cba"]);
});
