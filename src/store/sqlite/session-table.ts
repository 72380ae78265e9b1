/** @module Sessions and the keys that lead to them, as rows. */

import type { Database, Statement } from "bun:sqlite";

import type { Session, SessionKey } from "../../domain/session.ts";
import { toEpochMs } from "../figure.ts";
import type { StoredSession } from "../store.ts";
import type { SqlValue } from "./exchange-row.ts";

type KeyRow = { readonly key: string; readonly session_id: string; readonly state: string; readonly at_ms: number };

/** The writer's side; all within the transaction of a batch. */
export class SessionTable {
  readonly #db: Database;
  readonly #put: Statement;
  readonly #putKey: Statement;
  readonly #trimKeys: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#put = db.prepare(PUT);
    this.#putKey = db.prepare(
      `INSERT INTO session_key (key, session_id, state, at_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET session_id = excluded.session_id, state = excluded.state, at_ms = excluded.at_ms`,
    );
    this.#trimKeys = db.prepare(
      "DELETE FROM session_key WHERE key IN (SELECT key FROM session_key WHERE at_ms < ? ORDER BY at_ms LIMIT ?)",
    );
  }

  /** Answers how many keys were older and are gone now, at most `limit`. */
  trimKeys(beforeMs: number, limit: number): number {
    return this.#trimKeys.run(toEpochMs(beforeMs), limit).changes;
  }

  put(session: Session): void {
    this.#put.run(
      session.id,
      session.parentId ?? null,
      session.clientSessionId ?? null,
      session.provider,
      session.credentialHash ?? null,
      session.tool ?? null,
      session.client ?? null,
      session.evidence,
      session.inferred ? 1 : 0,
      toEpochMs(session.firstAtMs),
      toEpochMs(session.lastAtMs),
    );
  }

  putKey({ key, sessionId, state, atMs }: SessionKey): void {
    this.#putKey.run(key, sessionId, state, toEpochMs(atMs));
  }

  findKeys(keys: readonly string[]): SessionKey[] {
    if (keys.length === 0) return [];
    using statement = this.#db.prepare<KeyRow, SqlValue[]>(
      `SELECT * FROM session_key WHERE key IN (${keys.map(() => "?").join(", ")})`,
    );
    return statement.all(...keys).map((row) => ({
      key: row.key,
      sessionId: row.session_id,
      // The one writer put only states there.
      state: row.state as SessionKey["state"],
      atMs: row.at_ms,
    }));
  }
}

/** What the first exchange said stays; a tool or client that it could not tell may come with a later one. */
const PUT = `
INSERT INTO session
  (id, parent_id, client_session_id, provider, credential_hash, tool, client, evidence, inferred, first_at_ms, last_at_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
  parent_id = coalesce(parent_id, excluded.parent_id),
  tool = coalesce(tool, excluded.tool),
  client = coalesce(client, excluded.client),
  first_at_ms = min(first_at_ms, excluded.first_at_ms),
  last_at_ms = max(last_at_ms, excluded.last_at_ms)`;

export type SessionRow = { readonly [column: string]: SqlValue };

export function fromSessionRow(row: SessionRow): StoredSession {
  // The columns of `session` as `put` fills them, and the sums beside them.
  const session = {
    id: row["id"],
    ...optional("parentId", row["parent_id"]),
    ...optional("clientSessionId", row["client_session_id"]),
    provider: row["provider"],
    ...optional("credentialHash", row["credential_hash"]),
    ...optional("tool", row["tool"]),
    ...optional("client", row["client"]),
    evidence: row["evidence"],
    inferred: row["inferred"] === 1,
    firstAtMs: row["first_at_ms"],
    lastAtMs: row["last_at_ms"],
    requests: row["requests"],
    failedRequests: row["failed_requests"],
    inputTokens: row["input_tokens"],
    outputTokens: row["output_tokens"],
    costNanoUsd: row["cost_nano_usd"],
    unpricedRequests: row["unpriced_requests"],
    models: JSON.parse(String(row["models"])),
  };
  return session as StoredSession;
}

function optional(name: string, value: SqlValue | undefined): object {
  return value === null || value === undefined ? {} : { [name]: value };
}
