/** @module Schema version 8: lists by tool and client, the filters that agent-cli-proxy's users ask by, stay in the index of lists. */

import type { Migration } from "../migration.ts";

export const listByTool: Migration = {
  version: 8,
  name: "list-by-tool",
  up(db) {
    db.run("DROP INDEX exchange_list");
    db.run(EXCHANGE_LIST);
  },
};

/** `ended_by` tells the aborts that count as 499. */
const EXCHANGE_LIST = `
CREATE INDEX exchange_list ON exchange
  (started_at_ms, row_id, provider, model, kind, state, status_code, dialect, tool, client, ended_by)`;
