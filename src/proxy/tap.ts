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

/** Bytes of the end of an over-long body that are kept: the final usage of a stream sits there. */
const TAIL_BYTES = 256 * 1024;

export type TapOptions = {
  readonly id: ExchangeId;
  readonly side: BodySide;
  readonly capture: CaptureMode;
  readonly maxBytes: number;
  readonly sink: TapSink;
};

type TailPiece = { readonly offset: number; readonly atMs: number; readonly bytes: Uint8Array };

/** One side of an exchange. */
export class Tap {
  readonly #options: TapOptions;
  #passed = 0;
  #kept = 0;
  #tail: TailPiece[] | undefined;
  #tailBytes = 0;

  constructor(options: TapOptions) {
    this.#options = options;
  }

  /** Bytes that passed. */
  get passed(): number {
    return this.#passed;
  }

  /** Bytes handed to the sink. */
  get kept(): number {
    return this.#kept;
  }

  /** Looks at bytes on their way. Cost: one copy into the journal's burst buffer. */
  push(bytes: Uint8Array, atMs: number): void {
    const offset = this.#passed;
    this.#passed += bytes.length;
    const room = this.#options.maxBytes - offset;
    if (room >= bytes.length) this.#keep(bytes, offset, atMs);
    else if (room > 0) {
      this.#keep(bytes.subarray(0, room), offset, atMs);
      this.#keepTail(bytes.slice(room), offset + room, atMs);
    } else this.#keepTail(bytes, offset, atMs);
  }

  /** Hands over the tail of a body that was too long to be kept whole. */
  close(atMs: number): void {
    for (const piece of this.#tail ?? []) this.#keep(piece.bytes, piece.offset, Math.min(piece.atMs, atMs));
    this.#tail = undefined;
  }

  #keep(bytes: Uint8Array, offset: number, atMs: number): void {
    const { id, side, sink } = this.#options;
    sink.body({ id, side, atMs, offset, bytes });
    this.#kept += bytes.length;
  }

  #keepTail(bytes: Uint8Array, offset: number, atMs: number): void {
    const tail = (this.#tail ??= []);
    const last = bytes.length > TAIL_BYTES ? bytes.slice(-TAIL_BYTES) : bytes;
    tail.push({ offset: offset + bytes.length - last.length, atMs, bytes: last });
    this.#tailBytes += last.length;
    while (tail.length > 1 && this.#tailBytes - (tail[0]?.bytes.length ?? 0) >= TAIL_BYTES) {
      this.#tailBytes -= tail.shift()?.bytes.length ?? 0;
    }
  }
}
