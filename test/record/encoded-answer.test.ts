/** @module An encoded answer as a whole, and where its first output was. */

import { expect, test } from "bun:test";
import { createGzip, constants } from "node:zlib";

import { toReadContext } from "../../src/record/call.ts";
import type { ChunkTime } from "../../src/record/chunk-times.ts";
import { decodeBody } from "../../src/record/decode.ts";
import { readEncodedAnswer } from "../../src/record/encoded-answer.ts";
import { createId, toHead } from "./entries.ts";
import { createLineDialect } from "./line-dialect.ts";

/** One gzip stream, flushed behind each event as servers do it. */
async function compress(events: readonly string[]): Promise<{ wire: Uint8Array; chunks: ChunkTime[] }> {
  const gzip = createGzip();
  const parts: Buffer[] = [];
  let size = 0;
  gzip.on("data", (part: Buffer) => {
    parts.push(part);
    size += part.length;
  });
  const chunks: ChunkTime[] = [];
  for (const [index, event] of events.entries()) {
    chunks.push([size, index]);
    gzip.write(event);
    await new Promise<void>((resolve) => {
      gzip.flush(constants.Z_SYNC_FLUSH, () => resolve());
    });
  }
  return { wire: Buffer.concat(parts), chunks };
}

test.each([0, 1, 2, 7, 40, 99])("the first token is found in the event that carried it (%d of 100)", async (first) => {
  const events = Array.from({ length: 100 }, (_, index) =>
    index === first ? 'data: {"text":"x"}\n\n' : `data: {"in":${index}}\n\n`,
  );
  const { wire, chunks } = await compress(events);
  const context = toReadContext(toHead(createId()), {}, undefined, "text/event-stream");
  const answer = { wire, encoding: "gzip", chunks, isCut: true };
  const { reading, ttftMs, warnings } = readEncodedAnswer(answer, createLineDialect(), context, decodeBody, 1e6);
  expect(ttftMs).toBe(first);
  expect(reading?.usage?.inputTokens).toBe(first === 99 ? 98 : 99);
  expect(reading?.usageSource).toBe("partial");
  expect(warnings).toEqual([]);
});

test("an answer without output has no first token", async () => {
  const { wire, chunks } = await compress(['data: {"in":1}\n\n']);
  const context = toReadContext(toHead(createId()), {}, undefined, undefined);
  const answer = { wire, encoding: "gzip", chunks, isCut: true };
  expect(readEncodedAnswer(answer, createLineDialect(), context, decodeBody, 1e6).ttftMs).toBeUndefined();
});
