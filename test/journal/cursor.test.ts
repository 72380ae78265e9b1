/** @module Cursors as text: round trip, order, foreign text. */

import { expect, test } from "bun:test";
import { compareCursor, parseCursor, START, toCursor } from "../../src/journal/cursor.ts";

test("a cursor is the text of its positions", () => {
  const log = { epoch: 1_764_000_000_000, index: 2, offset: 4096 };
  const body = { epoch: 1_764_000_000_000, index: 11, offset: 40 };
  expect(parseCursor(toCursor(log, body))).toEqual({ log, body });
});

test("cursors order by epoch, number and offset as numbers", () => {
  const at = (epoch: number, index: number, offset: number): string => toCursor({ epoch, index, offset }, START);
  const ordered = [at(9, 1, 5), at(9, 1, 40), at(9, 2, 7), at(9, 10, 0), at(10, 1, 0)];
  expect(ordered.toReversed().sort(compareCursor)).toEqual(ordered);
  const log = { epoch: 1, index: 1, offset: 1 };
  expect(compareCursor(toCursor(log, START), toCursor(log, log))).toBeLessThan(0);
  expect(compareCursor(toCursor(log, log), toCursor(log, log))).toBe(0);
});

test("foreign text is no cursor and sorts first", () => {
  for (const text of ["", "0", "1-1@1", "1-1@1/1-1@x", "1-1@1/1-1@1/1-1@1"]) expect(parseCursor(text)).toBeUndefined();
  expect(compareCursor("?", toCursor(START, START))).toBeLessThan(0);
  expect(compareCursor("?", "!")).toBe(0);
});
