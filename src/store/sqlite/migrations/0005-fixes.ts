/** @module Schema version 5: what compatibility fixes did, and what the client got where it is not what the upstream sent. */

import type { Migration } from "../migration.ts";

export const fixes: Migration = {
  version: 5,
  name: "fixes",
  up(db) {
    // Both hold JSON; NULL where no fix was switched on, and where the client got the upstream's bytes.
    for (const column of ["fixes TEXT", "client_response TEXT"]) db.run(`ALTER TABLE exchange ADD COLUMN ${column}`);
  },
};
