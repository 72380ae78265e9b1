/** @module Prices turn into pico-dollars and back without loss. */

import { expect, test } from "bun:test";
import { parseCatalogue } from "../../src/price/catalogue.ts";
import { toPicoUsdPerToken, toPriceJson, toUsdPerMillion } from "../../src/price/row.ts";
import { catalogue } from "../support/price.ts";

test("$0.0025 per million is 2500 pico-dollars a token, and back", () => {
  expect(toPicoUsdPerToken(0.0025)).toBe(2500);
  expect(toUsdPerMillion(2500)).toBe(0.0025);
});

test("a row written as JSON reads back as the same price, for every row of the catalogue", () => {
  const again = parseCatalogue(`[${catalogue.rows.map(toPriceJson).join(",")}]`);
  expect(again.warnings).toEqual([]);
  expect(again.rows).toEqual(catalogue.rows.map((row) => ({ ...row, aliases: [] })));
});
