import { expect, test } from "bun:test";

import { countPrompt } from "../../src/demo/tokens.ts";

test("the cache of a turn holds what the turn before sent, and the parts stay inside the input", () => {
  expect(countPrompt(2000, [100])).toEqual({ inputTokens: 2100, cacheReadTokens: 0, cacheWriteTokens: 2096 });
  expect(countPrompt(2000, [100, 50, 30])).toEqual({ inputTokens: 2180, cacheReadTokens: 2100, cacheWriteTokens: 76 });
});

test("short prompts are not cached", () => {
  expect(countPrompt(20, [10, 5, 3])).toEqual({ inputTokens: 38, cacheReadTokens: 0, cacheWriteTokens: 0 });
});
