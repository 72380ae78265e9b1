/** @module Bodies are decoded whole, in part when cut, and never beyond the cap. */

import { describe, expect, test } from "bun:test";
import zlib from "node:zlib";
import { decodeBody } from "../../src/api/decode.ts";

// Numbers in a row do not compress to nothing, so a cut in the middle loses something.
const TEXT = Array.from({ length: 20_000 }, (_, index) => index * 7919).join(",");
const CODERS = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: zlib.brotliCompressSync,
  zstd: zlib.zstdCompressSync,
} as const;
const MAX = 1 << 20;

function toText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

describe.each(Object.entries(CODERS))("decodeBody %s", (coding, encode) => {
  test("gives back the whole text", async () => {
    const decoded = await decodeBody(encode(TEXT), coding, MAX);
    expect(toText(decoded.bytes)).toBe(TEXT);
    expect(decoded).toMatchObject({ capped: false });
    expect(decoded.note).toBeUndefined();
  });

  test("stops at the cap", async () => {
    const decoded = await decodeBody(encode("a".repeat(5_000_000)), coding, 1000);
    expect(decoded.bytes.length).toBe(1000);
    expect(decoded.capped).toBe(true);
  });

  test("keeps the head of a body that was cut, and does not throw", async () => {
    const wire = encode(TEXT);
    const decoded = await decodeBody(wire.subarray(0, Math.floor(wire.length * 0.7)), coding, MAX);
    expect(decoded.bytes.length).toBeLessThan(TEXT.length);
    expect(TEXT.startsWith(toText(decoded.bytes))).toBe(true);
  });

  test("tells of bytes that are not in this coding", async () => {
    const decoded = await decodeBody(new TextEncoder().encode(`{"error":"not compressed at all"}`), coding, MAX);
    expect(decoded.note).toContain("could not be decoded");
  });
});

test("undoes several codings, last applied first", async () => {
  const wire = zlib.gzipSync(zlib.brotliCompressSync(TEXT));
  expect(toText((await decodeBody(wire, "br, gzip", MAX)).bytes)).toBe(TEXT);
});

test("reads raw deflate under the name of deflate", async () => {
  expect(toText((await decodeBody(zlib.deflateRawSync(TEXT), "deflate", MAX)).bytes)).toBe(TEXT);
});

test("leaves plain bytes alone and names codings it does not know", async () => {
  const plain = new TextEncoder().encode("hello");
  expect((await decodeBody(plain, undefined, MAX)).bytes).toEqual(plain);
  expect((await decodeBody(plain, "identity", MAX)).bytes).toEqual(plain);
  expect((await decodeBody(plain, "snappy", MAX)).note).toContain("snappy");
});
