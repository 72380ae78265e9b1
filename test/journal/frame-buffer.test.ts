/** @module Frames collected for one write call, and bodies cut to fit it. */

import { expect, test } from "bun:test";
import type { JournalEntry } from "../../src/journal/entry.ts";
import { decodeEntry, toFrameMemory } from "../../src/journal/frame.ts";
import { FrameBuffer } from "../../src/journal/frame-buffer.ts";
import { bodyOf, headOf, idOf, inShort, joinBodies, patternOf } from "../support/journal.ts";

function decodeAll(frames: readonly Uint8Array[]): JournalEntry[] {
  return frames.map((frame) => {
    const found = decodeEntry(toFrameMemory(frame), 0, frame.byteLength);
    if (found.kind !== "entry") throw new Error(found.kind);
    return found.entry;
  });
}

test("what was added comes out as single frames in order, without those already written", () => {
  const buffer = new FrameBuffer(8192, 8192);
  expect(buffer.add({ type: "head", seq: 1, value: headOf(idOf(1)) })).toBe(true);
  const firstBytes = buffer.usedBytes;
  expect(buffer.add({ type: "head", seq: 2, value: headOf(idOf(2)) })).toBe(true);
  expect(buffer.add({ type: "body", seq: 3, value: bodyOf(idOf(3), patternOf(9)) })).toBe(true);
  expect(inShort(decodeAll(buffer.takeFrames(firstBytes)))).toEqual(["head 2", "body 3"]);
  expect(buffer.usedBytes).toBe(0);
  expect(buffer.takeFrames()).toEqual([]);
});

test("a large body is cut into pieces that fill the buffer and never exceed it", () => {
  const buffer = new FrameBuffer(10_000, 10_000);
  const bytes = patternOf(34_567);
  const frames: Uint8Array[] = [];
  let seq = 0;
  const writes: number[] = [];
  buffer.add({ type: "body", seq: seq++, value: bodyOf(idOf(9), patternOf(2000)) });
  const empty = (): void => {
    writes.push(buffer.usedBytes);
    frames.push(...buffer.takeFrames());
  };
  buffer.addBody(bodyOf(idOf(1), bytes, { offset: 0 }), () => seq++, empty);
  empty();
  const entries = decodeAll(frames);
  expect(Buffer.compare(joinBodies(entries, idOf(1), "response"), bytes)).toBe(0);
  expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: seq }, (_, index) => index));
  expect(writes.slice(0, -1)).toEqual([10_000, 10_000, 10_000]);
});

test("a small body is not cut: the buffer is emptied for it", () => {
  const buffer = new FrameBuffer(3000, 3000);
  const frames: Uint8Array[] = [];
  const empty = (): void => void frames.push(...buffer.takeFrames());
  for (let number = 1; number <= 4; number++)
    buffer.addBody(bodyOf(idOf(number), patternOf(1200)), () => number, empty);
  empty();
  expect(inShort(decodeAll(frames))).toEqual(["body 1", "body 2", "body 3", "body 4"]);
});

test("beyond the soft limit only a single frame is taken", () => {
  const buffer = new FrameBuffer(10_000, 1000);
  const large = headOf(idOf(1), { path: "/".repeat(5000) });
  expect(buffer.add({ type: "head", seq: 1, value: large })).toBe(true);
  expect(buffer.add({ type: "head", seq: 2, value: headOf(idOf(2)) })).toBe(false);
  const [frame = new Uint8Array()] = buffer.takeFrames();
  expect(buffer.addFrame(frame)).toBe(true);
  expect(buffer.addFrame(new Uint8Array(10))).toBe(false);
  buffer.clear();
  expect(buffer.add({ type: "head", seq: 3, value: headOf(idOf(1), { path: "/".repeat(20_000) }) })).toBe(false);
  expect(buffer.usedBytes).toBe(0);
});
