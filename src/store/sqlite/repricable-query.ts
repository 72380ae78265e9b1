/** @module Which exchanges a backfill looks at, in steps that are short whatever the size of the table. */

import type { Database } from "bun:sqlite";

import type { RepricablePage, RepricableQuestion } from "../store.ts";
import { type ExchangeRow, fromExchangeRow } from "./exchange-row.ts";

/** Rows looked at per row that may be answered, where no index leads to the ones that are wanted. */
const LOOK_AHEAD = 4;

/** The condition of the index `exchange_unpriced`, word for word: SQLite uses it only then. */
const UNPRICED = `
SELECT * FROM exchange
WHERE cost_confidence = 'unknown' AND state <> 'pending'
  AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL OR extra_usage IS NOT NULL)
  AND started_at_ms >= ? AND (started_at_ms, row_id) > (?, ?)
ORDER BY started_at_ms, row_id LIMIT ?`;

/** Cached input that was charged like any other, because its row had no price for it. */
const CACHED = `
SELECT * FROM exchange
WHERE row_id > ? AND row_id <= ? AND started_at_ms >= ? AND cache_read_tokens > 0
  AND cost_nano_usd IS NOT NULL AND cost_confidence <> 'reported' AND cost_price NOT LIKE '%"cache_read":%'
ORDER BY row_id`;

/** One step; `next` is absent after the last one. Throws a RangeError for a cursor that no answer gave. */
export function listRepricable(db: Database, question: RepricableQuestion): RepricablePage {
  return question.selection === "unpriced" ? listUnpriced(db, question) : listCached(db, question);
}

function listUnpriced(db: Database, { sinceMs, cursor, limit }: RepricableQuestion): RepricablePage {
  const [startedAtMs, rowId] = parseCursor(cursor);
  using statement = db.prepare<ExchangeRow, [number, number, number, number]>(UNPRICED);
  const rows = statement.all(sinceMs, startedAtMs, rowId, limit).map(fromExchangeRow);
  const last = rows.at(-1);
  return rows.length < limit || last === undefined ? { rows } : { rows, next: `${last.startedAtMs} ${last.rowId}` };
}

function listCached(db: Database, { sinceMs, cursor, limit }: RepricableQuestion): RepricablePage {
  const [, from] = parseCursor(cursor);
  const to = from + limit * LOOK_AHEAD;
  using statement = db.prepare<ExchangeRow, [number, number, number]>(CACHED);
  const rows = statement.all(from, to, sinceMs).map(fromExchangeRow);
  using end = db.prepare<{ last: number | null }, []>("SELECT max(row_id) AS last FROM exchange");
  return to >= (end.get()?.last ?? 0) ? { rows } : { rows, next: `0 ${to}` };
}

function parseCursor(cursor: string | undefined): readonly [number, number] {
  if (cursor === undefined) return [-1, 0];
  const [startedAtMs, rowId] = cursor.split(" ").map(Number);
  if (!Number.isSafeInteger(startedAtMs) || !Number.isSafeInteger(rowId)) throw new RangeError("not a cursor");
  // Both were looked at above.
  return [startedAtMs as number, rowId as number];
}
