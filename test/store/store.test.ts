/** @module The SQLite store passes the suite of all stores, on real files. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createSqliteReader } from "../../src/store/sqlite/reader.ts";
import { createSqliteWriter } from "../../src/store/sqlite/writer.ts";
import { describeStore } from "../conformance/store.ts";

describeStore("sqlite", async () => {
  const directory = mkdtempSync(join(tmpdir(), "modeltap-store-"));
  const path = join(directory, "modeltap.sqlite");
  const writer = createSqliteWriter({ path });
  return {
    writer,
    openReader: async () => createSqliteReader({ path }),
    dispose: async () => {
      await writer.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
});
