/** @module Frames read back as they were written, and every kind of damage told apart. */

import { describe, expect, test } from "bun:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import type { JournalEntry } from "../../src/journal/entry.ts";
import {
  createFrameMemory,
  decodeEntry,
  encodeEntry,
  findWholeFramesEnd,
  readFrameFacts,
} from "../../src/journal/frame.ts";
import { bodyOf, endOf, headOf, idOf, patternOf, responseHeadOf } from "../support/journal.ts";

const samples: JournalEntry[] = [
  { type: "epoch", seq: 0, value: { epoch: "1764", startedAtMs: 1764, pid: 7 } },
  { type: "head", seq: 1, value: headOf(idOf(1)) },
  { type: "body", seq: 2, value: bodyOf(idOf(1), patternOf(1000), { side: "request", offset: 2 ** 40 + 3 }) },
  { type: "body", seq: 3, value: bodyOf(idOf(1), patternOf(10), { side: "client-response" }) },
  { type: "response-head", seq: 2 ** 40 + 5, value: responseHeadOf(idOf(1)) },
  { type: "body", seq: 4, value: bodyOf(idOf(2), new Uint8Array(0)) },
  { type: "end", seq: 5, value: endOf(idOf(1), { errorMessage: "a\u0000b \ud83d\ude00" }) },
];

function encode(entry: JournalEntry): Buffer {
  const memory = createFrameMemory(64 * 1024);
  return memory.bytes.subarray(0, encodeEntry(entry, memory, 0));
}

function decode(bytes: Uint8Array, end = bytes.byteLength): ReturnType<typeof decodeEntry> {
  const memory = createFrameMemory(bytes.byteLength);
  memory.bytes.set(bytes);
  return decodeEntry(memory, 0, end);
}

describe("frame", () => {
  test.each(samples)("gives back $type as it was written", (entry) => {
    const frame = encode(entry);
    const found = decode(frame);
    if (found.kind !== "entry") throw new Error(found.kind);
    expect(found.frameBytes).toBe(frame.byteLength);
    if (found.entry.type === "body" && entry.type === "body") {
      const { bytes, ...rest } = found.entry.value;
      expect(Buffer.compare(bytes, entry.value.bytes)).toBe(0);
      expect({ ...found.entry, value: { ...rest, bytes: entry.value.bytes } }).toEqual(entry);
    } else expect(found.entry).toEqual(entry);
  });

  test("is incomplete at every length short of the whole", () => {
    for (const entry of samples) {
      const frame = encode(entry);
      for (let end = 0; end < frame.byteLength; end++) expect(decode(frame, end).kind).toBe("incomplete");
    }
  });

  test("is corrupt whichever single bit behind the length is wrong", () => {
    const frame = encode({ type: "body", seq: 9, value: bodyOf(idOf(3), patternOf(40)) });
    for (let at = 4; at < frame.byteLength; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const damaged = Buffer.from(frame);
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
        expect(decode(damaged)).toEqual({ kind: "corrupt", frameBytes: frame.byteLength });
      }
    }
  });

  test("is corrupt when the length is none a writer writes", () => {
    expect(decode(Buffer.alloc(64)).kind).toBe("corrupt");
    expect(decode(Buffer.alloc(64, 255)).kind).toBe("corrupt");
  });

  test("is corrupt when the checksum holds but the payload is no JSON or the type is unknown", () => {
    for (const damage of [
      { at: 34, value: 0 },
      { at: 8, value: 9 },
    ]) {
      const frame = Buffer.from(encode({ type: "head", seq: 1, value: headOf(idOf(1)) }));
      frame.writeUInt8(damage.value, damage.at);
      frame.writeUInt32LE(crc32(frame.subarray(8)), 4);
      expect(decode(frame).kind).toBe("corrupt");
    }
  });

  test("never throws on foreign bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decode(bytes).kind).not.toBe("entry");
      }),
    );
  });

  test("writes nothing where it does not fit", () => {
    for (const entry of samples) {
      const { byteLength } = encode(entry);
      expect(encodeEntry(entry, createFrameMemory(byteLength - 1), 0)).toBe(0);
      expect(encodeEntry(entry, createFrameMemory(byteLength), 0)).toBe(byteLength);
      expect(encodeEntry(entry, createFrameMemory(byteLength + 9), 10)).toBe(0);
    }
  });

  test("facts and whole-frame ends are read without the payload", () => {
    const memory = createFrameMemory(64 * 1024);
    const ends = [0];
    for (const entry of samples) ends.push((ends.at(-1) ?? 0) + encodeEntry(entry, memory, ends.at(-1) ?? 0));
    for (const [index, entry] of samples.entries()) {
      const facts = readFrameFacts(memory, ends[index] ?? 0);
      expect(facts).toMatchObject({ type: entry.type, seq: entry.seq });
    }
    const last = ends.at(-1) ?? 0;
    for (let end = 0; end <= last; end++) {
      expect(findWholeFramesEnd(memory, end)).toBe(Math.max(...ends.filter((at) => at <= end)));
    }
  });
});
