/** @module A filter as SQL: which conditions, with which bound values. */

import type { ExchangeFilter } from "../../domain/filter.ts";
import { ROLLUP_BUCKET_MS } from "../rollup.ts";
import type { UsageFilter } from "../store.ts";
import type { SqlValue } from "./exchange-row.ts";

/** Text of a condition and the values of its placeholders, in order. */
export type Condition = { readonly sql: string; readonly values: readonly SqlValue[] };

/** All conditions together as a WHERE clause; empty text when there are none. */
export function toWhere(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.length === 0 ? "" : `WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}`,
    values: conditions.flatMap(({ values }) => values),
  };
}

/** Conditions on `exchange`. `model` is the name statistics use: of the answer, else of the request. */
export function exchangeConditions(filter: ExchangeFilter): Condition[] {
  return [
    ...compare("started_at_ms >=", filter.fromMs),
    ...compare("started_at_ms <", filter.toMs),
    ...compare("provider =", filter.provider),
    ...compare("model =", filter.model),
    ...compare("dialect =", filter.dialect),
    ...compare("tool =", filter.tool),
    ...compare("client =", filter.client),
    ...compare("key_id =", filter.key),
    ...(filter.session === undefined ? [] : [sessionCondition(filter.session)]),
    ...compare("kind =", filter.kind),
    ...compare(`${statusText(filter)} >=`, filter.statusMin),
    ...compare(`${statusText(filter)} <=`, filter.statusMax),
    ...(filter.states === undefined
      ? []
      : [{ sql: `state IN (${filter.states.map(() => "?").join(", ")})`, values: filter.states }]),
    ...(filter.outcome === undefined ? [] : [OUTCOMES[filter.outcome]]),
    ...(filter.text === undefined || filter.text === "" ? [] : [textCondition(filter.text)]),
  ];
}

/** Conditions on `rollup`. */
export function usageConditions(filter: UsageFilter): Condition[] {
  return [
    ...compare("bucket_ms >", filter.fromMs === undefined ? undefined : filter.fromMs - ROLLUP_BUCKET_MS),
    ...compare("bucket_ms <", filter.toMs),
    ...compare("provider =", filter.provider),
    ...compare("model =", filter.model),
    ...compare("dialect =", filter.dialect),
    ...compare("tool =", filter.tool),
    ...compare("key =", filter.key),
    ...compare("account =", filter.account),
    ...(filter.allKinds === true ? [] : [{ sql: "kind = 'generation'", values: [] }]),
  ];
}

const OUTCOMES = {
  completed: { sql: "(state = 'completed' AND coalesce(status_code, 0) < 400)", values: [] },
  error: { sql: "(state = 'failed' OR (state = 'completed' AND status_code >= 400))", values: [] },
} as const;

function statusText({ abortsAs499 }: ExchangeFilter): string {
  if (abortsAs499 !== true) return "status_code";
  return "coalesce(status_code, CASE WHEN state = 'aborted' AND ended_by = 'client' THEN 499 END)";
}

function compare(left: string, value: SqlValue | undefined): Condition[] {
  return value === undefined ? [] : [{ sql: `${left} ?`, values: [value] }];
}

/** An id of ours or of the client's; two clients may use one id, then both sessions are meant. */
function sessionCondition(id: string): Condition {
  return {
    sql: "session_id IN (SELECT ? UNION ALL SELECT id FROM session WHERE client_session_id = ?)",
    values: [id, id],
  };
}

/** SQLite's LIKE ignores the case of ASCII letters only. */
function textCondition(text: string): Condition {
  const pattern = `%${text.replace(/[\\%_]/g, String.raw`\$&`)}%`;
  return {
    sql: `(${TEXT_COLUMNS.map((column) => String.raw`${column} LIKE ? ESCAPE '\'`).join(" OR ")})`,
    values: TEXT_COLUMNS.map(() => pattern),
  };
}

const TEXT_COLUMNS = ["model", "provider", "path", "error_message", "error_code", "id"] as const;
