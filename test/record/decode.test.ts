/** @module Undoing content codings: sound, cut anywhere, damaged, mislabelled, bombs. */

import { describe, expect, test } from "bun:test";
import {
  brotliCompressSync,
  createZstdCompress,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import fc from "fast-check";

import { decodeBody } from "../../src/record/decode.ts";

const MIB = 1024 * 1024;
const encoders = {
  gzip: gzipSync,
  deflate: deflateSync,
  raw: deflateRawSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
} as const;
const names = Object.keys(encoders) as (keyof typeof encoders)[];

function label(name: string): string {
  return name === "raw" ? "deflate" : name;
}

/** Text that does not compress to almost nothing. */
function createText(lines: number): string {
  let state = 7;
  return Array.from({ length: lines }, () => {
    state = Math.imul(state, 1_103_515_245) + 12_345;
    return `event ${state.toString(36)} ${(state ^ 0x5bd1e995).toString(36)}\n`;
  }).join("");
}

test.each(names)("%s is undone whatever the bytes", (name) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
      const decoded = decodeBody(encoders[name](bytes), label(name), MIB);
      expect(Buffer.from(decoded.bytes).equals(Buffer.from(bytes))).toBe(true);
      expect(decoded).toMatchObject({ isWhole: true, warnings: [] });
    }),
    { numRuns: 50 },
  );
});

test.each(["gzip", "deflate", "raw", "br"] as const)("%s cut anywhere gives a true beginning", (name) => {
  const text = createText(2000);
  const wire = encoders[name](text);
  let longest = 0;
  for (let tenth = 1; tenth < 10; tenth++) {
    const decoded = decodeBody(wire.subarray(0, (wire.length * tenth) / 10), label(name), MIB);
    expect(decoded.isWhole).toBe(false);
    expect(text.startsWith(Buffer.from(decoded.bytes).toString("latin1"))).toBe(true);
    longest = decoded.bytes.length;
  }
  expect(longest).toBeGreaterThan(text.length * 0.7);
});

test("a zstd stream that was flushed as it grew is read up to its last whole block", async () => {
  const compress = createZstdCompress();
  const parts: Buffer[] = [];
  compress.on("data", (part: Buffer) => parts.push(part));
  for (let index = 0; index < 20; index++) {
    compress.write(`event ${index}\n`);
    await new Promise<void>((resolve) => {
      compress.flush(() => resolve());
    });
  }
  const wire = Buffer.concat(parts);
  const decoded = decodeBody(wire.subarray(0, wire.length - 3), "zstd", MIB);
  const text = Buffer.from(decoded.bytes).toString();
  expect(text).toStartWith("event 0\nevent 1\n");
  expect(text).toContain("event 17\n");
});

describe("damage", () => {
  test.each(["gzip", "br"] as const)("%s is read up to the broken byte", (name) => {
    const text = createText(4000);
    const wire = Buffer.from(encoders[name](text));
    wire.fill(0xa5, wire.length >> 1, (wire.length >> 1) + 64);
    const decoded = decodeBody(wire, name, MIB);
    expect(decoded.isWhole).toBe(false);
    expect(decoded.warnings).toEqual([`content_encoding_damaged: ${name}`]);
    expect(text.startsWith(Buffer.from(decoded.bytes.subarray(0, text.length / 3)).toString())).toBe(true);
    expect(decoded.bytes.length).toBeGreaterThan(text.length / 3);
  });

  test.each(names)("plain text labelled %s is taken as it is", (name) => {
    const plain = Buffer.from('{"model":"x","usage":{}}');
    const decoded = decodeBody(plain, label(name), MIB);
    expect(Buffer.from(decoded.bytes).toString()).toBe(plain.toString());
    expect(decoded).toMatchObject({ isWhole: true, warnings: [`content_encoding_wrong: ${label(name)}`] });
  });

  test("random bytes under any label never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom("gzip", "deflate", "br", "zstd", "gzip, br", "nonsense"), (b, l) => {
        decodeBody(b, l, MIB);
      }),
    );
  });
});

test.each(names)("a %s bomb gives at least half the cap and never more", (name) => {
  const wire = encoders[name](Buffer.alloc(8 * MIB, "x"));
  const decoded = decodeBody(wire, label(name), MIB);
  expect(decoded.bytes.length).toBeLessThanOrEqual(MIB);
  // Brotli and zstd put megabytes into a few bytes: there may be no prefix that fits.
  if (name !== "br" && name !== "zstd") expect(decoded.bytes.length).toBeGreaterThanOrEqual(MIB / 2);
  expect(decoded.isWhole).toBe(false);
  expect(decoded.warnings.join()).toContain("decoded_size_capped");
});

test("a body that grows far more than text does is bound by its own size, and ordinary ones by the cap alone", () => {
  const bomb = gzipSync(Buffer.alloc(64 * MIB, "x"));
  for (const [wire, coding] of [
    [bomb, "gzip"],
    [gzipSync(bomb), "gzip, gzip"],
  ] as const) {
    const decoded = decodeBody(wire, coding, 256 * MIB);
    expect(decoded.bytes.length).toBeLessThanOrEqual(16 * MIB);
    expect(decoded.warnings.join()).toContain("decoded_size_capped");
  }
  // 20 MiB of which a twentieth is new: no bomb.
  const line = Buffer.alloc(1024, "x");
  const text = Buffer.concat(
    Array.from({ length: 20 * 1024 }, () => [crypto.getRandomValues(Buffer.alloc(51)), line.subarray(51)]).flat(),
  );
  expect(decodeBody(gzipSync(text), "gzip", 256 * MIB)).toMatchObject({ isWhole: true, warnings: [] });
});

test("no coding leaves the bytes alone; one that is unknown gives none", () => {
  const plain = Buffer.from("plain");
  expect(decodeBody(plain, undefined, MIB)).toEqual({ bytes: plain, isWhole: true, warnings: [] });
  expect(decodeBody(plain, "identity", MIB).bytes).toBe(plain);
  expect(decodeBody(plain, "compress", MIB)).toMatchObject({
    isWhole: false,
    warnings: ["content_encoding_unknown: compress"],
  });
  expect(decodeBody(new Uint8Array(), "gzip", MIB)).toMatchObject({ isWhole: true, warnings: [] });
});
