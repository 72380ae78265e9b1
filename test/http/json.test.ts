/** @module JSON is found in whole, streamed and broken texts, and nothing throws. */

import { describe, expect, test } from "bun:test";

import { JsonArraySplitter, findJsonObject, findJsonString, joinBytes, parseJson } from "../../src/http/json.ts";
import { toBytes } from "../support/bytes.ts";

test("parses JSON and says undefined for what is none", () => {
  expect([parseJson('{"a":1}'), parseJson("null"), parseJson("{a"), parseJson("")]).toEqual([
    { a: 1 },
    null,
    undefined,
    undefined,
  ]);
});

test("joins parts in order", () => {
  expect(joinBytes([Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3)])).toEqual(Uint8Array.of(1, 2, 3));
  expect(joinBytes([])).toEqual(Uint8Array.of());
});

describe("a streamed array", () => {
  const split = (text: string, size = Infinity, maxObjectBytes = 1000) => {
    const found: unknown[] = [];
    let long = 0;
    const onObject = (json: Uint8Array) => found.push(parseJson(new TextDecoder().decode(json)));
    const splitter = new JsonArraySplitter({ onObject, onLongObject: () => (long += 1), maxObjectBytes });
    const bytes = toBytes(text);
    for (let at = 0; at < bytes.length; at += size) splitter.feed(bytes.slice(at, at + size));
    return { found, long, isClosed: splitter.isClosed };
  };

  test.each([Infinity, 1, 3])("gives out its objects as they close, in pieces of %d bytes", (size) => {
    const text = '[{"a":"]}\\"é"}\n,\r\n{"b":[{"c":{}}]}, 1, [{"no":1}], "{}",{}]';
    const found = [{ a: ']}"é' }, { b: [{ c: {} }] }, {}];
    expect(split(text, size)).toEqual({ found, long: 0, isClosed: true });
  });

  test("knows that it is open, skips long objects, and ignores what follows", () => {
    expect(split('[{"a":1},{"b":')).toEqual({ found: [{ a: 1 }], long: 0, isClosed: false });
    expect(split(`[{"a":"${"x".repeat(99)}"},{"b":1}]{"c":1}`, 5, 50)).toEqual({
      found: [{ b: 1 }],
      long: 1,
      isClosed: true,
    });
  });
});

describe("a broken text", () => {
  test("gives up its last whole member", () => {
    const text = '{"usage":{"a":1},"x":"\\"usage\\":{\\"a\\":9}","usage" : {"b":{"c":"}"}},"usage":{"cut":';
    expect(findJsonObject(text, "usage")).toEqual({ b: { c: "}" } });
    expect(findJsonObject(text, "none")).toBeUndefined();
    expect(findJsonObject('"usage":null', "usage")).toBeUndefined();
  });

  test("gives up its first text", () => {
    expect(findJsonString('{"model":null,"model": "a\\"b","model":"c"', "model")).toBe('a"b');
    expect(findJsonString('{"text":"\\"model\\":\\"x\\""', "model")).toBeUndefined();
  });
});
