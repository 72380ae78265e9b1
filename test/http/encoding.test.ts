/** @module Lists of content codings. */

import { expect, test } from "bun:test";

import { parseContentCodings } from "../../src/http/encoding.ts";

test.each([
  ["gzip", ["gzip"], []],
  ["GZIP , Br", ["gzip", "br"], []],
  ["x-gzip,identity,,zstd", ["gzip", "zstd"], []],
  ["identity", [], []],
  ["", [], []],
  ["aws-chunked", [], ["aws-chunked"]],
  ["constructor, deflate", ["deflate"], ["constructor"]],
  ["gzip,gzip,gzip,gzip,gzip", ["gzip", "gzip", "gzip", "gzip"], ["gzip"]],
])("%j", (value, applied, unknown) => {
  expect(parseContentCodings(value)).toEqual({ applied, unknown } as ReturnType<typeof parseContentCodings>);
});

test("no field, no coding", () => {
  expect(parseContentCodings(undefined)).toEqual({ applied: [], unknown: [] });
  expect(parseContentCodings(null)).toEqual({ applied: [], unknown: [] });
});
