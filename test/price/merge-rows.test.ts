/** @module Fetched rows take the place of built-in ones, and lose nothing that only those know. */

import { describe, expect, test } from "bun:test";
import { mergeRows } from "../../src/price/merge-rows.ts";
import { createPricer } from "../../src/price/pricer.ts";
import type { PriceRow } from "../../src/price/row.ts";
import { priceInput, rowsOf } from "../support/price.ts";

const fetched = (...rows: readonly Readonly<Record<string, unknown>>[]): readonly PriceRow[] =>
  rowsOf(...rows.map((row) => ({ source: "models.dev", ...row }))).map((row) => ({ ...row, layer: "models.dev" }));

const find = (rows: readonly PriceRow[], model: string): PriceRow | undefined =>
  rows.find((row) => row.model === model);

describe("a fetched row", () => {
  const builtIn = rowsOf({
    model: "m",
    aliases: ["m-2026-01-01"],
    input: 3,
    output: 15,
    cache_write: 3.75,
    cache_write_1h: 6,
    service_tiers: { batch: { input: 1.5, output: 7.5 } },
    tiers: [{ above_input_tokens: 200_000, input: 6, output: 22.5, cache_write_1h: 12 }],
  });

  test("replaces the prices, keeps aliases and parts, and says where it comes from", () => {
    const rows = mergeRows(builtIn, fetched({ model: "m", input: 3, output: 15, cache_read: 0.3 }));
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      aliases: ["m-2026-01-01"],
      layer: "models.dev",
      rates: { input: 3e6, output: 15e6, cacheRead: 3e5, cacheWrite: 3.75e6, cacheWrite1h: 6e6 },
      serviceTiers: { batch: { input: 1.5e6, output: 7.5e6 } },
    });
  });

  test("with other prices keeps the proportion of what it lacks", () => {
    const [row] = mergeRows(builtIn, fetched({ model: "m", input: 1, output: 5 }));
    expect(row?.rates).toEqual({ input: 1e6, output: 5e6, cacheWrite: 1.25e6, cacheWrite1h: 2e6 });
    expect(row?.serviceTiers["batch"]).toEqual({ input: 5e5, output: 2.5e6 });
    expect(row?.tiers).toEqual([
      { aboveInputTokens: 200_000, rates: { input: 2e6, output: 7.5e6, cacheWrite1h: 4e6 } },
    ]);
  });

  test("with tiers of its own has those, completed", () => {
    const tiers = [{ above_input_tokens: 200_000, input: 5, output: 20 }];
    const [row] = mergeRows(builtIn, fetched({ model: "m", input: 3, output: 15, tiers }));
    expect(row?.tiers).toEqual([
      { aboveInputTokens: 200_000, rates: { input: 5e6, output: 20e6, cacheWrite1h: 12e6 } },
    ]);
  });

  test("without tiers ends those that its own publisher had listed before", () => {
    const before = builtIn.map((row) => ({ ...row, publisher: "models.dev" }));
    expect(mergeRows(before, fetched({ model: "m", input: 3, output: 15 }))[0]?.tiers).toEqual([]);
  });

  test("under the name of an alias is completed, too, and stands beside the row", () => {
    const rows = mergeRows(builtIn, fetched({ model: "m-2026-01-01", input: 3, output: 15 }));
    expect(rows).toHaveLength(2);
    expect(find(rows, "m-2026-01-01")).toMatchObject({ aliases: [], rates: { cacheWrite1h: 6e6 } });
    expect(find(rows, "m")).toEqual(builtIn[0] as PriceRow);
  });
});

test("a dated model that only the built-in rows list never falls to its undated namesake", () => {
  const rows = mergeRows(
    rowsOf({ provider: "openai", model: "gpt-4o-2024-05-13", input: 5, output: 15 }),
    fetched({ provider: "openai", model: "gpt-4o", input: 2.5, output: 10 }),
  );
  const pricer = createPricer({ catalogue: rows });
  const usage = { inputTokens: 1_000_000, outputTokens: 0 };
  expect(pricer.price(priceInput({ requestModel: "gpt-4o-2024-05-13", usage }))).toMatchObject({
    totalNanoUsd: 5e9,
    source: "built-in",
    confidence: "exact",
  });
  expect(pricer.price(priceInput({ requestModel: "gpt-4o", usage }))).toMatchObject({
    totalNanoUsd: 2.5e9,
    source: "models.dev",
  });
});

test("rows of other providers with the same model stay apart", () => {
  const rows = mergeRows(rowsOf({ input: 1, output: 1 }), fetched({ provider: "other", input: 2, output: 2 }));
  expect(rows.map(({ provider, rates }) => [provider, rates.input])).toEqual([
    ["acme", 1e6],
    ["other", 2e6],
  ]);
});
