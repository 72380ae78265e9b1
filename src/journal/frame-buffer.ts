/** @module A preallocated buffer of whole frames that wait to be written in one call. */

import type { BodyEntry, JournalEntry } from "./entry.ts";
import {
  BODY_FRAME_OVERHEAD_BYTES,
  createFrameMemory,
  encodeEntry,
  type FrameMemory,
  readFrameFacts,
} from "./frame.ts";

/** A body is cut at the end of the buffer only when at least this much of it fits. */
const MIN_PIECE_BYTES = 4096;

/** Frames in the order they were added. Fixed memory, filled by one copy of each body. */
export class FrameBuffer {
  readonly memory: FrameMemory;
  /** Bytes a write call should not exceed; a single larger frame may, up to the capacity. */
  readonly #softLimitBytes: number;
  #usedBytes = 0;

  constructor(capacityBytes: number, softLimitBytes: number) {
    this.memory = createFrameMemory(capacityBytes);
    this.#softLimitBytes = softLimitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Adds an entry; false when it does not fit behind what is already there. */
  add(entry: JournalEntry): boolean {
    const frameBytes = encodeEntry(entry, this.memory, this.#usedBytes);
    if (frameBytes === 0) return false;
    if (this.#usedBytes > 0 && this.#usedBytes + frameBytes > this.#softLimitBytes) return false;
    this.#usedBytes += frameBytes;
    return true;
  }

  /** Adds a body, in pieces when it is large. @param empty called whenever the buffer is full; must leave it empty */
  addBody(entry: BodyEntry, takeSeq: () => number, empty: () => void): void {
    const totalBytes = entry.bytes.byteLength;
    let at = 0;
    do {
      const leftBytes = totalBytes - at;
      if (this.#bodyRoomBytes() < Math.min(leftBytes, MIN_PIECE_BYTES)) empty();
      const pieceBytes = Math.min(leftBytes, this.#bodyRoomBytes());
      const value =
        pieceBytes === totalBytes
          ? entry
          : { ...entry, offset: entry.offset + at, bytes: entry.bytes.subarray(at, at + pieceBytes) };
      this.add({ type: "body", seq: takeSeq(), value });
      at += pieceBytes;
    } while (at < totalBytes);
  }

  /** Adds a frame encoded before; false when it does not fit. */
  addFrame(frame: Uint8Array): boolean {
    const limit = this.#usedBytes === 0 ? this.memory.bytes.byteLength : this.#softLimitBytes;
    if (this.#usedBytes + frame.byteLength > limit) return false;
    this.memory.bytes.set(frame, this.#usedBytes);
    this.#usedBytes += frame.byteLength;
    return true;
  }

  /** Takes everything out but the first `writtenBytes`, as copies of single frames; the buffer is empty after. */
  takeFrames(writtenBytes = 0): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let at = writtenBytes;
    while (at < this.#usedBytes) {
      const next = at + readFrameFacts(this.memory, at).frameBytes;
      frames.push(new Uint8Array(this.memory.bytes.subarray(at, next)));
      at = next;
    }
    this.#usedBytes = 0;
    return frames;
  }

  clear(): void {
    this.#usedBytes = 0;
  }

  #bodyRoomBytes(): number {
    return Math.max(-1, this.#softLimitBytes - this.#usedBytes - BODY_FRAME_OVERHEAD_BYTES);
  }
}
