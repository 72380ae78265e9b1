/** @module One journal entry as bytes: length, checksum, type, exchange id, sequence number and payload. */

import { crc32 } from "node:zlib";
import { fromIdBytes, writeIdBytes } from "../domain/id.ts";
import type { BodyEntry, JournalEntry } from "./entry.ts";

/*
 * Little-endian. The checksum covers everything after itself, so a wrong length shows as a wrong checksum.
 *   0 u32 length of what follows the checksum   4 u32 crc32
 *   8 u8 type   9 u8 flags (0)   10 exchange id, 16 bytes   26 u64 sequence number   34 payload
 * Body payload: u8 side, f64 atMs, f64 offset, bytes. Every other payload: JSON of the value.
 */
const PREFIX_BYTES = 8;
const PAYLOAD_AT = 34;
const BODY_BYTES_AT = PAYLOAD_AT + 17;
const TWO_32 = 2 ** 32;

/** Bytes a body frame has beyond the body bytes. */
export const BODY_FRAME_OVERHEAD_BYTES = BODY_BYTES_AT;

/** Largest frame a reader accepts; a longer length is damage. */
export const MAX_FRAME_BYTES = 1024 * 1024;

/** Memory frames are written to and read from; the view is kept because making one costs more than using it. */
export type FrameMemory = { readonly bytes: Buffer; readonly view: DataView };

/** What a frame says of itself without its payload being parsed. */
export type FrameFacts = {
  readonly type: JournalEntry["type"] | undefined;
  readonly seq: number;
  readonly frameBytes: number;
};

/** `incomplete` = more bytes are needed; `corrupt` carries the claimed size when it is plausible. Body bytes are a view into the memory. */
export type DecodedFrame =
  | { readonly kind: "incomplete" }
  | { readonly kind: "corrupt"; readonly frameBytes?: number }
  | { readonly kind: "entry"; readonly entry: JournalEntry; readonly frameBytes: number };

const TYPES = [undefined, "epoch", "head", "response-head", "body", "end"] as const;
const TYPE_CODES = { epoch: 1, head: 2, "response-head": 3, body: 4, end: 5 } as const;
const SIDES = ["request", "response", "client-response"] as const;
const SIDE_CODES = { request: 0, response: 1, "client-response": 2 } as const;
const INCOMPLETE: DecodedFrame = { kind: "incomplete" };

/** Memory for frames. @param capacityBytes fixed size */
export function createFrameMemory(capacityBytes: number): FrameMemory {
  const bytes = Buffer.from(new ArrayBuffer(capacityBytes));
  return toFrameMemory(bytes);
}

/** Frame memory over bytes that exist already. */
export function toFrameMemory(bytes: Uint8Array): FrameMemory {
  return {
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  };
}

/** Writes an entry at `offset` and returns the bytes used; 0 when it does not fit. Allocates nothing for body bytes. */
export function encodeEntry(entry: JournalEntry, memory: FrameMemory, offset: number): number {
  const { bytes, view } = memory;
  const payloadAt = offset + PAYLOAD_AT;
  const payloadBytes =
    entry.type === "body" ? writeBody(entry.value, memory, payloadAt) : writeJson(entry.value, memory, payloadAt);
  if (payloadBytes < 0) return 0;

  const frameBytes = PAYLOAD_AT + payloadBytes;
  bytes[offset + 8] = TYPE_CODES[entry.type];
  bytes[offset + 9] = 0;
  if (entry.type === "epoch") bytes.fill(0, offset + 10, offset + 26);
  else writeIdBytes(entry.value.id, bytes, offset + 10);
  view.setUint32(offset + 26, entry.seq >>> 0, true);
  view.setUint32(offset + 30, Math.floor(entry.seq / TWO_32), true);
  view.setUint32(offset, frameBytes - PREFIX_BYTES, true);
  view.setUint32(offset + 4, crc32(bytes.subarray(offset + PREFIX_BYTES, offset + frameBytes)), true);
  return frameBytes;
}

/** Reads the frame at `offset`, seeing bytes up to `end`. Never throws on foreign bytes. */
export function decodeEntry(memory: FrameMemory, offset: number, end: number): DecodedFrame {
  const { bytes, view } = memory;
  if (offset + 4 > end) return INCOMPLETE;
  const frameBytes = PREFIX_BYTES + view.getUint32(offset, true);
  if (frameBytes < PAYLOAD_AT || frameBytes > MAX_FRAME_BYTES) return { kind: "corrupt" };
  if (offset + frameBytes > end) return INCOMPLETE;
  const expected = view.getUint32(offset + 4, true);
  if (crc32(bytes.subarray(offset + PREFIX_BYTES, offset + frameBytes)) !== expected) {
    return { kind: "corrupt", frameBytes };
  }
  const { type, seq } = readFrameFacts(memory, offset);
  const value =
    type === "body" ? readBody(memory, offset, frameBytes) : readJson(bytes, offset + PAYLOAD_AT, offset + frameBytes);
  if (type === undefined || value === undefined) return { kind: "corrupt", frameBytes };
  // The checksum proves these are bytes encodeEntry wrote, so type and value belong together.
  return { kind: "entry", entry: { type, seq, value } as JournalEntry, frameBytes };
}

/** Type, sequence number and size of a frame known to be whole. */
export function readFrameFacts(memory: FrameMemory, offset: number): FrameFacts {
  const { bytes, view } = memory;
  return {
    type: TYPES[bytes[offset + 8] ?? 0],
    seq: view.getUint32(offset + 26, true) + view.getUint32(offset + 30, true) * TWO_32,
    frameBytes: PREFIX_BYTES + view.getUint32(offset, true),
  };
}

/** Where the last whole frame ends within the first `end` bytes of memory that begins with a frame. */
export function findWholeFramesEnd(memory: FrameMemory, end: number): number {
  let at = 0;
  while (at + PREFIX_BYTES <= end) {
    const next = at + PREFIX_BYTES + memory.view.getUint32(at, true);
    if (next > end) break;
    at = next;
  }
  return at;
}

function writeBody(body: BodyEntry, { bytes, view }: FrameMemory, at: number): number {
  const size = 17 + body.bytes.byteLength;
  if (at + size > bytes.byteLength) return -1;
  bytes[at] = SIDE_CODES[body.side];
  view.setFloat64(at + 1, body.atMs, true);
  view.setFloat64(at + 9, body.offset, true);
  bytes.set(body.bytes, at + 17);
  return size;
}

function readBody({ bytes, view }: FrameMemory, offset: number, frameBytes: number): BodyEntry | undefined {
  if (frameBytes < BODY_BYTES_AT) return undefined;
  const at = offset + PAYLOAD_AT;
  return {
    id: fromIdBytes(bytes, offset + 10),
    side: SIDES[bytes[at] ?? 0] ?? "response",
    atMs: view.getFloat64(at + 1, true),
    offset: view.getFloat64(at + 9, true),
    bytes: bytes.subarray(offset + BODY_BYTES_AT, offset + frameBytes),
  };
}

function writeJson(value: object, { bytes }: FrameMemory, at: number): number {
  const json = JSON.stringify(value);
  const room = bytes.byteLength - at;
  // A UTF-16 unit needs at most three bytes, so most entries skip the exact count.
  if (json.length * 3 > room && Buffer.byteLength(json) > room) return -1;
  return bytes.write(json, at, "utf8");
}

function readJson(bytes: Buffer, from: number, to: number): unknown {
  try {
    return JSON.parse(bytes.toString("utf8", from, to));
  } catch {
    return undefined;
  }
}
