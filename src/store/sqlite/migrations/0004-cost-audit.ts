/** @module Schema version 4: every change of a cost, and the way to the rows that still wait for one. */

import type { Migration } from "../migration.ts";

export const costAudit: Migration = {
  version: 4,
  name: "cost-audit",
  up(db) {
    for (const statement of [COST_AUDIT, COST_AUDIT_EXCHANGE, EXCHANGE_UNPRICED]) db.run(statement);
  },
};

/**
 * Changes only: a cost that never changed is in its exchange. With the first change what had been recorded is kept here,
 * too, so that a row here is never the only trace of its kind.
 */
const COST_AUDIT = `
CREATE TABLE cost_audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  exchange_row_id INTEGER NOT NULL REFERENCES exchange (row_id) ON DELETE CASCADE,
  at_ms INTEGER NOT NULL,
  reason TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT,
  cost_nano_usd INTEGER,
  confidence TEXT NOT NULL,
  source TEXT,
  price_key TEXT,
  tier TEXT
) STRICT`;

const COST_AUDIT_EXCHANGE = `CREATE INDEX cost_audit_exchange ON cost_audit (exchange_row_id, id)`;

/** Few rows: usage is there, a price is not. Its condition stands in the query word for word. */
const EXCHANGE_UNPRICED = `
CREATE INDEX exchange_unpriced ON exchange (started_at_ms, row_id)
WHERE cost_confidence = 'unknown' AND state <> 'pending'
  AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL OR extra_usage IS NOT NULL)`;
