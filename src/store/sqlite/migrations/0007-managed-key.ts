/** @module Schema version 7: which managed key an exchange came with. */

import type { Migration } from "../migration.ts";

export const managedKey: Migration = {
  version: 7,
  name: "managed-key",
  up(db) {
    db.run("ALTER TABLE exchange ADD COLUMN key_id TEXT");
    db.run(EXCHANGE_KEY);
  },
};

/** The last use of a key is one look-up. */
const EXCHANGE_KEY = `
CREATE INDEX exchange_key ON exchange (key_id, started_at_ms) WHERE key_id IS NOT NULL`;
