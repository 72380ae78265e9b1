/** @module The built-in catalogue is whole, and a broken one is read as far as it goes. */

import { describe, expect, test } from "bun:test";
import { parseCatalogue } from "../../src/price/catalogue.ts";
import { createPricer } from "../../src/price/pricer.ts";
import { catalogue, priceInput } from "../support/price.ts";

describe("the built-in catalogue", () => {
  test("every row parses", () => {
    expect(catalogue.warnings).toEqual([]);
    expect(catalogue.rows).toHaveLength(2439);
    expect(new Set(catalogue.rows.map((row) => row.provider)).size).toBe(38);
    expect(catalogue.rows.flatMap((row) => row.aliases)).toHaveLength(150);
  });

  test("every row knows its publisher and the day of the copy", () => {
    expect(catalogue.rows.filter((row) => row.publisher === undefined || row.asOf === undefined)).toEqual([]);
  });

  test("every row is found by its own id and prices input and output exactly", () => {
    const pricer = createPricer({ catalogue: catalogue.rows });
    const wrong = catalogue.rows.filter((row) => {
      const cost = pricer.price(
        priceInput({
          provider: row.provider,
          requestModel: row.model,
          usage: { inputTokens: 1000, outputTokens: 1000 },
        }),
      );
      return (
        cost.confidence !== "exact" ||
        cost.priceKey !== `${row.provider}/${row.model}` ||
        cost.totalNanoUsd !== row.rates.input + row.rates.output
      );
    });
    expect(wrong).toEqual([]);
  });

  test("every alias is found and has the price of its row", () => {
    const pricer = createPricer({ catalogue: catalogue.rows });
    const ids = new Set(catalogue.rows.map((row) => `${row.provider}/${row.model}`.toLowerCase()));
    const wrong = catalogue.rows.flatMap((row) =>
      row.aliases
        .filter((alias) => !ids.has(`${row.provider}/${alias}`.toLowerCase()))
        .filter((alias) => {
          const usage = { inputTokens: 1000, outputTokens: 1000 };
          const cost = pricer.price(priceInput({ provider: row.provider, requestModel: alias, usage }));
          return cost.confidence !== "alias" || cost.totalNanoUsd !== row.rates.input + row.rates.output;
        }),
    );
    expect(wrong).toEqual([]);
  });
});

describe("a foreign catalogue", () => {
  test("a wrong row is left out and named, the others stay", () => {
    const { rows, warnings } = parseCatalogue(
      JSON.stringify([
        { provider: "acme", model: "good", input: 1, output: 2 },
        { provider: "acme", model: "negative", input: -1, output: 2 },
        { provider: "acme", model: "text", input: "1", output: 2 },
        { provider: "acme", model: "half", input: 1 },
        { provider: "acme" },
        7,
      ]),
    );
    expect(rows.map((row) => row.model)).toEqual(["good"]);
    expect(warnings).toHaveLength(5);
    expect(warnings[0]).toStartWith("acme/negative:");
    expect(warnings[2]).toContain('"output" is missing');
  });

  test.each(["", "{", "{}", "null", '"x"', "[[]]"])("%p is no catalogue and no crash", (text) => {
    const { rows, warnings } = parseCatalogue(text);
    expect(rows).toEqual([]);
    expect(warnings).toHaveLength(1);
  });
});
