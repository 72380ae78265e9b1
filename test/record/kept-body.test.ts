/** @module What is kept of a body, for any pieces, gaps and limits. */

import { expect, test } from "bun:test";
import fc from "fast-check";

import { KeptBody } from "../../src/record/kept-body.ts";

function fill(from: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => (from + index) % 251);
}

test("within the limit every byte is kept, in any pieces", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 20 }), (sizes) => {
      const body = new KeptBody(200_000);
      let offset = 0;
      for (const size of sizes) {
        body.add(offset, fill(offset, size));
        offset += size;
      }
      expect(body).toMatchObject({ isWhole: true, missingBytes: 0, endOffset: offset });
      expect(Buffer.from(body.take(200_000).bytes).equals(fill(0, offset))).toBe(true);
    }),
  );
});

test("beyond the limit head and tail halves are kept, and memory stays near the limit", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 2, max: 3000 }), (piece, limit) => {
      const body = new KeptBody(limit);
      const total = 8000 - (8000 % piece);
      let most = 0;
      for (let at = 0; at < total; at += piece) {
        body.add(at, fill(at, piece));
        most = Math.max(most, body.heldBytes);
      }
      if (total <= limit) return;
      const { bytes, headBytes } = body.take(limit);
      const head = Math.ceil(limit / 2);
      expect(headBytes).toBe(head);
      expect(bytes.length).toBe(limit);
      expect(Buffer.from(bytes.subarray(0, head)).equals(fill(0, head))).toBe(true);
      expect(Buffer.from(bytes.subarray(head)).equals(fill(total - (limit - head), limit - head))).toBe(true);
      expect(most).toBeLessThanOrEqual(Math.max(4096, limit * 4) + limit + 2 * piece);
    }),
  );
});

test("a gap splits head from tail and is counted; late and repeated bytes are not", () => {
  const body = new KeptBody(1000);
  body.add(0, fill(0, 10));
  body.add(5, fill(5, 10));
  body.add(30, fill(30, 10));
  body.add(15, fill(15, 15));
  expect(body).toMatchObject({ isWhole: false, missingBytes: 15, endOffset: 40 });
  expect(Buffer.from(body.readHead()).equals(fill(0, 15))).toBe(true);
  const { bytes, headBytes } = body.take(1000);
  expect(headBytes).toBe(15);
  expect(Buffer.from(bytes).equals(Buffer.concat([fill(0, 15), fill(30, 10)]))).toBe(true);
});

test("a limit of nothing holds nothing but knows the size", () => {
  const body = new KeptBody(0);
  for (let at = 0; at < 1000; at += 10) body.add(at, fill(at, 10));
  expect(body.endOffset).toBe(1000);
  expect(body.heldBytes).toBeLessThan(100);
  expect(body.take(0).bytes.length).toBe(0);
});

test("cutting gives memory back and later pieces stay within it", () => {
  const body = new KeptBody(Number.POSITIVE_INFINITY);
  body.add(0, fill(0, 100_000));
  body.cut(1000);
  expect(body.heldBytes).toBeLessThanOrEqual(1000);
  body.add(100_000, fill(100_000, 10));
  const { bytes, headBytes } = body.take(5000);
  expect({ length: bytes.length, headBytes }).toEqual({ length: 1000, headBytes: 500 });
  expect(Buffer.from(bytes.subarray(-10)).equals(fill(100_000, 10))).toBe(true);
});
