/** @module The api process for tests: the real one over a real database, as the hidden verb runs it. */

import { createRoutingRules } from "../../src/routing-rules.ts";
import { createSqliteReader } from "../../src/store/sqlite/reader.ts";
import { parseApiOptions, runApi } from "../../src/api/process.ts";

await runApi(parseApiOptions(process.env["MODELTAP_PROCESS_OPTIONS"] ?? ""), {
  openReader: (path) => createSqliteReader({ path }),
  version: "0.0.0-test",
  rules: createRoutingRules({ HOME: "/nowhere" }),
  listPriceRows: async () => [],
});
