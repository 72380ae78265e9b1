/** @module The hidden verbs: the recorder, the api and its readers, each wired to this program's store, formats and prices. */

import { parseApiOptions, runApi } from "./api/process.ts";
import { runReadWorker } from "./api/read-worker.ts";
import { findDialect } from "./dialect/registry.ts";
import { openPrices } from "./open-prices.ts";
import { parseRecorderOptions, runRecorder } from "./record/process.ts";
import { listPriceRows } from "./list-price-rows.ts";
import { createRoutingRules } from "./routing-rules.ts";
import { createSqliteReader } from "./store/sqlite/reader.ts";
import { createSqliteWriter } from "./store/sqlite/writer.ts";
import { VERSION } from "./version.ts";

/** The recorder waits for a lock itself, with the batch kept: a short limit keeps it responsive. */
const WRITER_BUSY_MS = 100;

/** Runs a hidden verb until its parent is gone. Options come in the environment, as JSON. */
export async function runChild(verb: "recorder" | "api" | "read"): Promise<void> {
  const json = process.env["MODELTAP_PROCESS_OPTIONS"] ?? "{}";
  switch (verb) {
    case "recorder": {
      const options = parseRecorderOptions(json);
      await runRecorder(options, {
        openWriter: (path) => createSqliteWriter({ path, busyTimeoutMs: WRITER_BUSY_MS }),
        findDialect,
        openPrices,
      });
      process.exit(0);
      break;
    }
    case "api":
      await runApi(parseApiOptions(json), {
        openReader: async (path) => createSqliteReader({ path }),
        openPrices,
        version: VERSION,
        rules: createRoutingRules(process.env),
        listPriceRows,
      });
      break;
    case "read": {
      const { databasePath } = parseApiOptions(json);
      runReadWorker({ openReader: async () => createSqliteReader({ path: databasePath }) });
      break;
    }
  }
}
