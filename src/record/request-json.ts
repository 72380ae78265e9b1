/** @module The request body as a value, for the dialects; undefined when it is no JSON or too large to parse. */

import type { DecodeBody } from "./decode.ts";

const decoder = new TextDecoder("utf-8");

/** @param maxBytes bound of the decoded size */
export function parseRequestJson(
  wire: Uint8Array,
  contentEncoding: string | undefined,
  decode: DecodeBody,
  maxBytes: number,
): unknown {
  if (wire.length === 0) return undefined;
  const isEncoded = contentEncoding !== undefined && contentEncoding !== "";
  if (!isEncoded && wire.length > maxBytes) return undefined;
  const decoded = isEncoded ? decode(wire, contentEncoding, maxBytes) : undefined;
  if (decoded?.isWhole === false) return undefined;
  const bytes = decoded?.bytes ?? wire;
  if (!startsLikeJson(bytes)) return undefined;
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

/** Saves decoding megabytes of images and forms only to fail; the label is not trusted. */
function startsLikeJson(bytes: Uint8Array): boolean {
  for (const byte of bytes) {
    if (byte === 0x7b || byte === 0x5b) return true;
    const isSpaceOrMark =
      byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xef || byte === 0xbb || byte === 0xbf;
    if (!isSpaceOrMark) return false;
  }
  return false;
}
