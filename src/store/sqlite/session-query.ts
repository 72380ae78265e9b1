/** @module Questions to the sessions as SQL: one page of the list, by last activity, with the sums of their exchanges. */

import { StoreError } from "../error.ts";
import type { SessionFilter, StoredSession } from "../store.ts";
import type { SqlValue } from "./exchange-row.ts";
import { type Condition, toWhere } from "./filter-sql.ts";

const MAX_PAGE = 500;

/** The page and one row more, which tells whether there is a next page. `limit` is the bounded page size. */
export function sessionListQuery(
  filter: SessionFilter,
  page: { readonly limit: number; readonly cursor?: string },
): Condition & { readonly limit: number } {
  const limit = Math.min(Math.max(Math.trunc(page.limit) || 0, 1), MAX_PAGE);
  const where = toWhere([
    ...compare("last_at_ms >=", filter.fromMs),
    ...compare("first_at_ms <", filter.toMs),
    ...compare("provider =", filter.provider),
    ...compare("tool =", filter.tool),
    ...compare("client =", filter.client),
    ...compare("client_session_id =", filter.clientSessionId),
    ...compare("parent_id =", filter.parentId),
    ...(page.cursor === undefined ? [] : [afterCursor(page.cursor)]),
  ]);
  const listed = `SELECT * FROM session ${where.sql} ORDER BY last_at_ms DESC, id DESC LIMIT ?`;
  return {
    sql: `${withSums(`(${listed}) AS session`)} GROUP BY session.id ORDER BY session.last_at_ms DESC, session.id DESC`,
    values: [...where.values, limit + 1],
    limit,
  };
}

/** One session with its sums, by id. */
export function sessionQuery(id: string): Condition {
  return { sql: `${withSums("session")} WHERE session.id = ? GROUP BY session.id`, values: [id] };
}

/** Where the next page begins; opaque to callers. */
export function toSessionCursor(last: StoredSession): string {
  return `${last.lastAtMs}-${last.id}`;
}

/** Throws StoreError `bad_cursor`. */
function afterCursor(cursor: string): Condition {
  const match = /^(\d{1,16})-(.{1,300})$/.exec(cursor);
  if (match === null) throw new StoreError("bad_cursor", "The page cursor is not one that this store gave out.");
  return { sql: "(last_at_ms, id) < (?, ?)", values: [Number(match[1]), match[2] ?? ""] };
}

function compare(left: string, value: SqlValue | undefined): Condition[] {
  return value === undefined ? [] : [{ sql: `${left} ?`, values: [value] }];
}

const REFUSED = "coalesce(exchange.status_code >= 400, 0)";

function withSums(from: string): string {
  return `
SELECT session.*,
  count(exchange.row_id) AS requests,
  coalesce(sum(exchange.state IN ('failed', 'interrupted') OR ${REFUSED}), 0) AS failed_requests,
  coalesce(sum(exchange.input_tokens), 0) AS input_tokens,
  coalesce(sum(exchange.output_tokens), 0) AS output_tokens,
  coalesce(sum(exchange.cost_nano_usd), 0) AS cost_nano_usd,
  coalesce(sum(exchange.kind = 'generation' AND NOT ${REFUSED} AND exchange.cost_nano_usd IS NULL), 0)
    AS unpriced_requests,
  json_group_array(DISTINCT exchange.model) FILTER (WHERE exchange.model <> '') AS models
FROM ${from} LEFT JOIN exchange ON exchange.session_id = session.id AND exchange.state <> 'pending'`;
}
