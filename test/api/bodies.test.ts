/** @module A body is shown as text, with what is missing marked where it is missing. */

import { expect, test } from "bun:test";
import zlib from "node:zlib";
import { toBodyText } from "../../src/api/bodies.ts";
import type { Capture } from "../../src/store/store.ts";
import { toSampleId } from "./sample.ts";

function capture(changes: Partial<Capture>): Capture {
  const bytes = new Uint8Array();
  return {
    exchangeId: toSampleId(0, 1),
    side: "response",
    bytes,
    truncated: false,
    wireBytes: bytes.length,
    ...changes,
  };
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

test("shows a compressed body as text", async () => {
  const bytes = zlib.zstdCompressSync(`{"a":1}`);
  const body = await toBodyText(capture({ bytes, contentEncoding: "zstd", wireBytes: bytes.length }));
  expect(body).toMatchObject({ text: `{"a":1}`, note: null, capped: false, truncated: false });
});

test("marks the gap of a body of which head and tail were kept", async () => {
  const body = await toBodyText(capture({ bytes: encode("headtail"), headBytes: 4, truncated: true, wireBytes: 1008 }));
  expect(body.text).toBe("head\n\n[… 1000 bytes were not kept …]\n\ntail");
});

test("decodes only the head of a compressed body with a gap", async () => {
  const wire = zlib.gzipSync(Array.from({ length: 9000 }, (_, index) => index * 31).join(","));
  const head = wire.subarray(0, 2000);
  const bytes = new Uint8Array([...head, ...wire.subarray(-500)]);
  const body = await toBodyText(
    capture({ bytes, headBytes: 2000, truncated: true, wireBytes: wire.length, contentEncoding: "gzip" }),
  );
  expect(body.text).toStartWith("0,31,62,93");
  expect(body.truncated).toBe(true);
});

test("does not show bytes that are no text", async () => {
  const body = await toBodyText(capture({ bytes: new Uint8Array([0, 1, 2, 255, 254, 0]) }));
  expect(body.text).toBeNull();
  expect(body.note).toContain("not text");
});

test("cuts what is too long to show and says so", async () => {
  const body = await toBodyText(capture({ bytes: encode("x".repeat(500)), wireBytes: 500 }), 100);
  expect(body).toMatchObject({ capped: true, decoded_bytes: 100 });
});
