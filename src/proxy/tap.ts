/** @module The tap: copies of the bytes that pass, to the journal or to memory; it cannot change or delay them. */

import type { BodySide, CaptureMode } from "../domain/exchange.ts";
import type { ExchangeId } from "../domain/id.ts";
import type { BodyEntry } from "../journal/entry.ts";

/** Where copies go: the journal for `full`, the memory link to the recorder for the other modes. */
export type TapSink = {
  body(entry: BodyEntry): void;
  /** Sends on what is buffered: copies on another channel than the journal must leave before the journal's end entry. */
  flush?(): void;
};

export type Tap = {
  /** Looks at bytes on their way. Cost: one copy into the journal's burst buffer. */
  push(bytes: Uint8Array, atMs: number): void;
  /** Hands over the tail of a body that was too long to be kept whole. */
  close(atMs: number): void;
  /** Bytes that passed, and bytes handed to the sink. */
  readonly passed: number;
  readonly kept: number;
};

/** Bytes of the end of an over-long body that are kept: the final usage of a stream sits there. */
const TAIL_BYTES = 256 * 1024;

export function createTap(options: {
  readonly id: ExchangeId;
  readonly side: BodySide;
  readonly capture: CaptureMode;
  readonly maxBytes: number;
  readonly sink: TapSink;
}): Tap {
  const { id, side, maxBytes, sink } = options;
  let passed = 0;
  let kept = 0;
  let tail: { offset: number; atMs: number; bytes: Uint8Array }[] = [];
  let tailBytes = 0;

  function keep(bytes: Uint8Array, offset: number, atMs: number): void {
    sink.body({ id, side, atMs, offset, bytes });
    kept += bytes.length;
  }

  function keepTail(bytes: Uint8Array, offset: number, atMs: number): void {
    const last = bytes.length > TAIL_BYTES ? bytes.slice(-TAIL_BYTES) : bytes;
    tail.push({ offset: offset + bytes.length - last.length, atMs, bytes: last });
    tailBytes += last.length;
    while (tail.length > 1 && tailBytes - (tail[0]?.bytes.length ?? 0) >= TAIL_BYTES) {
      tailBytes -= tail.shift()?.bytes.length ?? 0;
    }
  }

  return {
    get passed() {
      return passed;
    },
    get kept() {
      return kept;
    },
    push(bytes, atMs) {
      const offset = passed;
      passed += bytes.length;
      const room = maxBytes - offset;
      if (room >= bytes.length) keep(bytes, offset, atMs);
      else if (room > 0) {
        keep(bytes.subarray(0, room), offset, atMs);
        keepTail(bytes.slice(room), offset + room, atMs);
      } else keepTail(bytes, offset, atMs);
    },
    close(atMs) {
      for (const piece of tail) keep(piece.bytes, piece.offset, Math.min(piece.atMs, atMs));
      tail = [];
    },
  };
}
