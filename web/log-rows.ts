/** @module The log's rows: what was loaded stays, live rows join at the top or wait to be let in. Pure. */

import type { RequestRow } from "../src/api/contract.ts";

export type LogRows = {
  /** Newest first. */
  readonly shown: readonly RequestRow[];
  /** New rows that wait, newest first. */
  readonly waiting: readonly RequestRow[];
};

export const NO_ROWS: LogRows = { shown: [], waiting: [] };

/** More than this never waits; the count then says "1000+" and letting them in reads anew. */
export const MAX_WAITING = 1000;

/** An older page joins at the end. */
export function addOlder(log: LogRows, rows: readonly RequestRow[]): LogRows {
  const known = new Set(log.shown.map((row) => row.exchange_id));
  return { ...log, shown: [...log.shown, ...rows.filter((row) => !known.has(row.exchange_id))] };
}

/** Live rows: known ones are replaced where they stand; finished generation calls join or, with `hold`, wait. */
export function addLive(log: LogRows, rows: readonly RequestRow[], hold: boolean): LogRows {
  const changed = new Map(rows.filter(isListed).map((row) => [row.exchange_id, row]));
  const replace = (list: readonly RequestRow[]): readonly RequestRow[] =>
    list.map((row) => {
      const newer = changed.get(row.exchange_id);
      changed.delete(row.exchange_id);
      return newer ?? row;
    });
  const shown = replace(log.shown);
  const waiting = replace(log.waiting);
  // A late end of a call older than all that is shown belongs to a page not loaded yet.
  const oldest = shown.at(-1);
  const fresh = [...changed.values()].filter((row) => oldest === undefined || compare(row, oldest) < 0);
  if (fresh.length === 0) return { shown, waiting };
  return hold
    ? { shown, waiting: [...fresh, ...waiting].sort(compare).slice(0, MAX_WAITING) }
    : { shown: [...fresh, ...waiting, ...shown].sort(compare), waiting: [] };
}

/** Lets the waiting rows in. */
export function admitWaiting(log: LogRows): LogRows {
  return { shown: [...log.waiting, ...log.shown].sort(compare), waiting: [] };
}

/** What `/stats/requests` lists. */
function isListed(row: RequestRow): boolean {
  return row.kind === "generation" && row.state !== "pending";
}

/** Newest first by start; ids of one millisecond sort by their own order. */
function compare(a: RequestRow, b: RequestRow): number {
  return b.timestamp - a.timestamp || (a.exchange_id < b.exchange_id ? 1 : -1);
}
