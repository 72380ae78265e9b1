/** @module The price rows that offer model routes: the built-in ones, over them fetched ones, over these those that people stored. */

import { readFile } from "node:fs/promises";

import type { StoredObject } from "./domain/stored-object.ts";
import { parseCatalogue } from "./price/catalogue.ts";
import { mergeRows } from "./price/merge-rows.ts";
import type { PriceRow } from "./price/row.ts";
import pricesFile from "../data/prices/prices.json" with { type: "file" };

/** Stored rows have the form of the catalogue; one that is none is left out. Cost: about 15 ms, so only when asked for. */
export async function listPriceRows(
  fetched: readonly PriceRow[],
  stored: readonly StoredObject[],
): Promise<readonly PriceRow[]> {
  // `type: "file"` makes the import a path, in a checkout and inside an executable; TypeScript only knows the JSON.
  const { rows } = parseCatalogue(await readFile(pricesFile as unknown as string, "utf8"));
  const own = parseCatalogue(JSON.stringify(stored.map(({ value }) => value))).rows;
  const byKey = new Map([...mergeRows(rows, fetched), ...own].map((row) => [`${row.provider}\n${row.model}`, row]));
  return [...byKey.values()];
}
