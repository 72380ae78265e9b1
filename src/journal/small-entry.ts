/** @module What is left of an entry that is too large for a frame: enough to know the exchange by. */

import type { JournalEntry } from "./entry.ts";

const KEPT_CHARS = 1024;

/** The entry without its lists and with short texts; only entries beyond a megabyte ever get here. */
export function toSmallEntry<Entry extends Exclude<JournalEntry, { type: "body" }>>(entry: Entry): Entry {
  return { ...entry, value: shorten(entry.value) };
}

function shorten(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      if (Array.isArray(field)) return [name, []];
      return [name, typeof field === "string" ? field.slice(0, KEPT_CHARS) : field];
    }),
  );
}
