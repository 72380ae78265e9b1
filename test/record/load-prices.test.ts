/** @module Price files of a machine: those that are there hold, those that are wrong are named. */

import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPriceBook } from "../../src/record/load-prices.ts";
import { writePriceCache } from "../../src/record/price-cache.ts";
import { CATALOGUE_FILE, priceInput, rowsOf } from "../support/price.ts";

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function directoryWith(pricing?: string): string {
  const directory = mkdtempSync(join(tmpdir(), "modeltap-prices-"));
  made.push(directory);
  if (pricing !== undefined) writeFileSync(join(directory, "pricing.json"), pricing);
  return directory;
}

const usage = { inputTokens: 1_000_000, outputTokens: 0 };
const question = priceInput({ requestModel: "gpt-5", usage });

test("without pricing.json the built-in rows hold, and nothing is wrong", async () => {
  const loaded = await openPriceBook({
    catalogueFile: CATALOGUE_FILE,
    directories: [directoryWith(), "/nowhere/at/all"],
  });
  expect(loaded.freshness()).toEqual({ rows: 2439, fetchedRows: 0, files: [], problems: [] });
  expect(loaded.price(question).totalNanoUsd).toBe(1_250_000_000);
});

test("the later directory holds, the variable before all files", async () => {
  const first = directoryWith('{"gpt-5": {"input": 2, "output": 0}, "mine": {"input": 4, "output": 0}}');
  const second = directoryWith('\uFEFF{"gpt-5": {"input": 3, "output": 0}}');
  const options = { catalogueFile: CATALOGUE_FILE, directories: [first, second, first] };
  const loaded = await openPriceBook(options);
  expect(loaded.freshness().files).toEqual([join(first, "pricing.json"), join(second, "pricing.json")]);
  expect(loaded.price(question)).toMatchObject({ totalNanoUsd: 3_000_000_000, source: "pricing.json" });
  expect(loaded.price({ ...question, requestModel: "mine" }).totalNanoUsd).toBe(4_000_000_000);

  const above = await openPriceBook({ ...options, overridesJson: '{"gpt-5": {"input": 5, "output": 0}}' });
  expect(above.price(question)).toMatchObject({ totalNanoUsd: 5_000_000_000, source: "PRICING_OVERRIDES_JSON" });
});

test("a broken pricing.json is named, and the built-in rows hold", async () => {
  const directory = directoryWith("{");
  const loaded = await openPriceBook({ catalogueFile: CATALOGUE_FILE, directories: [directory], overridesJson: "[]" });
  expect(loaded.freshness().problems).toHaveLength(2);
  expect(loaded.freshness().problems[0]).toStartWith(`${join(directory, "pricing.json")}: not JSON`);
  expect(loaded.freshness().problems[1]).toStartWith("PRICING_OVERRIDES_JSON: must be an object");
  expect(loaded.price(question).totalNanoUsd).toBe(1_250_000_000);
});

test("a pricing.json that cannot be read is named", async () => {
  const directory = directoryWith();
  mkdirSync(join(directory, "pricing.json"));
  const loaded = await openPriceBook({ catalogueFile: CATALOGUE_FILE, directories: [directory] });
  expect(loaded.freshness().problems).toEqual([`${join(directory, "pricing.json")}: cannot be read (EISDIR)`]);
});

test("a missing catalogue is named, and own prices still hold", async () => {
  const directory = directoryWith('{"mine": {"input": 4, "output": 0}}');
  const loaded = await openPriceBook({ catalogueFile: join(directory, "none.json"), directories: [directory] });
  expect(loaded.freshness().problems).toEqual([`${join(directory, "none.json")}: the built-in prices are missing`]);
  expect(loaded.price({ ...question, requestModel: "mine" }).totalNanoUsd).toBe(4_000_000_000);
});

const fetched = (input: number, fetchedAtMs: number) => ({
  rows: rowsOf({ provider: "openai", model: "gpt-5", input, output: 10, source: "models.dev" }).map((row) => ({
    ...row,
    layer: "models.dev",
  })),
  fetchedAtMs,
  url: "https://models.dev/api.json",
});

test("a pricing.json that changes holds from the next look on, and counts as other prices", async () => {
  const directory = directoryWith();
  const book = await openPriceBook({ catalogueFile: CATALOGUE_FILE, directories: [directory] });
  const { version } = book;
  expect(await book.update()).toBe(false);
  writeFileSync(join(directory, "pricing.json"), '{"gpt-5": {"input": 3, "output": 0}}');
  // Two looks at once read it once, and both know.
  expect(await Promise.all([book.update(), book.update()])).toEqual([true, true]);
  expect(book.price(question)).toMatchObject({ totalNanoUsd: 3_000_000_000, source: "pricing.json" });
  expect(book.version).toBe(version + 1);
  writeFileSync(join(directory, "pricing.json"), "{");
  utimesSync(join(directory, "pricing.json"), 1, 1);
  expect(await book.update()).toBe(true);
  expect(book.freshness().problems).toHaveLength(1);
  expect(book.price(question).source).toBe("built-in");
});

test("the order: own prices, fetched ones, built-in ones; an alias only where none lists the name", async () => {
  const directory = directoryWith('{"openai/gpt-5-mini": {"input": 9, "output": 0}}');
  const cacheFile = join(directory, "cache.jsonl");
  await writePriceCache(cacheFile, fetched(2, 1000));
  const book = await openPriceBook({
    catalogueFile: CATALOGUE_FILE,
    directories: [directory],
    cacheFile,
    aliasesJson: '{"house": "gpt-5", "gpt-5": "gpt-5-nano"}',
  });
  const source = (requestModel: string) => book.price({ ...question, requestModel });
  expect(source("gpt-5-mini")).toMatchObject({ source: "pricing.json", totalNanoUsd: 9e9 });
  expect(source("gpt-5")).toMatchObject({ source: "models.dev", totalNanoUsd: 2e9, confidence: "exact" });
  expect(source("house")).toMatchObject({ source: "models.dev", totalNanoUsd: 2e9, confidence: "alias" });
  expect(source("gpt-4o")).toMatchObject({ source: "built-in" });
  expect(book.freshness()).toMatchObject({ rows: 2439, fetchedRows: 1, fetchedAtMs: 1000 });
});

test("another process's cache is taken over when it is younger, never when it is older", async () => {
  const directory = directoryWith();
  const cacheFile = join(directory, "cache.jsonl");
  const book = await openPriceBook({ catalogueFile: CATALOGUE_FILE, directories: [directory], cacheFile });
  await writePriceCache(cacheFile, fetched(2, 2000));
  expect(await book.update()).toBe(true);
  expect(book.price(question).totalNanoUsd).toBe(2e9);
  await book.adopt(fetched(4, 3000));
  expect(book.price(question).totalNanoUsd).toBe(4e9);
  await writePriceCache(cacheFile, fetched(3, 2500));
  expect(await book.update()).toBe(false);
  expect(book.price(question).totalNanoUsd).toBe(4e9);
});

test("a cache that is not ours is named, and the built-in prices hold", async () => {
  const directory = directoryWith();
  const cacheFile = join(directory, "cache.jsonl");
  writeFileSync(cacheFile, '{"fetchedAt":1,"data":[]}');
  const book = await openPriceBook({ catalogueFile: CATALOGUE_FILE, directories: [directory], cacheFile });
  expect(book.freshness().problems).toEqual([`${cacheFile}: not a price cache of modeltap; it is left as it is`]);
  expect(book.price(question).source).toBe("built-in");
});
