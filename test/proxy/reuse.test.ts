import { expect, test } from "bun:test";

import { createReuse } from "../../src/proxy/reuse.ts";

test("a request has an old connection only if an exchange left one open for it", () => {
  const clock = { ms: 0 };
  const reuse = createReuse(() => clock.ms);
  expect(reuse.take("a")).toBe(false);
  reuse.give("a");
  expect([reuse.take("b"), reuse.take("a"), reuse.take("a")]).toEqual([false, true, false]);
  reuse.give("a");
  reuse.give("a");
  expect([reuse.take("a"), reuse.take("a"), reuse.take("a")]).toEqual([true, true, false]);
});

test("connections that rested too long, or beside one that was found dead, are none", () => {
  const clock = { ms: 0 };
  const reuse = createReuse(() => clock.ms);
  reuse.give("a");
  clock.ms = 300_001;
  expect(reuse.take("a")).toBe(false);
  reuse.give("a");
  reuse.give("a");
  reuse.drop("a");
  expect(reuse.take("a")).toBe(false);
});
