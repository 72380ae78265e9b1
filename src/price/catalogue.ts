/** @module Reads a price catalogue: a JSON array with one row per provider and model. */

import { isJsonObject, parsePrices } from "./parse-row.ts";
import type { PriceRow } from "./row.ts";

export type ParsedCatalogue = {
  readonly rows: readonly PriceRow[];
  /** One sentence per row that was left out, and why. */
  readonly warnings: readonly string[];
};

/** Day of the copy the built-in rows were taken from, by publisher; data/prices/README.md names the commits. */
const SNAPSHOTS: Readonly<Record<string, string>> = {
  "models.dev": "2026-07-02",
  litellm: "2026-08-01",
  "genai-prices": "2026-08-21",
};

/** Never throws: a row that cannot be read is left out with a warning. Cost: about 5 ms for 2,400 rows. */
export function parseCatalogue(text: string): ParsedCatalogue {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return {
      rows: [],
      warnings: [`the catalogue is not JSON: ${error instanceof Error ? error.message : "unreadable"}`],
    };
  }
  if (!Array.isArray(json)) return { rows: [], warnings: ["the catalogue must be a list of rows"] };
  const warnings: string[] = [];
  const rows = json.flatMap((value: unknown, position) => parseCatalogueRow(value, position, warnings) ?? []);
  return { rows, warnings };
}

/** One row; undefined, with the reason added to `warnings`, when it cannot be used. */
export function parseCatalogueRow(value: unknown, position: number, warnings: string[]): PriceRow | undefined {
  if (!isJsonObject(value)) {
    warnings.push(`row ${position}: must be an object`);
    return undefined;
  }
  const { provider, model, mode, source, disputed } = value;
  if (typeof provider !== "string" || provider === "" || typeof model !== "string" || model === "") {
    warnings.push(`row ${position}: "provider" and "model" must be texts`);
    return undefined;
  }
  const problems: string[] = [];
  const prices = parsePrices(value, problems);
  if (prices === undefined) {
    warnings.push(`${provider}/${model}: ${problems.join("; ")}`);
    return undefined;
  }
  const asOf = findDay(value["as_of"], source);
  return {
    provider,
    model,
    aliases: parseNames(value["aliases"]),
    ...(typeof mode === "string" ? { mode } : {}),
    ...prices,
    ...(typeof source === "string" ? { publisher: source } : {}),
    ...(asOf === undefined ? {} : { asOf }),
    ...(disputed === true ? { disputed: true } : {}),
  };
}

function findDay(asOf: unknown, source: unknown): string | undefined {
  if (typeof asOf === "string") return asOf;
  return typeof source === "string" ? SNAPSHOTS[source] : undefined;
}

function parseNames(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === "string" && name !== "") : [];
}
