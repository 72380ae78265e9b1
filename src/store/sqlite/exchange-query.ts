/** @module Questions to the exchanges as SQL: one page of the list, newest first, and how many there are. */

import type { ExchangeFilter } from "../../domain/filter.ts";
import { StoreError } from "../error.ts";
import type { StoredExchange } from "../store.ts";
import { type Condition, exchangeConditions, toWhere } from "./filter-sql.ts";

export type PageRequest = { readonly limit: number; readonly offset?: number; readonly cursor?: string };

/** The page and one row more, which tells whether there is a next page. `limit` is the bounded page size. */
export function listQuery(filter: ExchangeFilter, page: PageRequest): Condition & { readonly limit: number } {
  const limit = Math.min(Math.max(Math.trunc(page.limit) || 0, 1), MAX_PAGE);
  const offset = Math.max(Math.trunc(page.offset ?? 0) || 0, 0);
  const where = toWhere([
    ...exchangeConditions(filter),
    ...(page.cursor === undefined ? [] : [afterCursor(page.cursor)]),
  ]);
  return {
    sql: `SELECT * FROM exchange ${where.sql} ORDER BY started_at_ms DESC, row_id DESC LIMIT ? OFFSET ?`,
    values: [...where.values, limit + 1, offset],
    limit,
  };
}

export function countQuery(filter: ExchangeFilter): Condition {
  const where = toWhere(exchangeConditions(filter));
  return { sql: `SELECT count(*) AS count FROM exchange ${where.sql}`, values: where.values };
}

/** Where the next page begins; opaque to callers. */
export function toCursor(last: StoredExchange): string {
  return `${last.startedAtMs}-${last.rowId}`;
}

/** Throws StoreError `bad_cursor`. */
function afterCursor(cursor: string): Condition {
  const match = /^(\d{1,16})-(\d{1,16})$/.exec(cursor);
  if (match === null) throw new StoreError("bad_cursor", "The page cursor is not one that this store gave out.");
  return { sql: "(started_at_ms, row_id) < (?, ?)", values: [Number(match[1]), Number(match[2])] };
}

const MAX_PAGE = 1_000;
