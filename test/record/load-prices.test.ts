/** @module Price files of a machine: those that are there hold, those that are wrong are named. */

import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPrices } from "../../src/record/load-prices.ts";
import { CATALOGUE_FILE, priceInput } from "../support/price.ts";

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
  const loaded = await readPrices({ catalogueFile: CATALOGUE_FILE, directories: [directoryWith(), "/nowhere/at/all"] });
  expect(loaded).toMatchObject({ files: [], problems: [] });
  expect(loaded.pricer.price(question).totalNanoUsd).toBe(1_250_000_000);
});

test("the later directory holds, the variable before all files", async () => {
  const first = directoryWith('{"gpt-5": {"input": 2, "output": 0}, "mine": {"input": 4, "output": 0}}');
  const second = directoryWith('\uFEFF{"gpt-5": {"input": 3, "output": 0}}');
  const options = { catalogueFile: CATALOGUE_FILE, directories: [first, second, first] };
  const loaded = await readPrices(options);
  expect(loaded.files).toEqual([join(first, "pricing.json"), join(second, "pricing.json")]);
  expect(loaded.pricer.price(question)).toMatchObject({ totalNanoUsd: 3_000_000_000, source: "pricing.json" });
  expect(loaded.pricer.price({ ...question, requestModel: "mine" }).totalNanoUsd).toBe(4_000_000_000);

  const above = await readPrices({ ...options, overridesJson: '{"gpt-5": {"input": 5, "output": 0}}' });
  expect(above.pricer.price(question)).toMatchObject({ totalNanoUsd: 5_000_000_000, source: "PRICING_OVERRIDES_JSON" });
});

test("a broken pricing.json is named, and the built-in rows hold", async () => {
  const directory = directoryWith("{");
  const loaded = await readPrices({ catalogueFile: CATALOGUE_FILE, directories: [directory], overridesJson: "[]" });
  expect(loaded.problems).toHaveLength(2);
  expect(loaded.problems[0]).toStartWith(`${join(directory, "pricing.json")}: not JSON`);
  expect(loaded.problems[1]).toStartWith("PRICING_OVERRIDES_JSON: must be an object");
  expect(loaded.pricer.price(question).totalNanoUsd).toBe(1_250_000_000);
});

test("a pricing.json that cannot be read is named", async () => {
  const directory = directoryWith();
  mkdirSync(join(directory, "pricing.json"));
  const loaded = await readPrices({ catalogueFile: CATALOGUE_FILE, directories: [directory] });
  expect(loaded.problems).toEqual([`${join(directory, "pricing.json")}: cannot be read (EISDIR)`]);
});

test("a missing catalogue is named, and own prices still hold", async () => {
  const directory = directoryWith('{"mine": {"input": 4, "output": 0}}');
  const loaded = await readPrices({ catalogueFile: join(directory, "none.json"), directories: [directory] });
  expect(loaded.problems).toEqual([`${join(directory, "none.json")}: the built-in prices are missing`]);
  expect(loaded.pricer.price({ ...question, requestModel: "mine" }).totalNanoUsd).toBe(4_000_000_000);
});
