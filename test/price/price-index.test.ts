/** @module Rows are found by id before alias, by spelling before lower case, and undated only where that is certain. */

import { expect, test } from "bun:test";
import { toModelNames } from "../../src/price/model-name.ts";
import { createPriceIndex } from "../../src/price/price-index.ts";
import { rowsOf } from "../support/price.ts";

const rows = rowsOf(
  { model: "Big", input: 1, output: 1 },
  { model: "big", input: 2, output: 2 },
  { model: "other", aliases: ["Third", "big"], input: 3, output: 3 },
  { model: "dated-20250101", input: 4, output: 4 },
  { model: "twice-20250101", input: 5, output: 5 },
  { model: "twice-20250202", input: 6, output: 6 },
  { model: "same-20250101", input: 7, output: 7 },
  { model: "same-20250202", input: 7, output: 7 },
);
const index = createPriceIndex(rows);
const find = (model: string) => {
  const found = index.find("acme", toModelNames(model, "acme"));
  return found === undefined ? undefined : [found.row.rates.input / 1e6, found.exact];
};

test.each([
  ["Big", [1, true]],
  ["big", [2, true]],
  ["BIG", [2, true]],
  ["third", [3, false]],
  ["dated-20250101", [4, true]],
  ["dated", [4, false]],
  ["same", [7, false]],
] as const)("%s is %p", (model, expected) => {
  expect(find(model)).toEqual([...expected]);
});

test("dated rows that disagree give no undated price", () => {
  expect(find("twice")).toBeUndefined();
});

test("one date never stands for another", () => {
  expect(find("dated-20260101")).toBeUndefined();
});

test("rows of another provider are not seen", () => {
  expect(index.find("other", toModelNames("big", "other"))).toBeUndefined();
  expect([index.hasProvider("acme"), index.hasProvider("other")]).toEqual([true, false]);
});
