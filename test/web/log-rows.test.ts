/** @module What was loaded stays: live rows join at the top, wait when held, and never double. */

import { expect, test } from "bun:test";
import { toRequestRow } from "../../src/api/rows.ts";
import type { Exchange } from "../../src/domain/exchange.ts";
import { addLive, addOlder, admitWaiting, MAX_WAITING, NO_ROWS } from "../../web/log-rows.ts";
import { sampleExchange } from "../api/sample.ts";

function row(at: number, changes: Partial<Exchange> = {}) {
  const exchange = sampleExchange(at, at * 1000, undefined, { kind: "generation", state: "completed", ...changes });
  return toRequestRow({ ...exchange, rowId: at, changeSeq: at });
}
const ids = (rows: readonly { id: number }[]): number[] => rows.map((one) => one.id);
const loaded = addOlder(NO_ROWS, [row(5), row(4), row(3)]);

test("an older page joins at the end, without doubles", () => {
  expect(ids(addOlder(loaded, [row(3), row(2)]).shown)).toEqual([5, 4, 3, 2]);
});

test("live rows join at the top in order of start", () => {
  expect(ids(addLive(loaded, [row(7), row(6)], false).shown)).toEqual([7, 6, 5, 4, 3]);
});

test("held rows wait and leave the list as it is, until they are let in", () => {
  const held = addLive(addLive(loaded, [row(6)], true), [row(7)], true);
  expect(ids(held.shown)).toEqual([5, 4, 3]);
  expect(ids(held.waiting)).toEqual([7, 6]);
  expect(ids(admitWaiting(held).shown)).toEqual([7, 6, 5, 4, 3]);
  expect(admitWaiting(held).waiting).toEqual([]);
});

test("a change of a known row replaces it where it stands, shown or waiting", () => {
  const held = addLive(loaded, [row(6)], true);
  const changed = addLive(held, [row(4, { state: "failed" }), row(6, { state: "aborted" })], true);
  expect(ids(changed.shown)).toEqual([5, 4, 3]);
  expect(changed.shown[1]?.state).toBe("failed");
  expect(changed.waiting.map((one) => one.state)).toEqual(["aborted"]);
});

test("rows that the statistics do not count stay out", () => {
  const { shown } = addLive(loaded, [row(8, { state: "pending" }), row(9, { kind: "other" })], false);
  expect(ids(shown)).toEqual([5, 4, 3]);
});

test("the late end of a call older than what is loaded belongs to a later page", () => {
  expect(ids(addLive(loaded, [row(1)], false).shown)).toEqual([5, 4, 3]);
});

test("what waits is bounded", () => {
  const many = Array.from({ length: MAX_WAITING + 50 }, (_, index) => row(100 + index));
  expect(addLive(loaded, many, true).waiting).toHaveLength(MAX_WAITING);
});
