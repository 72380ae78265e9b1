/** @module What is found by a whole name or its longest known beginning. */

import { describe, expect, test } from "bun:test";
import { createPrefixIndex } from "../../src/price/prefix-index.ts";

const ENTRIES = [
  ["gpt-4", 1],
  ["GPT-4.1", 2],
  ["openai/gpt-4.1-mini", 3],
] as const;

describe("finding", () => {
  const index = createPrefixIndex<number>(ENTRIES);

  test.each([
    ["gpt-4", 1, true],
    ["GPT-4", 1, true],
    ["gpt-4-turbo", 1, false],
    ["gpt-4.1-nano", 2, false],
    ["openai/gpt-4.1-mini-2025", 3, false],
  ])("%s is found as %d (whole: %p)", (name, value, whole) => {
    expect(index.find([name])).toEqual({ value, whole });
  });

  test("a name that begins with no entry is not found", () => {
    expect(index.find(["gpt-3", "gp", "", "xgpt-4"])).toBeUndefined();
    expect(createPrefixIndex([]).find(["gpt-4"])).toBeUndefined();
  });

  test("the longest beginning of all names holds, a whole name before any beginning", () => {
    expect(index.find(["gpt-4.1-mini", "openai/gpt-4.1-mini-x"])?.value).toBe(3);
    expect(index.find(["openai/gpt-4.1-mini-x", "gpt-4"])).toEqual({ value: 1, whole: true });
  });

  test("of two entries with one name the later holds", () => {
    expect(createPrefixIndex<number>([...ENTRIES, ["Gpt-4", 9]]).find(["gpt-4"])?.value).toBe(9);
  });
});
