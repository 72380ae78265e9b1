/** @module A recorder process for the tests: the tests' wire format, and calls that kill it while it reads. */

import { parseRecorderOptions, runRecorder } from "../../src/record/process.ts";
import { createSqliteWriter } from "../../src/store/sqlite/writer.ts";
import { createLineDialect } from "./line-dialect.ts";

const lines = createLineDialect();

await runRecorder(parseRecorderOptions(process.env["MODELTAP_PROCESS_OPTIONS"] ?? ""), {
  openWriter: (path) => createSqliteWriter({ path, busyTimeoutMs: 100 }),
  findDialect: () => ({
    ...lines,
    createReader(context) {
      const reader = lines.createReader(context);
      if (!context.path.endsWith("/crash")) return reader;
      return {
        hasOutput: false,
        feed() {
          process.kill(process.pid, "SIGKILL");
          for (;;);
        },
        end: (options) => reader.end(options),
      };
    },
  }),
});
process.exit(0);
