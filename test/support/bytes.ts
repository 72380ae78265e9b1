/** @module Bytes for tests: joining, hashing, and bodies of any size that are never held. */

/** Text becomes UTF-8; bytes stay as they are. */
export function toBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === "string" ? new TextEncoder().encode(value) : value;
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

/** Position of `needle` at or after `from`, or -1. */
export function indexOfBytes(bytes: Uint8Array, needle: string, from = 0): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(needle, from, "latin1");
}

const PATTERN_BYTES = 64 * 1024;
/** No period divides a power of two, so a lost or doubled block changes the hash. */
const PATTERN = Uint8Array.from({ length: PATTERN_BYTES }, (_, i) => (i * 31 + (i >> 8) * 7) % 251);

/** Pieces of a body of `totalBytes`, the same bytes at each call, 64 KiB at a time and never held whole. */
export function* patternPieces(totalBytes: number): Generator<Uint8Array> {
  const block = new Uint8Array(PATTERN);
  for (let at = 0, serial = 0; at < totalBytes; at += PATTERN_BYTES, serial++) {
    new DataView(block.buffer).setUint32(0, serial);
    yield block.slice(0, Math.min(PATTERN_BYTES, totalBytes - at));
  }
}

/** Hash of the whole body that `patternPieces(totalBytes)` makes. */
export function patternSha256(totalBytes: number): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const piece of patternPieces(totalBytes)) hasher.update(piece);
  return hasher.digest("hex");
}
