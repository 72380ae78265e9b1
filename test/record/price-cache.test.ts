/** @module The cache of fetched prices: whole, private, and never in place of somebody else's file. */

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FetchedPrices } from "../../src/price/price-book.ts";
import { readPriceCache, writePriceCache } from "../../src/record/price-cache.ts";
import { catalogue, rowsOf } from "../support/price.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "modeltap-cache-"));
  path = join(directory, "deep", "prices.jsonl");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const PRICES: FetchedPrices = {
  rows: rowsOf({ input: 1.25, output: 10, cache_read: 0.125, source: "models.dev", as_of: "2026-11-21" }).map(
    (row) => ({
      ...row,
      layer: "models.dev",
    }),
  ),
  fetchedAtMs: 1234,
  url: "https://models.dev/api.json",
  etag: '"abc"',
};

describe("a cache", () => {
  test("comes back as it was written, and nobody else can read it", async () => {
    await writePriceCache(path, PRICES);
    expect(await readPriceCache(path)).toEqual(PRICES);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, "deep")).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(directory, "deep"))).toEqual(["prices.jsonl"]);
  });

  test("holds every price of a whole catalogue", async () => {
    const rows = catalogue.rows.map((row) => ({ ...row, aliases: [], layer: row.publisher ?? "" }));
    await writePriceCache(path, { ...PRICES, rows });
    expect((await readPriceCache(path))?.rows).toEqual(rows);
  });

  test("replaces an earlier one, and a draft that a crash left", async () => {
    await writePriceCache(path, PRICES);
    writeFileSync(`${path}.new`, "half a draft", { mode: 0o644 });
    await writePriceCache(path, { ...PRICES, fetchedAtMs: 5678 });
    expect((await readPriceCache(path))?.fetchedAtMs).toBe(5678);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("that is missing or empty is none", async () => {
    expect(await readPriceCache(path)).toBeUndefined();
    await writePriceCache(path, PRICES);
    truncateSync(path, 0);
    expect(await readPriceCache(path)).toBeUndefined();
    await writePriceCache(path, PRICES);
    expect(await readPriceCache(path)).toEqual(PRICES);
  });

  test("that is cut is refused by name, and written anew", async () => {
    await writePriceCache(path, { ...PRICES, rows: [...PRICES.rows, ...PRICES.rows] });
    for (const lines of [1, 2]) {
      const text = readFileSync(path, "utf8").split("\n").slice(0, lines).join("\n");
      writeFileSync(path, text);
      expect(readPriceCache(path)).rejects.toThrow("is damaged");
    }
    writeFileSync(path, readFileSync(path, "utf8").slice(0, 30));
    expect(readPriceCache(path)).rejects.toThrow("is damaged");
    await writePriceCache(path, PRICES);
    expect(await readPriceCache(path)).toEqual(PRICES);
  });

  test("one bad row costs that row alone", async () => {
    await writePriceCache(path, { ...PRICES, rows: [...PRICES.rows, ...PRICES.rows] });
    const [head = "", , last = ""] = readFileSync(path, "utf8").split("\n");
    writeFileSync(path, `${head}\n{"broken\n${last}\n`);
    expect(await readPriceCache(path)).toEqual(PRICES);
  });
});

test("a file of another program is neither read nor written over", async () => {
  const theirs = '{"fetchedAt":1764000000000,"data":[["gpt-5",{"input":1,"output":2}]]}';
  path = join(directory, "pricing-cache.json");
  writeFileSync(path, theirs);
  expect(readPriceCache(path)).rejects.toThrow("not a price cache of modeltap");
  expect(writePriceCache(path, PRICES)).rejects.toThrow("not written over");
  await Bun.sleep(5);
  expect(readFileSync(path, "utf8")).toBe(theirs);
});

test("what cannot be read is named", async () => {
  expect(readPriceCache(directory)).rejects.toThrow(`${directory}: cannot be read (EISDIR)`);
});
