/** @module Frames of the AWS event stream (`application/vnd.amazon.eventstream`) out of bytes, checksums verified. */

import { joinBytes } from "./json.ts";

export type EventStreamMessage = {
  /** Headers with text values, by name: `:event-type`, `:message-type`… */
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Uint8Array;
};

export type EventStreamOptions = {
  readonly onMessage: (message: EventStreamMessage) => void;
  /** What is wrong with the bytes, in words; after `broken prelude` nothing more is read. */
  readonly onProblem?: (problem: string) => void;
  readonly maxFrameBytes?: number;
};

/** AWS's own limit: 16 MiB of payload, 128 KiB of headers. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024 + 128 * 1024 + 16;
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;

const decoder = new TextDecoder();

/** Incremental: bytes may be split anywhere. Holds one frame at most. */
export class EventStreamDecoder {
  readonly #options: EventStreamOptions;
  readonly #maxFrameBytes: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** Size of the frame at hand once its prelude is known. */
  #frameBytes = 0;
  #bytesToSkip = 0;
  #isBroken = false;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#maxFrameBytes = options.maxFrameBytes ?? MAX_FRAME_BYTES;
  }

  /** True while a frame has begun and not ended. */
  get isInFrame(): boolean {
    return this.#heldBytes > 0 || this.#bytesToSkip > 0;
  }

  feed(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0 && !this.#isBroken) {
      if (this.#bytesToSkip > 0) {
        const skipped = Math.min(this.#bytesToSkip, rest.length);
        this.#bytesToSkip -= skipped;
        rest = rest.subarray(skipped);
      } else {
        rest = this.#takePiece(rest);
      }
    }
  }

  /** Takes what the prelude, or else the frame, still needs; returns what is left. */
  #takePiece(bytes: Uint8Array): Uint8Array {
    const wanted = (this.#frameBytes === 0 ? PRELUDE_BYTES : this.#frameBytes) - this.#heldBytes;
    if (bytes.length < wanted) {
      this.#held.push(bytes.slice());
      this.#heldBytes += bytes.length;
      return bytes.subarray(bytes.length);
    }
    this.#held.push(bytes.subarray(0, wanted));
    const joined = joinBytes(this.#held);
    if (this.#frameBytes === 0) {
      this.#held = [joined.slice()];
      this.#heldBytes = joined.length;
      this.#takePrelude(joined);
    } else {
      this.#held = [];
      this.#heldBytes = 0;
      this.#frameBytes = 0;
      this.#takeFrame(joined);
    }
    return bytes.subarray(wanted);
  }

  #takePrelude(prelude: Uint8Array): void {
    const view = new DataView(prelude.buffer, prelude.byteOffset, prelude.length);
    const frameBytes = view.getUint32(0);
    const headerBytes = view.getUint32(4);
    const isSound =
      crc32(prelude.subarray(0, 8)) === view.getUint32(8) && frameBytes >= PRELUDE_BYTES + CHECKSUM_BYTES + headerBytes;
    if (!isSound) {
      this.#isBroken = true;
      this.#held = [];
      this.#heldBytes = 0;
      this.#options.onProblem?.("broken prelude");
    } else if (frameBytes > this.#maxFrameBytes) {
      this.#held = [];
      this.#heldBytes = 0;
      this.#bytesToSkip = frameBytes - PRELUDE_BYTES;
      this.#options.onProblem?.("frame too long");
    } else {
      this.#frameBytes = frameBytes;
    }
  }

  #takeFrame(frame: Uint8Array): void {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    const end = frame.length - CHECKSUM_BYTES;
    if (crc32(frame.subarray(0, end)) !== view.getUint32(end)) {
      this.#options.onProblem?.("frame with a wrong checksum");
      return;
    }
    const payloadStart = PRELUDE_BYTES + view.getUint32(4);
    const { onMessage } = this.#options;
    onMessage({
      headers: parseHeaders(frame.subarray(PRELUDE_BYTES, payloadStart)),
      payload: frame.subarray(payloadStart, end),
    });
  }
}

/** Bytes of a header value by its type number; text (7) and blobs (6) carry their length. */
const VALUE_BYTES: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };
const BLOB = 6;
const TEXT = 7;

function parseHeaders(bytes: Uint8Array): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 1 + view.getUint8(at);
    if (nameEnd + 1 > bytes.length) break;
    const name = decoder.decode(bytes.subarray(at + 1, nameEnd));
    const type = view.getUint8(nameEnd);
    at = nameEnd + 1;
    if (type === BLOB || type === TEXT) {
      if (at + 2 > bytes.length) break;
      const valueEnd = at + 2 + view.getUint16(at);
      if (valueEnd > bytes.length) break;
      if (type === TEXT) headers.set(name, decoder.decode(bytes.subarray(at + 2, valueEnd)));
      at = valueEnd;
    } else {
      const length = VALUE_BYTES[type];
      if (length === undefined) break;
      at += length;
    }
  }
  return headers;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 (ISO 3309), as unsigned. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let at = 0; at < bytes.length; at++) {
    crc = (CRC_TABLE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
