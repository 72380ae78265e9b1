/** @module Counted tokens are split into parts that never overlap and never go below zero. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Usage } from "../../src/domain/usage.ts";
import { toTokenParts } from "../../src/price/token-parts.ts";

const FULL = {
  input: 10,
  output: 20,
  cacheRead: 1,
  cacheWrite: 12,
  cacheWrite1h: 15,
  reasoning: 30,
  audioInput: 40,
  audioOutput: 50,
  imageInput: 60,
  imageOutput: 70,
};

function split(usage: Usage, rates: { input: number; output: number } = FULL): Record<string, number> {
  const parts = toTokenParts(usage, rates, false);
  if (!parts.known) throw new Error(parts.why);
  return Object.fromEntries(parts.parts.map((part) => [part.component, part.tokens]));
}

test("every part with a price of its own leaves the text part", () => {
  expect(
    split({
      inputTokens: 1000,
      outputTokens: 500,
      cacheReadTokens: 300,
      cacheWriteTokens: 200,
      cacheWrite1hTokens: 50,
      reasoningTokens: 100,
      audioInputTokens: 40,
      audioOutputTokens: 30,
      imageInputTokens: 20,
      imageOutputTokens: 10,
    }),
  ).toEqual({
    input: 440,
    cacheRead: 300,
    cacheWrite5m: 150,
    cacheWrite1h: 50,
    audioInput: 40,
    imageInput: 20,
    output: 360,
    reasoning: 100,
    audioOutput: 30,
    imageOutput: 10,
  });
});

test("parts without a price of their own stay in input and output", () => {
  const usage = {
    inputTokens: 100,
    outputTokens: 50,
    audioInputTokens: 40,
    reasoningTokens: 30,
    imageOutputTokens: 10,
  };
  expect(split(usage, { input: 1, output: 2 })).toEqual({ input: 100, output: 50 });
});

test("cached tokens are clipped to the input, cache writes to what is left", () => {
  expect(split({ inputTokens: 10, outputTokens: 0, cacheReadTokens: 25, cacheWriteTokens: 5 })).toEqual({
    input: 0,
    cacheRead: 10,
    output: 0,
  });
});

test("cache writes given only by lifetime are summed", () => {
  expect(split({ inputTokens: 100, outputTokens: 0, cacheWrite5mTokens: 10, cacheWrite1hTokens: 20 })).toEqual({
    input: 70,
    cacheWrite5m: 10,
    cacheWrite1h: 20,
    output: 0,
  });
});

test("more reasoning than output is clipped", () => {
  expect(split({ inputTokens: 0, outputTokens: 10, reasoningTokens: 11 })).toEqual({
    input: 0,
    output: 0,
    reasoning: 10,
  });
});

test("unknown counts stay unknown", () => {
  expect(toTokenParts({ outputTokens: 1 }, FULL, false)).toEqual({
    known: false,
    why: "the number of input tokens was not reported",
  });
  expect(toTokenParts({ inputTokens: 1 }, FULL, false)).toEqual({
    known: false,
    why: "the number of output tokens was not reported",
  });
  expect(toTokenParts({ inputTokens: 1 }, FULL, true).known).toBe(true);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e12])("a count of %p is a fault, not a bill", (count) => {
  expect(toTokenParts({ inputTokens: count, outputTokens: 1 }, FULL, false).known).toBe(false);
  expect(split({ inputTokens: 10, outputTokens: 1, cacheReadTokens: count })).toEqual({ input: 10, output: 1 });
});

test("whatever is reported, the parts sum to input and output", () => {
  const count = fc.option(fc.nat({ max: 100_000 }), { nil: undefined });
  const usage = fc.record({
    cacheReadTokens: count,
    cacheWriteTokens: count,
    cacheWrite5mTokens: count,
    cacheWrite1hTokens: count,
    reasoningTokens: count,
    audioInputTokens: count,
    audioOutputTokens: count,
    imageInputTokens: count,
    imageOutputTokens: count,
  });
  const INPUT = ["input", "cacheRead", "cacheWrite5m", "cacheWrite1h", "audioInput", "imageInput"];
  fc.assert(
    fc.property(usage, fc.nat({ max: 100_000 }), fc.nat({ max: 100_000 }), (details, inputTokens, outputTokens) => {
      const known = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
      const parts = Object.entries(split({ ...known, inputTokens, outputTokens }));
      const sum = (wanted: boolean) =>
        parts.filter(([name]) => INPUT.includes(name) === wanted).reduce((all, [, tokens]) => all + tokens, 0);
      expect([sum(true), sum(false)]).toEqual([inputTokens, outputTokens]);
      expect(parts.every(([, tokens]) => tokens >= 0)).toBe(true);
    }),
  );
});
