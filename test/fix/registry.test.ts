import { expect, test } from "bun:test";

import { FIX_IDS } from "../../src/domain/fix.ts";
import { findFix, FIXES } from "../../src/fix/registry.ts";

test("ids are unique, written like settings, and found", () => {
  const ids = FIXES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  // What the configuration accepts is what there is.
  expect(ids).toEqual([...FIX_IDS]);
  for (const fix of FIXES) {
    expect(fix.id).toMatch(/^[a-z0-9-]+$/);
    expect(findFix(fix.id)).toBe(fix);
    expect(`${fix.name}${fix.description}${fix.risk}`.length).toBeGreaterThan(50);
  }
  expect(findFix("none")).toBeUndefined();
});
