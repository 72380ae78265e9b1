/** @module Frames that wait in memory while the disk cannot take them: bounded, in order, every drop counted. */

import { BODY_FRAME_OVERHEAD_BYTES, readFrameFacts, toFrameMemory } from "./frame.ts";
import type { Series } from "./segment.ts";

/** One encoded entry and what it was, so that its loss can be counted. */
export type QueuedFrame = {
  readonly series: Series;
  readonly seq: number;
  readonly isHead: boolean;
  readonly bytes: Uint8Array;
};

/** What was dropped since start. */
export type Losses = { entries: number; heads: number; bodyBytes: number };

/** Memory a queued frame costs beside its bytes; counted so that many tiny frames cannot outgrow the bound. */
const OBJECT_BYTES = 128;

/** A queue over both series. Over its bound the oldest bodies go first, then the oldest heads and ends. */
export class MemoryQueue {
  readonly #limitBytes: number;
  readonly #losses: Losses;
  readonly #bodies = new Fifo<QueuedFrame>();
  readonly #records = new Fifo<QueuedFrame>();
  #bytes = 0;

  constructor(limitBytes: number, losses: Losses) {
    this.#limitBytes = limitBytes;
    this.#losses = losses;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#bodies.first === undefined && this.#records.first === undefined;
  }

  /** Adds a frame as the newest of its series. */
  push(bytes: Uint8Array): void {
    const frame = toQueuedFrame(bytes);
    this.#fifo(frame.series).push(frame);
    this.#bytes += costBytes(frame);
    while (this.#bytes > this.#limitBytes) this.#dropOldest();
  }

  /** Puts back frames of one series that were taken but not written, in their old order. */
  putBack(frames: readonly Uint8Array[]): void {
    for (const bytes of frames.toReversed()) {
      const frame = toQueuedFrame(bytes);
      this.#fifo(frame.series).unshift(frame);
      this.#bytes += costBytes(frame);
    }
    while (this.#bytes > this.#limitBytes) this.#dropOldest();
  }

  /** The frame with the lowest sequence number. */
  peek(): QueuedFrame | undefined {
    const body = this.#bodies.first;
    const record = this.#records.first;
    if (body === undefined || record === undefined) return body ?? record;
    return body.seq < record.seq ? body : record;
  }

  /** Removes the frame `peek` showed. */
  shift(): void {
    const frame = this.peek();
    if (frame === undefined) return;
    this.#fifo(frame.series).shift();
    this.#bytes -= costBytes(frame);
  }

  /** Gives up everything, counted. */
  dropAll(): void {
    while (!this.isEmpty) this.#dropOldest();
  }

  #dropOldest(): void {
    const frame = this.#bodies.shift() ?? this.#records.shift();
    if (frame === undefined) return;
    this.#bytes -= costBytes(frame);
    this.#losses.entries += 1;
    if (frame.isHead) this.#losses.heads += 1;
    if (frame.series === "body") this.#losses.bodyBytes += frame.bytes.byteLength - BODY_FRAME_OVERHEAD_BYTES;
  }

  #fifo(series: Series): Fifo<QueuedFrame> {
    return series === "body" ? this.#bodies : this.#records;
  }
}

/** First in, first out, without moving what stays. */
class Fifo<T> {
  #items: (T | undefined)[] = [];
  #start = 0;

  get first(): T | undefined {
    return this.#items[this.#start];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  unshift(item: T): void {
    if (this.#start === 0) {
      this.#items.unshift(item);
      return;
    }
    this.#start -= 1;
    this.#items[this.#start] = item;
  }

  shift(): T | undefined {
    const item = this.#items[this.#start];
    if (item === undefined) return undefined;
    this.#items[this.#start] = undefined;
    this.#start += 1;
    // Passed slots are cut off in one piece, half of the array at a time, so that a shift stays cheap.
    if (this.#start > 256 && this.#start * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#start);
      this.#start = 0;
    }
    return item;
  }
}

function toQueuedFrame(bytes: Uint8Array): QueuedFrame {
  const { type, seq } = readFrameFacts(toFrameMemory(bytes), 0);
  return { series: type === "body" ? "body" : "log", seq, isHead: type === "head", bytes };
}

function costBytes(frame: QueuedFrame): number {
  return frame.bytes.byteLength + OBJECT_BYTES;
}
