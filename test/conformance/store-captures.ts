/** @module What a store does with bodies: byte for byte, and trimmed in slices. */

import { describe, expect, test } from "bun:test";

import type { Capture } from "../../src/store/store.ts";
import { toBytes } from "../support/bytes.ts";
import { capture } from "../support/capture.ts";
import { exchange, EXCHANGE_START_MS as START, pendingExchange } from "../support/exchange.ts";
import type { OpenStore } from "./store.ts";

export function describeCaptures(opened: () => OpenStore): void {
  describe("captures", () => {
    const noise = crypto.getRandomValues(new Uint8Array(60_000));
    const cases: Record<string, Partial<Capture>> = {
      "an empty body": { bytes: new Uint8Array(0), wireBytes: 0 },
      "a short text": { bytes: toBytes("{}"), contentType: "application/json" },
      "text that compresses": { bytes: toBytes("data: hello\n\n".repeat(3_000)), contentType: "text/event-stream" },
      "a body of 3 MB": { bytes: toBytes("0123456789abcdef".repeat(200_000)) },
      "noise of 1.2 MB": { bytes: new Uint8Array(Buffer.concat(Array.from({ length: 20 }, () => noise))) },
      "a gzip body": { bytes: Bun.gzipSync("x".repeat(9_000)), contentEncoding: "gzip" },
      "a body with its middle missing": { bytes: toBytes("headtail"), truncated: true, headBytes: 4, wireBytes: 900 },
      "a stream with its bursts": { chunks: Array.from({ length: 300 }, (_, i) => [i * 40, i * 12.25] as const) },
    };
    test.each(Object.entries(cases))("%s comes back byte for byte", async (_name, fields) => {
      const row = exchange();
      const kept = capture(row, fields);
      await opened().writer.write({
        exchanges: [row],
        captures: [kept, capture(row, { side: "request", bytes: toBytes("?") })],
      });
      expect(await opened().reader.findCapture(row.id, "response")).toStrictEqual(kept);
      expect((await opened().reader.findCapture(row.id, "request"))?.bytes).toEqual(toBytes("?"));
      expect(await opened().reader.findCapture(row.id, "client-response")).toBeUndefined();
    });

    test("what the client got stands beside what the upstream sent", async () => {
      const row = exchange();
      const sides = ["response", "client-response"] as const;
      await opened().writer.write({
        exchanges: [row],
        captures: sides.map((side) => capture(row, { side, bytes: toBytes(side) })),
      });
      for (const side of sides) {
        expect((await opened().reader.findCapture(row.id, side))?.bytes).toEqual(toBytes(side));
      }
    });

    test("a body of a pending row is replaced by that of the final row", async () => {
      const row = pendingExchange();
      await opened().writer.write({ exchanges: [row], captures: [capture(row, { bytes: toBytes("part") })] });
      const final = exchange({ id: row.id });
      await opened().writer.write({ exchanges: [final], captures: [capture(final, { bytes: toBytes("whole") })] });
      expect((await opened().reader.findCapture(row.id, "response"))?.bytes).toEqual(toBytes("whole"));
      expect(await opened().reader.findCapture(row.id, "request")).toBeUndefined();
    });

    test("trimming takes the oldest bodies up to the limit; rows and sums stay", async () => {
      const rows = [3, 1, 2, 9].map((hour) => exchange({ startedAtMs: START + hour * 3_600_000 }));
      await opened().writer.write({ exchanges: rows, captures: rows.map((row) => capture(row)) });
      const before = START + 4 * 3_600_000;
      const left = async (): Promise<boolean[]> =>
        Promise.all(rows.map(async ({ id }) => (await opened().reader.findCapture(id, "response")) !== undefined));

      expect(await opened().writer.trimCaptures(before, 2)).toBe(2);
      expect(await left()).toEqual([true, false, false, true]);
      expect(await opened().writer.trimCaptures(before, 2)).toBe(1);
      expect(await opened().writer.trimCaptures(before, 2)).toBe(0);
      expect(await left()).toEqual([false, false, false, true]);
      expect(await opened().reader.countExchanges({})).toBe(4);
      expect(await opened().reader.sumUsage({}, "none")).toMatchObject([{ requests: 4 }]);
    });
  });
}
