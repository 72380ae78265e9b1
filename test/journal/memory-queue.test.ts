/** @module Order, bound and counted drops of the queue in memory. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import type { JournalEntry } from "../../src/journal/entry.ts";
import { createFrameMemory, encodeEntry, readFrameFacts, toFrameMemory } from "../../src/journal/frame.ts";
import { type Losses, MemoryQueue } from "../../src/journal/memory-queue.ts";
import { bodyOf, endOf, headOf, idOf, patternOf } from "../support/journal.ts";

function frameOf(entry: JournalEntry): Uint8Array {
  const memory = createFrameMemory(8192);
  return new Uint8Array(memory.bytes.subarray(0, encodeEntry(entry, memory, 0)));
}

function body(seq: number, length = 100): Uint8Array {
  return frameOf({ type: "body", seq, value: bodyOf(idOf(seq), patternOf(length)) });
}

function head(seq: number): Uint8Array {
  return frameOf({ type: "head", seq, value: headOf(idOf(seq)) });
}

function end(seq: number): Uint8Array {
  return frameOf({ type: "end", seq, value: endOf(idOf(seq)) });
}

function createQueue(limitBytes: number): { readonly queue: MemoryQueue; readonly losses: Losses } {
  const losses = { entries: 0, heads: 0, bodyBytes: 0 };
  return { queue: new MemoryQueue(limitBytes, losses), losses };
}

function drain(queue: MemoryQueue): number[] {
  const seqs: number[] = [];
  for (let frame = queue.peek(); frame !== undefined; frame = queue.peek()) {
    seqs.push(frame.seq);
    queue.shift();
  }
  return seqs;
}

test("frames leave in the order of their numbers, whatever series they are in", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 900 }), (kinds) => {
      const { queue } = createQueue(10_000_000);
      for (const [seq, isBody] of kinds.entries()) queue.push(isBody ? body(seq) : head(seq));
      expect(drain(queue)).toEqual([...kinds.keys()]);
      expect(queue.bytes).toBe(0);
      expect(queue.isEmpty).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test("frames that were put back leave first, again in order", () => {
  const { queue } = createQueue(1_000_000);
  for (let seq = 0; seq < 8; seq++) queue.push(seq % 2 === 0 ? body(seq) : head(seq));
  const taken = Array.from({ length: 5 }, () => {
    const frame = queue.peek()?.bytes ?? new Uint8Array();
    queue.shift();
    return frame;
  });
  const { bytes } = queue;
  const isBody = (frame: Uint8Array): boolean => readFrameFacts(toFrameMemory(frame), 0).type === "body";
  queue.putBack(taken.filter(isBody));
  queue.putBack(taken.filter((frame) => !isBody(frame)));
  expect(queue.bytes).toBeGreaterThan(bytes);
  expect(drain(queue)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test("frames put back into a queue that was never taken from stand in front", () => {
  const { queue } = createQueue(1_000_000);
  queue.push(body(5));
  queue.putBack([body(2), body(3)]);
  expect(drain(queue)).toEqual([2, 3, 5]);
});

test("over the bound the oldest bodies go, then the oldest heads and ends, each counted", () => {
  const { queue, losses } = createQueue(3000);
  queue.push(head(0));
  queue.push(end(1));
  for (let seq = 2; seq < 12; seq++) queue.push(body(seq, 500));
  expect(queue.bytes).toBeLessThanOrEqual(3000);
  expect(losses.entries).toBeGreaterThan(3);
  expect(losses).toMatchObject({ heads: 0, bodyBytes: losses.entries * 500 });
  for (let seq = 12; seq < 20; seq++) queue.push(head(seq));
  expect(losses.bodyBytes).toBe(5000);
  expect(losses.heads).toBeGreaterThan(0);
  expect(losses.entries).toBe(10 + 1 + losses.heads);
  expect(drain(queue).at(-1)).toBe(19);
});

test("giving up counts everything", () => {
  const { queue, losses } = createQueue(100_000);
  queue.push(head(0));
  queue.push(body(1, 70));
  queue.push(end(2));
  queue.dropAll();
  expect(losses).toEqual({ entries: 3, heads: 1, bodyBytes: 70 });
  expect(queue.isEmpty).toBe(true);
});
