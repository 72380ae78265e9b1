import { expect, test } from "bun:test";

import { DEFAULT_FAULTS, pickFault } from "../../src/demo/fault.ts";
import { createRandom } from "../../src/demo/random.ts";

test("faults come about as often as their rates say, and one draw decides", () => {
  const random = createRandom(11);
  const counts: Record<string, number> = {};
  for (let i = 0; i < 20_000; i += 1) {
    const fault = pickFault(random, DEFAULT_FAULTS) ?? "none";
    counts[fault] = (counts[fault] ?? 0) + 1;
  }
  for (const [name, rate] of Object.entries(DEFAULT_FAULTS)) {
    expect((counts[name] ?? 0) / 20_000).toBeGreaterThan(rate * 0.75);
    expect((counts[name] ?? 0) / 20_000).toBeLessThan(rate * 1.25);
  }
  let draws = 0;
  pickFault(() => (draws += 1) && 0.99, DEFAULT_FAULTS);
  expect(draws).toBe(1);
});
