/** @module Finds a row of one price layer by provider and name in constant time. */

import { type ModelName, hasDate, toUndatedName } from "./model-name.ts";
import type { PriceRow } from "./row.ts";

export type FoundRow = {
  readonly row: PriceRow;
  /** The name sent is the row's own id. */
  readonly exact: boolean;
  /** In words, when not exact. */
  readonly change?: string;
};

export interface PriceIndex {
  hasProvider(provider: string): boolean;
  find(provider: string, names: readonly ModelName[]): FoundRow | undefined;
}

type Entry = { readonly row: PriceRow; readonly alias: boolean };

/** Cost: one pass over the rows, about 2 ms for 2,400; then a few map look-ups per question. */
export function createPriceIndex(rows: readonly PriceRow[]): PriceIndex {
  const providers = new Set(rows.map((row) => row.provider));
  const entries = new Map<string, Entry>();
  // Ids before aliases, exact spelling before lower case: what is named directly is never hidden.
  for (const row of rows) entries.set(toKey(row.provider, row.model), { row, alias: false });
  for (const row of rows) addIfAbsent(entries, toKey(row.provider, row.model.toLowerCase()), { row, alias: false });
  for (const row of rows) {
    for (const alias of row.aliases) {
      addIfAbsent(entries, toKey(row.provider, alias), { row, alias: true });
      addIfAbsent(entries, toKey(row.provider, alias.toLowerCase()), { row, alias: true });
    }
  }
  const undated = indexUndated(rows);

  return {
    hasProvider: (provider) => providers.has(provider),
    find(provider, names) {
      for (const { name, change } of names) {
        const entry = entries.get(toKey(provider, name)) ?? entries.get(toKey(provider, name.toLowerCase()));
        if (entry === undefined) continue;
        const how = [...(change === undefined ? [] : [change]), ...(entry.alias ? ["as an alias"] : [])].join(", ");
        return how === "" ? { row: entry.row, exact: true } : { row: entry.row, exact: false, change: how };
      }
      // Two dates of one model are two models; their prices may differ.
      if (names.some(({ name }) => hasDate(name))) return undefined;
      for (const { name, change } of names) {
        const row = undated.get(toKey(provider, name.toLowerCase()));
        if (row === undefined || row === "ambiguous") continue;
        const how = "as the dated model of this name";
        return { row, exact: false, change: change === undefined ? how : `${change}, ${how}` };
      }
      return undefined;
    },
  };
}

/** Rows that are listed only with a date, by the name without it, as long as all such rows agree on the price. */
function indexUndated(rows: readonly PriceRow[]): ReadonlyMap<string, PriceRow | "ambiguous"> {
  const undated = new Map<string, PriceRow | "ambiguous">();
  for (const row of rows) {
    for (const name of [row.model, ...row.aliases]) {
      const short = toUndatedName(name);
      if (short === undefined) continue;
      const key = toKey(row.provider, short.toLowerCase());
      const known = undated.get(key);
      if (known === undefined) undated.set(key, row);
      else if (known !== "ambiguous" && !isSamePrice(known, row)) undated.set(key, "ambiguous");
    }
  }
  return undated;
}

function isSamePrice(one: PriceRow, other: PriceRow): boolean {
  return one.rates.input === other.rates.input && one.rates.output === other.rates.output;
}

function addIfAbsent(entries: Map<string, Entry>, key: string, entry: Entry): void {
  if (!entries.has(key)) entries.set(key, entry);
}

function toKey(provider: string, name: string): string {
  return `${provider}\n${name}`;
}
