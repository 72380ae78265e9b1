/** @module Undoes the content codings of a kept body for reading: cut and damaged streams too, never more than a cap. */

import {
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from "node:zlib";
import { type ContentCoding, parseContentCodings } from "../http/encoding.ts";

export type DecodedBody = {
  readonly bytes: Uint8Array;
  /** False when the bytes stop before the body's end: the stream was cut, damaged, or larger than the cap. */
  readonly isWhole: boolean;
  readonly warnings: readonly string[];
};

/** Decoder of a body; the assembler takes it as a parameter so that it stays free of IO. */
export type DecodeBody = (wire: Uint8Array, contentEncoding: string | undefined, maxBytes: number) => DecodedBody;

const EMPTY = new Uint8Array(0);

/** Text of models shrinks to a tenth at best; what grows far more than that is a bomb, whatever the cap leaves room for. */
const MOST_GROWTH = 100;
const ALWAYS_BYTES = 16 * 1024 * 1024;

/** Never throws. Cost: one pass for sound bodies; about ten for damaged ones, to find how far they are sound. */
export const decodeBody: DecodeBody = (wire, contentEncoding, maxBytes) => {
  const codings = parseContentCodings(contentEncoding);
  if (codings.unknown.length > 0) {
    return { bytes: EMPTY, isWhole: false, warnings: [`content_encoding_unknown: ${codings.unknown.join(", ")}`] };
  }
  const boundBytes = Math.min(maxBytes, Math.max(ALWAYS_BYTES, wire.length * MOST_GROWTH));
  let bytes = wire;
  let isWhole = true;
  const warnings: string[] = [];
  for (const coding of codings.applied.toReversed()) {
    const step = undo(coding, bytes, boundBytes);
    bytes = step.bytes;
    isWhole &&= step.isWhole;
    warnings.push(...step.warnings);
  }
  return { bytes, isWhole, warnings };
};

type Decoder = (bytes: Uint8Array, options: { finishFlush?: number; maxOutputLength: number }) => Uint8Array;

type Attempt =
  | { readonly kind: "decoded"; readonly bytes: Uint8Array }
  | { readonly kind: "cut" | "damaged" | "too-large" };

function undo(coding: ContentCoding, wire: Uint8Array, maxBytes: number): DecodedBody {
  if (wire.length === 0) return { bytes: wire, isWhole: true, warnings: [] };
  const whole = attempt(coding, wire, maxBytes, false);
  if (whole.kind === "decoded") return { bytes: whole.bytes, isWhole: true, warnings: [] };
  if (whole.kind === "cut") {
    const partial = attempt(coding, wire, maxBytes, true);
    if (partial.kind === "decoded") return { bytes: partial.bytes, isWhole: false, warnings: [] };
  }
  const isTooLarge = whole.kind === "too-large";
  const bytes = findSoundPrefix(coding, wire, maxBytes, isTooLarge ? maxBytes / 2 : Number.POSITIVE_INFINITY);
  if (isTooLarge) return { bytes, isWhole: false, warnings: [`decoded_size_capped: only ${bytes.length} bytes read`] };
  // Nothing decodes: the label is wrong, and the bytes are most likely plain.
  if (bytes.length === 0) return { bytes: wire, isWhole: true, warnings: [`content_encoding_wrong: ${coding}`] };
  return { bytes, isWhole: false, warnings: [`content_encoding_damaged: ${coding}`] };
}

/**
 * The synchronous decoders give all or nothing, so the longest prefix of the wire bytes that decodes is searched.
 * For a bomb a result of half the cap will do.
 */
function findSoundPrefix(coding: ContentCoding, wire: Uint8Array, maxBytes: number, enoughBytes: number): Uint8Array {
  let best: Uint8Array = EMPTY;
  let sound = 0;
  let unsound = wire.length;
  const step = Math.max(16, wire.length >> 12);
  while (unsound - sound > step && best.length < enoughBytes) {
    const middle = (sound + unsound) >> 1;
    const tried = attempt(coding, wire.subarray(0, middle), maxBytes, true);
    if (tried.kind === "decoded") {
      best = tried.bytes;
      sound = middle;
    } else unsound = middle;
  }
  return best;
}

function attempt(coding: ContentCoding, wire: Uint8Array, maxBytes: number, isCut: boolean): Attempt {
  const { decoder, flush } = toDecoder(coding, wire);
  try {
    const bytes = decoder(wire, { maxOutputLength: maxBytes, ...(isCut ? { finishFlush: flush } : {}) });
    return { kind: "decoded", bytes };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ERR_BUFFER_TOO_LARGE") return { kind: "too-large" };
    return { kind: code === "Z_BUF_ERROR" ? "cut" : "damaged" };
  }
}

function toDecoder(coding: ContentCoding, wire: Uint8Array): { readonly decoder: Decoder; readonly flush: number } {
  switch (coding) {
    case "gzip":
      return { decoder: gunzipSync, flush: constants.Z_SYNC_FLUSH };
    case "deflate":
      return { decoder: isZlib(wire) ? inflateSync : inflateRawSync, flush: constants.Z_SYNC_FLUSH };
    case "br":
      return { decoder: brotliDecompressSync, flush: constants.BROTLI_OPERATION_FLUSH };
    case "zstd":
      return { decoder: zstdDecompressSync, flush: constants.ZSTD_e_flush };
  }
}

/** The name means zlib (RFC 9110 §8.4.1.2), but some servers send raw deflate; the zlib header has a check of its own. */
function isZlib(wire: Uint8Array): boolean {
  const [first = 0, second = 0] = wire;
  return (first & 0x0f) === 8 && (wire.length < 2 || (first * 256 + second) % 31 === 0);
}
