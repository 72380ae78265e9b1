/** @module Pieces that wait for their head are bounded in bytes and time, and what is dropped is counted. */

import { expect, test } from "bun:test";

import type { ExchangeId } from "../../src/domain/id.ts";
import { EarlyBodies } from "../../src/record/early-bodies.ts";
import { createId } from "./entries.ts";

function piece(id: ExchangeId, offset: number, size: number) {
  return { id, side: "response", atMs: 0, offset, bytes: new Uint8Array(size) } as const;
}

test("pieces are given out once, in order", () => {
  const early = new EarlyBodies();
  const id = createId();
  early.add(piece(id, 0, 3), 0);
  early.add(piece(id, 3, 4), 0);
  expect(early.take(id).map(({ offset }) => offset)).toEqual([0, 3]);
  expect(early.take(id)).toEqual([]);
});

test("over 64 MiB the exchange that waited longest is dropped", () => {
  const early = new EarlyBodies();
  const ids = [createId(), createId(), createId()] as const;
  for (const id of ids) early.add(piece(id, 0, 30 * 1024 * 1024), 0);
  expect(early.droppedBytes).toBe(30 * 1024 * 1024);
  expect(early.take(ids[0])).toEqual([]);
  expect(early.take(ids[2]).length).toBe(1);
});

test("after ten minutes nobody waits for them any more", () => {
  const early = new EarlyBodies();
  const [old, young] = [createId(), createId()];
  early.add(piece(old, 0, 10), 0);
  early.add(piece(young, 0, 10), 500_000);
  early.dropOld(600_000);
  expect(early.droppedBytes).toBe(10);
  expect(early.take(young).length).toBe(1);
});
