/** @module Schema version 2: who sent an exchange, its session, and what the turn did. */

import type { Migration } from "../migration.ts";

export const identity: Migration = {
  version: 2,
  name: "identity",
  up(db) {
    for (const column of COLUMNS) db.run(`ALTER TABLE exchange ADD COLUMN ${column}`);
    for (const statement of [SESSION, SESSION_CLIENT_ID, SESSION_KEY, EXCHANGE_SESSION]) db.run(statement);
  },
};

/** Rows written before have NULL in all of them: nobody looked. */
const COLUMNS = [
  "tool_evidence TEXT",
  "client TEXT",
  "client_evidence TEXT",
  "credential_hash TEXT",
  "session_id TEXT",
  "parent_session_id TEXT",
  "session_evidence TEXT",
  "session_inferred INTEGER",
  "run TEXT",
  "tags TEXT",
  "tool_calls TEXT",
  "tool_results TEXT",
  "tool_retry INTEGER",
  "error_class TEXT",
  "rate_limits TEXT",
];

/** What is the same for all exchanges of a session; counts are taken from the exchanges. */
const SESSION = `
CREATE TABLE session (
  id TEXT PRIMARY KEY,
  parent_id TEXT,
  client_session_id TEXT,
  provider TEXT NOT NULL,
  credential_hash TEXT,
  tool TEXT,
  client TEXT,
  evidence TEXT NOT NULL,
  inferred INTEGER NOT NULL,
  first_at_ms INTEGER NOT NULL,
  last_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID`;

/** People search by the id their client shows. */
const SESSION_CLIENT_ID = `
CREATE INDEX session_client_id ON session (client_session_id) WHERE client_session_id IS NOT NULL`;

/** Where later exchanges find the session of an answer. */
const SESSION_KEY = `
CREATE TABLE session_key (
  key TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  state TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID`;

const EXCHANGE_SESSION = `
CREATE INDEX exchange_session ON exchange (session_id, started_at_ms) WHERE session_id IS NOT NULL`;
