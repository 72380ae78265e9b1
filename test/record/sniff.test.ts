/** @module Guesses by magic numbers. */

import { expect, test } from "bun:test";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";

import { sniffContentEncoding } from "../../src/record/sniff.ts";

test("gzip and zstd are known by their magic, brotli cannot be", () => {
  expect(sniffContentEncoding(gzipSync("x"))).toBe("gzip");
  expect(sniffContentEncoding(zstdCompressSync("x"))).toBe("zstd");
  expect(sniffContentEncoding(brotliCompressSync("x"))).toBeUndefined();
  expect(sniffContentEncoding(new Uint8Array())).toBeUndefined();
});
