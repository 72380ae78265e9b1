/** @module Request bodies as values. */

import { expect, test } from "bun:test";
import { gzipSync, zstdCompressSync } from "node:zlib";

import { decodeBody } from "../../src/record/decode.ts";
import { parseRequestJson, readRequestHead } from "../../src/record/request-json.ts";
import { utf8 } from "./entries.ts";

function parse(wire: Uint8Array, encoding?: string, maxBytes = 1000): unknown {
  return parseRequestJson(wire, encoding, decodeBody, maxBytes);
}

test("JSON is parsed, whatever stands before it", () => {
  expect(parse(utf8('{"a":1}'))).toEqual({ a: 1 });
  expect(parse(utf8(" \r\n\t[1]"))).toEqual([1]);
  expect(parse(Uint8Array.of(0xef, 0xbb, 0xbf, ...utf8('{"a":"ü"}')))).toEqual({ a: "ü" });
});

test("encoded JSON is decoded first", () => {
  expect(parse(zstdCompressSync('{"a":1}'), "zstd")).toEqual({ a: 1 });
  expect(parse(gzipSync('{"a":1}'), "gzip")).toEqual({ a: 1 });
});

test("of a body that is too large or cut, its head tells model and stream", () => {
  const large = utf8(`{"model":"m","stream":true,"messages":[{"model":"no","text":"${"x".repeat(2000)}"}]}`);
  expect(parse(large)).toEqual({ model: "m", stream: true });
  expect(readRequestHead(large.subarray(0, 100))).toEqual({ model: "m", stream: true });
  expect(readRequestHead(utf8('{"stream":false,"model":"gpt-5'))).toEqual({ stream: false });
  expect(readRequestHead(utf8('{"messages":[{"model":"no"'))).toBeUndefined();
  expect(readRequestHead(utf8("--boundary"))).toBeUndefined();
});

test("what is no JSON, cut or too large is undefined", () => {
  expect(parse(utf8('{"a":'))).toBeUndefined();
  expect(parse(utf8("--boundary\r\n{}"))).toBeUndefined();
  expect(parse(utf8("123"))).toBeUndefined();
  expect(parse(new Uint8Array())).toBeUndefined();
  expect(parse(utf8(`["${"x".repeat(1000)}"]`))).toBeUndefined();
  expect(parse(gzipSync(`["${"x".repeat(5000)}"]`), "gzip")).toBeUndefined();
  expect(parse(gzipSync('{"a":1}').subarray(0, -9), "gzip")).toBeUndefined();
});
