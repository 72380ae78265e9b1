import { expect, test } from "bun:test";
import { totalTokens } from "../../src/domain/usage.ts";

test("a total is unknown only when both sides are", () => {
  expect(totalTokens(undefined)).toBeUndefined();
  expect(totalTokens({ reasoningTokens: 3 })).toBeUndefined();
  expect(totalTokens({ inputTokens: 0 })).toBe(0);
  expect(totalTokens({ inputTokens: 3, outputTokens: 4, cacheReadTokens: 2 })).toBe(7);
});
