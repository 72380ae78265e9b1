/** @module Narrowing of foreign values. */

import { expect, test } from "bun:test";

import { parseRecord, toRecord, toRecords, toText } from "../../src/session/json.ts";

test("what does not fit is left out", () => {
  expect(toRecords([{ a: 1 }, null, 7, [1], "x"])).toEqual([{ a: 1 }]);
  expect(toRecords("x")).toEqual([]);
  expect(toRecord([])).toBeUndefined();
  expect(toText("")).toBeUndefined();
});

test("text that is no JSON object is nothing", () => {
  expect(parseRecord(' {"a":1}')).toEqual({ a: 1 });
  for (const text of [undefined, "{", "[1]", "7", "user_x"]) expect(parseRecord(text)).toBeUndefined();
});
