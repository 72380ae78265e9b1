/** @module Reading the bodies of an exchange: encoded, cut, with gaps, larger than what is kept. */

import { describe, expect, test } from "bun:test";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";

import type { ExchangeId } from "../../src/domain/id.ts";
import type { JournalEntry } from "../../src/journal/entry.ts";
import { createId, entriesOf, eventStream, utf8 } from "./entries.ts";
import { JSON_ANSWER, play, setUp } from "./play.ts";

describe("encoded answers", () => {
  const text = eventStream(40).join("");
  const encoders: Record<string, (bytes: Uint8Array) => Uint8Array> = {
    gzip: gzipSync,
    deflate: deflateSync,
    "deflate, raw": deflateRawSync,
    br: brotliCompressSync,
    zstd: zstdCompressSync,
    "gzip, br": (bytes) => brotliCompressSync(gzipSync(bytes)),
    "br, zstd": (bytes) => zstdCompressSync(brotliCompressSync(bytes)),
  };

  test.each(Object.keys(encoders))("%s is read to its usage and kept as wire bytes", (name) => {
    const wire = encoders[name]?.(utf8(text)) as Uint8Array;
    const half = wire.length >> 1;
    const { exchange, response, dialect } = play({
      answer: [wire.slice(0, half), wire.slice(half)],
      contentType: "text/event-stream",
      contentEncoding: name.replace(", raw", ""),
    });
    expect(exchange).toMatchObject({ usage: { inputTokens: 11, outputTokens: 40 }, usageSource: "reported" });
    expect(exchange.warnings).toEqual([]);
    expect(dialect.fed[0]).toBe(text);
    expect(Buffer.from(response?.bytes ?? []).equals(wire)).toBe(true);
    expect(exchange.timing.ttftMs).toBeGreaterThanOrEqual(100);
  });

  test.each(["gzip", "deflate", "deflate, raw", "br"])("%s cut in the middle is read as far as it came", (name) => {
    const wire = encoders[name]?.(utf8(eventStream(400).join(""))) as Uint8Array;
    const { exchange, dialect } = play({
      answer: [wire.slice(0, wire.length - 40)],
      contentType: "text/event-stream",
      contentEncoding: name.replace(", raw", ""),
      end: { state: "aborted", endedBy: "client" },
    });
    expect(exchange).toMatchObject({ usage: { inputTokens: 11 }, usageSource: "partial" });
    expect(dialect.fed[0]?.length).toBeGreaterThan(100);
  });

  test("the first token of an encoded stream is found in the piece that carried it", () => {
    const pieces = eventStream(6).map((event) => gzipSync(utf8(event)));
    const { exchange } = play({ answer: pieces, contentType: "text/event-stream", contentEncoding: "gzip" });
    expect(exchange).toMatchObject({ usage: { outputTokens: 6 }, timing: { ttftMs: 110 } });
  });

  test("plain bytes under a wrong label are read as they are", () => {
    const { exchange } = play({ answer: [JSON_ANSWER], contentEncoding: "br" });
    expect(exchange.usage).toEqual({ inputTokens: 7, outputTokens: 3 });
    expect(exchange.warnings).toEqual(["content_encoding_wrong: br"]);
  });

  test("a coding nobody knows is not read", () => {
    const { exchange, response } = play({ answer: [JSON_ANSWER], contentEncoding: "rot13" });
    expect(exchange.usageSource).toBe("none");
    expect(exchange.warnings).toEqual(["content_encoding_unknown: rot13"]);
    expect(response?.contentEncoding).toBe("rot13");
  });

  test("a bomb is read up to the cap and says so", () => {
    const bomb = gzipSync(utf8(`${text}${"\n".repeat(4_000_000)}`));
    const { exchange, dialect } = play(
      { answer: [bomb], contentType: "text/event-stream", contentEncoding: "gzip" },
      { limits: { decodedBytes: 1_000_000 } },
    );
    expect(exchange.warnings.join()).toContain("decoded_size_capped");
    expect(exchange.usageSource).toBe("reported");
    expect(dialect.fed[0]?.length).toBeGreaterThanOrEqual(500_000);
    expect(dialect.fed[0]?.length).toBeLessThanOrEqual(1_000_000);
  });
});

describe("bodies that are not all here", () => {
  test("over the cap head and tail are kept, and usage is read to the end", () => {
    const answer = eventStream(200);
    const whole = answer.join("");
    const { exchange, response } = play({
      head: { captureBytes: 1000 },
      answer,
      contentType: "text/event-stream",
    });
    expect(exchange).toMatchObject({ usage: { inputTokens: 11, outputTokens: 200 }, usageSource: "reported" });
    expect(exchange.response).toMatchObject({ truncated: true, wireBytes: whole.length });
    expect(response).toMatchObject({ truncated: true, headBytes: 500, wireBytes: whole.length });
    expect(new TextDecoder().decode(response?.bytes)).toBe(whole.slice(0, 500) + whole.slice(-500));
    expect(exchange.warnings).toEqual([]);
  });

  test("a gap in a stream is jumped at an event's border; the rest is read", () => {
    const answer = eventStream(10);
    // The piece before the gap ends in the middle of an event, and so does the lost one.
    const text = answer.join("");
    const pieces = [text.slice(0, 200), text.slice(200, 250), text.slice(250)];
    const { exchange, response } = play({ answer: pieces, lost: [1], contentType: "text/event-stream" });
    expect(exchange).toMatchObject({ usage: { inputTokens: 11, outputTokens: 10 }, usageSource: "reported" });
    expect(exchange.warnings).toContain(`response_bytes_missing: 50 of ${text.length} bytes were not recorded`);
    expect(response).toMatchObject({ truncated: true, headBytes: 200, wireBytes: text.length });
    expect(response?.bytes.length).toBe(text.length - 50);
  });

  test("a gap in a JSON answer is never taken for a whole", () => {
    const { exchange } = play({ answer: ['{"model":"answered",', '"out":3,', '"in":7}'], lost: [1] });
    expect(exchange.usageSource).toBe("none");
    expect(exchange.response.truncated).toBe(true);
  });

  test("bytes that never came are told, even with none at all", () => {
    const { exchange, response } = play({ answer: [JSON_ANSWER], lost: [0] });
    expect(response).toBeUndefined();
    expect(exchange.response).toMatchObject({ truncated: true, wireBytes: JSON_ANSWER.length });
    expect(exchange.warnings.join()).toContain("response_bytes_missing");
  });

  test("entries without a head are passed over", () => {
    const { assembler } = setUp();
    for (const entry of entriesOf(createId(), { answer: [JSON_ANSWER] }).slice(1)) assembler.push(entry, "1", 0);
    expect(assembler.takeFinished()).toEqual([]);
    expect(assembler.stats().openExchanges).toBe(0);
  });

  test("when all open bodies hold too much the largest are cut and marked, usage is still read", () => {
    const { assembler } = setUp({ limits: { heldBytes: 200_000 } });
    const [large, small] = [createId(), createId()];
    const filler = `data: {"text":"${"x".repeat(1000)}"}\n\n`;
    const events = [...Array.from({ length: 400 }, () => filler), ...eventStream(2)];
    const play = (id: ExchangeId, answer: string[]) => entriesOf(id, { answer, contentType: "text/event-stream" });
    const smallEntries = play(small, eventStream(1));
    for (const entry of smallEntries.slice(0, -1)) assembler.push(entry, "1", 0);
    let mostHeld = 0;
    for (const entry of play(large, events)) {
      assembler.push(entry, "2", 0);
      mostHeld = Math.max(mostHeld, assembler.stats().heldBytes);
    }
    assembler.push(smallEntries.at(-1) as JournalEntry, "1", 0);
    const rows = new Map(assembler.takeFinished().map(({ exchange }) => [exchange.id, exchange]));
    expect(mostHeld).toBeLessThanOrEqual(200_000);
    expect(rows.get(large)?.warnings.join()).toContain("recorder_memory_full");
    expect(rows.get(large)).toMatchObject({
      usage: { inputTokens: 11, outputTokens: 2 },
      response: { truncated: true },
    });
    expect(rows.get(small)?.warnings).toEqual([]);
    expect(assembler.stats()).toMatchObject({ cutExchanges: 1, heldBytes: 0 });
  });
});
