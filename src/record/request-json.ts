/** @module The request body as a value, for the dialects; of one too large to parse what its head says. */

import { findMember, readMember } from "../http/json-member.ts";
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
  if (!isEncoded && wire.length > maxBytes) return readRequestHead(wire);
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

/** So much of a body that cannot be parsed is looked at for what its head says. */
const HEAD_BYTES = 1024 * 1024;

/**
 * Model and stream of a body of which only the beginning is here, or which is too large to parse; undefined when the
 * first MiB has neither. @param head plain bytes, from the first one on
 */
export function readRequestHead(head: Uint8Array): { readonly model?: string; readonly stream?: boolean } | undefined {
  const bytes = head.subarray(0, HEAD_BYTES);
  if (!startsLikeJson(bytes)) return undefined;
  const read = (name: string): unknown => {
    const member = findMember(bytes, name);
    // A value that ends with the bytes may go on behind them.
    return member === undefined || member.end >= bytes.length ? undefined : readMember(bytes, member);
  };
  const [model, stream] = [read("model"), read("stream")];
  if (typeof model !== "string" && typeof stream !== "boolean") return undefined;
  return {
    ...(typeof model === "string" ? { model } : {}),
    ...(typeof stream === "boolean" ? { stream } : {}),
  };
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
