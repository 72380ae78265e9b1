/** @module Which bodies are compressed, and that all come back. */

import { describe, expect, test } from "bun:test";

import { packBody, packChunks, unpackBody, unpackChunks } from "../../../src/store/sqlite/capture-body.ts";

const text = new TextEncoder().encode('data: {"delta":"hello"}\n\n'.repeat(200));
const noise = crypto.getRandomValues(new Uint8Array(50_000));

describe("a body", () => {
  test("is compressed when that saves, and comes back", () => {
    const packed = packBody(text, "text/event-stream");
    expect(packed.compression).toBe("zstd");
    expect(packed.bytes.length).toBeLessThan(text.length / 10);
    expect(new Uint8Array(unpackBody(packed))).toEqual(text);
  });

  test("is left as it is when it is small, noise, or says that it is compressed", () => {
    expect(packBody(text.subarray(0, 100)).compression).toBe("none");
    expect(packBody(noise).compression).toBe("none");
    for (const encoding of ["gzip", "br", "zstd", "deflate", "identity, gzip"]) {
      expect(packBody(text, "text/plain", encoding).compression).toBe("none");
    }
    for (const type of ["image/png", "audio/mpeg", "Video/mp4", "application/zip"]) {
      expect(packBody(text, type).compression).toBe("none");
    }
  });

  test("is compressed under names that mean no compression", () => {
    for (const encoding of ["", "identity", " Identity "]) {
      expect(packBody(text, "text/plain", encoding).compression).toBe("zstd");
    }
    for (const type of ["image/svg+xml", "audio/wav", "application/vnd.amazon.eventstream"]) {
      expect(packBody(text, type).compression).toBe("zstd");
    }
  });

  test("of a megabyte is judged by a sample from its middle", () => {
    const large = new Uint8Array(1_500_000).fill(97);
    expect(packBody(large).compression).toBe("zstd");
    for (let at = 600_000; at < 900_000; at += 50_000) crypto.getRandomValues(large.subarray(at, at + 50_000));
    expect(packBody(large).compression).toBe("none");
  });
});

test("bursts are text when few and a frame when many", () => {
  const few = [[0, 1.5]] as const;
  const many = Array.from({ length: 500 }, (_, index) => [index * 30, index * 20.5] as const);
  expect(packChunks(few)).toBe("[[0,1.5]]");
  expect(packChunks(many)).toBeInstanceOf(Uint8Array);
  expect(unpackChunks(packChunks(few))).toEqual(few);
  expect(unpackChunks(packChunks(many))).toEqual(many);
});
