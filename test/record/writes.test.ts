/** @module Writes on order: tried again when the store is busy, refused when it stays so, one after the other. */

import { expect, test } from "bun:test";

import type { ObjectSnapshot } from "../../src/domain/stored-object.ts";
import { createWrites, type PriceCommands } from "../../src/record/writes.ts";
import type { ObjectWriter } from "../../src/store/store.ts";

const PUT = { name: "put-object", kind: "route", id: "r", value: 1 } as const;

/** A store of the outside world that is locked for the first so many calls. */
function createStore(locked: number) {
  const calls: string[] = [];
  let left = locked;
  const writer: ObjectWriter = {
    async putObject({ kind, id, value, atMs }) {
      calls.push(`put ${id}`);
      if (left-- > 0) throw Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });
      return { kind, id, value, version: 1, createdAtMs: atMs, changedAtMs: atMs };
    },
    async putObjects(puts) {
      calls.push(`put ${puts.length}`);
    },
    async deleteObject(_kind, id) {
      calls.push(`delete ${id}`);
      return true;
    },
    readObjects: async () => ({ seq: calls.length, objects: [] }),
  };
  const prices: PriceCommands = {
    "refresh-prices": async () => ({ ok: true, value: "refreshed" }),
    // Never done: other writes must not wait for it.
    "backfill-costs": () => new Promise(() => {}),
  };
  const told: ObjectSnapshot[] = [];
  return {
    calls,
    told,
    writes: createWrites({ writer, onObjects: (snapshot) => told.push(snapshot), now: () => 5, prices }),
  };
}

test("a locked store is tried again, in the order of the questions", async () => {
  const { calls, told, writes } = createStore(2);
  const results = await Promise.all([
    writes.execute(PUT),
    writes.execute({ name: "delete-object", kind: "route", id: "r" }),
  ]);
  expect(results.map(({ ok }) => ok)).toEqual([true, true]);
  expect(calls).toEqual(["put r", "put r", "put r", "delete r"]);
  expect(told).toHaveLength(2);
});

test("a store that stays locked is told as unavailable, and nothing is announced", async () => {
  const { told, writes } = createStore(100);
  expect(await writes.execute(PUT)).toMatchObject({ ok: false, code: "unavailable" });
  expect(told).toEqual([]);
});

test("long work about prices is begun at once, and no other write waits for it", async () => {
  const { writes } = createStore(0);
  void writes.execute({ name: "backfill-costs", request: {} });
  expect(await writes.execute(PUT)).toMatchObject({ ok: true });
  expect(await writes.execute({ name: "refresh-prices" })).toEqual({ ok: true, value: "refreshed" });
});
