/** @module Builder of captures for tests. */

import type { Exchange } from "../../src/domain/exchange.ts";
import type { Capture } from "../../src/store/store.ts";
import { toBytes } from "./bytes.ts";

/** The whole answer body of an exchange, short if the test does not care. */
export function capture(row: Exchange, fields: Partial<Capture> = {}): Capture {
  const bytes = fields.bytes ?? toBytes("data: {}\n\n");
  return { exchangeId: row.id, side: "response", bytes, truncated: false, wireBytes: bytes.length, ...fields };
}
