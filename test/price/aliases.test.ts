/** @module Other names of models: read with clear complaints, and used only where no row lists the name. */

import { describe, expect, test } from "bun:test";
import { parseAliases } from "../../src/price/aliases.ts";
import { createPricer } from "../../src/price/pricer.ts";
import { catalogue, priceInput } from "../support/price.ts";

const usage = { inputTokens: 1_000_000, outputTokens: 0 };

describe("reading", () => {
  test("names and models are trimmed", () => {
    expect(parseAliases('{" kimi-for-coding ": "kimi-k2 "}', "X").aliases).toEqual([
      { prefix: "kimi-for-coding", model: "kimi-k2" },
    ]);
  });

  test.each([
    ["{", "X: not JSON"],
    ["[]", "X: must be an object"],
    ['{"": "m"}', 'X: "": name and model must be texts'],
    ['{"m": 3}', 'X: "m": name and model must be texts'],
  ])("%s is refused by name", (text, problem) => {
    const parsed = parseAliases(text, "X");
    expect(parsed.aliases).toEqual([]);
    expect(parsed.problems[0]).toStartWith(problem);
  });
});

describe("pricing", () => {
  const { aliases } = parseAliases('{"house": "gpt-5", "house-mini": "gpt-5-mini", "gpt-5": "gpt-5-nano"}', "X");
  const pricer = createPricer({ catalogue: catalogue.rows, aliases });
  const cost = (requestModel: string) => pricer.price(priceInput({ requestModel, usage }));

  test("a whole name is an alias, a beginning only a prefix; the longest holds", () => {
    expect(cost("house")).toMatchObject({ priceKey: "openai/gpt-5", confidence: "alias" });
    expect(cost("house-2026")).toMatchObject({ priceKey: "openai/gpt-5", confidence: "prefix" });
    expect(cost("house-mini-2026")).toMatchObject({ priceKey: "openai/gpt-5-mini", confidence: "prefix" });
  });

  test("a name that a row lists keeps the row's price", () => {
    expect(cost("gpt-5")).toMatchObject({ priceKey: "openai/gpt-5", confidence: "exact" });
  });

  test("an alias of a model without a price has none either", () => {
    const lost = createPricer({ catalogue: [], aliases: [{ prefix: "a", model: "b" }] });
    expect(lost.price(priceInput({ requestModel: "a", usage })).confidence).toBe("unknown");
  });
});
