/** @module What coding an answer has by its first bytes, for records that keep no header fields. */

/** Content coding by its magic number; brotli has none. */
export function sniffContentEncoding(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8) return "gzip";
  if (bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd) return "zstd";
  return undefined;
}
