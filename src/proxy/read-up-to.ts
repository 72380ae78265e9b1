/** @module A body that is read whole, if it is not too large: its length may be unknown, or a lie. */

import { joinBytes } from "../http/json.ts";

/** Undefined for more than `maxBytes`; the rest is not read then. Rejects as the stream does. */
export async function readUpTo(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body ?? []) {
    size += piece.length;
    if (size > maxBytes) return undefined;
    pieces.push(piece);
  }
  return joinBytes(pieces);
}
