/** @module The child that answers slow reads in tests, over the database that its parent was given. */

import { runReadWorker } from "../../src/api/read-worker.ts";
import { parseApiOptions } from "../../src/api/process.ts";
import { createSqliteReader } from "../../src/store/sqlite/reader.ts";

const { databasePath } = parseApiOptions(process.env["MODELTAP_PROCESS_OPTIONS"] ?? "");
runReadWorker({ openReader: async () => createSqliteReader({ path: databasePath }) });
