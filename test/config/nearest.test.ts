import { expect, test } from "bun:test";

import { findNearest, suggest } from "../../src/config/nearest.ts";

const NAMES = ["port", "host", "timeouts", "log_level", "log_format"];

test.each([
  ["prot", "port"],
  ["PORT", "port"],
  ["timeout", "timeouts"],
  ["log-levle", "log_level"],
])("%s is near to %s", (name, nearest) => {
  expect(findNearest(name, NAMES)).toBe(nearest);
  expect(suggest(name, NAMES)).toBe(` (did you mean "${nearest}"?)`);
});

test("nothing is suggested when nothing is near", () => {
  expect(findNearest("database", NAMES)).toBeUndefined();
  expect(suggest("x", [])).toBe("");
});
