/** @module Recorded wire bytes to bytes that can be shown: content codings undone, with a cap against bombs. */

import { Readable } from "node:stream";
import zlib from "node:zlib";

export type Decoded = {
  readonly bytes: Uint8Array;
  /** More could have been decoded than `maxBytes`. */
  readonly capped: boolean;
  /** What went wrong, when the bytes are less than the whole. */
  readonly note?: string;
};

/**
 * Undoes the codings of a `content-encoding` field, last applied first. Never throws: what decoded
 * before a fault is kept and the fault is told. At most `maxBytes` are made, at any step.
 */
export async function decodeBody(
  wire: Uint8Array,
  contentEncoding: string | undefined,
  maxBytes: number,
): Promise<Decoded> {
  const codings = (contentEncoding ?? "")
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity")
    .toReversed();
  if (codings.length > 3) return { bytes: new Uint8Array(), capped: false, note: "Too many content codings." };
  let decoded: Decoded = { bytes: wire, capped: false };
  for (const coding of codings) {
    const decoder = createDecoder(coding, decoded.bytes);
    if (decoder === undefined) {
      return { bytes: new Uint8Array(), capped: false, note: `The content coding "${coding}" is not known.` };
    }
    decoded = await drain(decoder, decoded.bytes, maxBytes);
  }
  return decoded.bytes.length > maxBytes
    ? { ...decoded, bytes: decoded.bytes.subarray(0, maxBytes), capped: true }
    : decoded;
}

function createDecoder(coding: string, bytes: Uint8Array): (NodeJS.ReadWriteStream & { destroy(): void }) | undefined {
  // A body cut by an abort or a cap should still show what it has.
  const flush = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return zlib.createGunzip(flush);
    case "deflate":
      // Some servers send raw deflate under this name; zlib's header is told by its first byte.
      return ((bytes[0] ?? 0) & 0x0f) === 8 ? zlib.createInflate(flush) : zlib.createInflateRaw(flush);
    case "br":
      return zlib.createBrotliDecompress({ finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH });
    case "zstd":
      return zlib.createZstdDecompress({ finishFlush: zlib.constants.ZSTD_e_flush });
    default:
      return undefined;
  }
}

async function drain(
  decoder: NodeJS.ReadWriteStream & { destroy(): void },
  wire: Uint8Array,
  maxBytes: number,
): Promise<Decoded> {
  const parts: Uint8Array[] = [];
  let size = 0;
  let capped = false;
  let note: string | undefined;
  try {
    for await (const chunk of Readable.from([wire]).pipe(decoder)) {
      // A zlib stream without an encoding yields Buffers only.
      const part = chunk as Uint8Array;
      parts.push(part);
      size += part.length;
      if (size > maxBytes) {
        capped = true;
        break;
      }
    }
  } catch (error) {
    note = `The body could not be decoded to its end (${error instanceof Error ? error.message : "fault"}).`;
  } finally {
    decoder.destroy();
  }
  const bytes = new Uint8Array(Buffer.concat(parts)).subarray(0, maxBytes);
  return { bytes, capped, ...(note === undefined ? {} : { note }) };
}
