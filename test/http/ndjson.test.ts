/** @module One value per line, wherever the bytes were split. */

import { expect, test } from "bun:test";

import { NdjsonParser } from "../../src/http/ndjson.ts";
import { toBytes } from "../support/bytes.ts";

function parse(text: string, size = Infinity, maxLineBytes?: number) {
  const values: unknown[] = [];
  const invalid: string[] = [];
  let oversize = 0;
  const parser = new NdjsonParser({
    onValue: (value) => values.push(value),
    onInvalid: (line) => invalid.push(new TextDecoder().decode(line)),
    onOversize: () => (oversize += 1),
    ...(maxLineBytes === undefined ? {} : { maxLineBytes }),
  });
  const bytes = toBytes(text);
  for (let at = 0; at < bytes.length; at += size) parser.feed(bytes.slice(at, at + size));
  parser.end();
  return { values, invalid, oversize };
}

test("reads values across any split, CRLF, blank lines and a last line without an end", () => {
  const text = '{"a":"é🙂"}\r\n\n  \n[1]\n{"b":2}';
  const wanted = { values: [{ a: "é🙂" }, [1], { b: 2 }], invalid: [], oversize: 0 };
  expect(parse(text)).toEqual(wanted);
  expect(parse(text, 1)).toEqual(wanted);
});

test("tells of lines that are no JSON and of lines over the bound, and reads on", () => {
  expect(parse('{"a":\n{"b":1}\n')).toEqual({ values: [{ b: 1 }], invalid: ['{"a":'], oversize: 0 });
  expect(parse(`{"a":"${"x".repeat(99)}"}\n{"b":1}\n`, 4, 50)).toEqual({
    values: [{ b: 1 }],
    invalid: [],
    oversize: 1,
  });
});
