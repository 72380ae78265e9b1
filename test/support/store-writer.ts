/** @module A process that writes batches until it is killed or a write fails: `bun store-writer.ts <path> <rows a batch>`. */

import { createSqliteWriter } from "../../src/store/sqlite/writer.ts";
import { capture } from "./capture.ts";
import { exchange, pendingExchange } from "./exchange.ts";

const [path = "", rows = "20"] = process.argv.slice(2);
const writer = createSqliteWriter({ path });
const body = new TextEncoder().encode(JSON.stringify(Array.from({ length: 60 }, () => crypto.randomUUID())));

/** The cursor is the number of rows in the store: each must tell the same as the other, whenever the process dies. */
const parent = process.ppid;
let written = Number((await writer.readCursor()) ?? 0);
process.stdout.write("ready\n");
try {
  for (;;) {
    const exchanges = Array.from({ length: Number(rows) }, (_, index) =>
      index % 3 === 0 ? pendingExchange() : exchange(),
    );
    await writer.write({
      exchanges: [...exchanges, ...exchanges.map(({ id }) => exchange({ id }))],
      captures: exchanges.map((row) => capture(row, { bytes: body })),
      cursor: String(written + exchanges.length),
    });
    written += exchanges.length;
    await Bun.sleep(0);
    // Whoever started it is gone: nobody will end it any more.
    if (process.ppid !== parent) break;
  }
} catch (error) {
  process.stdout.write(`${JSON.stringify({ written, error: String(error) })}\n`);
}
