/** @module A child process for the tests of the pool: its reads answer, fail, burn or die, as the filter asks. */

import { Database } from "bun:sqlite";
import type { StoreReader, UsageGroup } from "../../src/store/store.ts";
import { runReadWorker } from "../../src/api/read-worker.ts";

const refuse = (): never => {
  throw new Error("not asked in these tests");
};

const reader: StoreReader = {
  sumUsage: async (filter): Promise<readonly UsageGroup[]> => {
    if (filter.provider === "slow") {
      // A query that SQLite works on for minutes, inside native code: only a kill ends it.
      const endless =
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 9e12) SELECT count(*) FROM n";
      new Database(":memory:").query(endless).get();
    }
    if (filter.provider === "die") process.exit(3);
    if (filter.provider === "fail") throw new Error("disk I/O error");
    return [];
  },
  // The pid, so that a test can tell one child from the next.
  countExchanges: async () => process.pid,
  sumUsageByTime: refuse,
  sumRecent: refuse,
  findSpan: refuse,
  listKeyUse: refuse,
  listExchanges: refuse,
  findExchange: refuse,
  findCapture: refuse,
  listCostAudits: refuse,
  findSession: refuse,
  listSessions: refuse,
  listChanges: refuse,
  lastChangeSeq: refuse,
  listObjects: refuse,
  findObject: refuse,
  close: async () => undefined,
};

runReadWorker({ openReader: async () => reader });
