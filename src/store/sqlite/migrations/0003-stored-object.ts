/** @module Schema version 3: what people store through the API: keys, upstreams, routes, settings. */

import type { Migration } from "../migration.ts";

export const storedObject: Migration = {
  version: 3,
  name: "stored-object",
  up(db) {
    db.run(STORED_OBJECT);
  },
};

/** `value` is JSON text, never with a secret in the clear. */
const STORED_OBJECT = `
CREATE TABLE stored_object (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  value TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  changed_at_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID`;
