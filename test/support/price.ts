/** @module Builders for price tests: one question with plain defaults, and the built-in catalogue. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCatalogue } from "../../src/price/catalogue.ts";
import { parseOverrides } from "../../src/price/overrides.ts";
import type { PriceInput } from "../../src/price/price.ts";
import { createPricer, type ExplainingPricer } from "../../src/price/pricer.ts";
import type { PriceRow } from "../../src/price/row.ts";

export const CATALOGUE_FILE = join(import.meta.dir, "../../data/prices/prices.json");

/** The built-in rows, read once per test file. */
export const catalogue = parseCatalogue(readFileSync(CATALOGUE_FILE, "utf8"));

/** A billable call of a metered upstream. */
export function priceInput(more: Partial<PriceInput>): PriceInput {
  return { provider: "openai", local: false, billable: true, ...more };
}

/** A pricer with the built-in rows and the entries of one pricing.json. Throws when the entries are wrong. */
export function pricerWith(pricing: Readonly<Record<string, unknown>> = {}): ExplainingPricer {
  const { overrides, problems } = parseOverrides(JSON.stringify(pricing), "pricing.json");
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return createPricer({ catalogue: catalogue.rows, overrides });
}

/** Rows written as in the catalogue. Throws when one is wrong. */
export function rowsOf(...rows: readonly Readonly<Record<string, unknown>>[]): readonly PriceRow[] {
  const parsed = parseCatalogue(JSON.stringify(rows.map((row) => ({ provider: "acme", model: "m", ...row }))));
  if (parsed.warnings.length > 0) throw new Error(parsed.warnings.join("\n"));
  return parsed.rows;
}
