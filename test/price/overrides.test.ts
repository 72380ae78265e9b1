/** @module pricing.json: good entries hold, bad ones are named with what is wrong. */

import { describe, expect, test } from "bun:test";
import { parseOverrides } from "../../src/price/overrides.ts";

describe("reading", () => {
  test("takes every part of a price, in USD per million", () => {
    const { overrides, problems } = parseOverrides(
      JSON.stringify({
        _comment: "ours",
        m: {
          input: 1,
          output: 2,
          cache_read: 0.1,
          cache_write: 1.25,
          cache_write_1h: 2,
          reasoning: 3,
          audio_in: 4,
          audio_out: 5,
          image_in: 6,
          image_out: 7,
          tiers: [{ min_input_tokens: 1000, input: 3 }],
          service_tiers: { Flex: { input: 0.5 } },
        },
      }),
      "/home/me/pricing.json",
    );
    expect(problems).toEqual([]);
    expect(overrides).toHaveLength(1);
    expect(overrides[0]?.row).toEqual({
      provider: "",
      model: "m",
      aliases: [],
      rates: {
        input: 1e6,
        output: 2e6,
        cacheRead: 1e5,
        cacheWrite: 1.25e6,
        cacheWrite1h: 2e6,
        reasoning: 3e6,
        audioInput: 4e6,
        audioOutput: 5e6,
        imageInput: 6e6,
        imageOutput: 7e6,
      },
      tiers: [{ aboveInputTokens: 999, rates: { input: 3e6 } }],
      serviceTiers: { flex: { input: 5e5 } },
    });
  });

  test.each([
    ["nope", "pricing.json: not JSON:"],
    ["[]", "pricing.json: must be an object"],
    ['{"m": 3}', 'pricing.json: "m": must be an object such as'],
    ['{" ": {"input": 1, "output": 1}}', 'pricing.json: " ": the model\'s name is empty'],
    ['{"m": {"input": 1}}', 'pricing.json: "m": "output" is missing'],
    ['{"m": {"input": -1, "output": 1}}', 'pricing.json: "m": "input" must be USD per million tokens'],
    ['{"m": {"input": "1", "output": 1}}', 'pricing.json: "m": "input" must be USD per million tokens'],
    ['{"m": {"input": 1e9, "output": 1}}', 'pricing.json: "m": "input" must be USD per million tokens'],
    ['{"m": {"input": 1, "output": 1, "tiers": {}}}', 'pricing.json: "m": "tiers" must be a list'],
    [
      '{"m": {"input": 1, "output": 1, "tiers": [{"input": 1}]}}',
      'pricing.json: "m": "tiers[0].above_input_tokens" must be',
    ],
    ['{"m": {"input": 1, "output": 1, "tiers": [1]}}', 'pricing.json: "m": "tiers[0]" must be an object'],
    [
      '{"m": {"input": 1, "output": 1, "service_tiers": {"flex": 1}}}',
      'pricing.json: "m": "service_tiers.flex" must be',
    ],
  ])("%s is refused by name", (text, problem) => {
    const parsed = parseOverrides(text, "pricing.json");
    expect(parsed.overrides).toEqual([]);
    expect(parsed.problems).toHaveLength(1);
    expect(parsed.problems[0]).toStartWith(problem);
  });

  test("a misspelt field is told, and the entry kept", () => {
    const parsed = parseOverrides('{"m": {"input": 1, "output": 1, "cached": 0.1}}', "pricing.json");
    expect(parsed.overrides).toHaveLength(1);
    expect(parsed.problems).toEqual(['pricing.json: "m": "cached" is not known and not used']);
  });

  test("one bad entry leaves the others in place", () => {
    const parsed = parseOverrides('{"bad": {}, "good": {"input": 1, "output": 1}}', "pricing.json");
    expect(parsed.overrides.map(({ prefix }) => prefix)).toEqual(["good"]);
  });
});
