/** @module Batches against a store that refuses: what waits, what is stored bare, what is counted. */

import { expect, test } from "bun:test";

import type { Exchange } from "../../src/domain/exchange.ts";
import { Batch } from "../../src/record/batch.ts";
import type { ExchangeBatch, StoreWriter } from "../../src/store/store.ts";
import { entriesOf, createId } from "./entries.ts";
import { JSON_ANSWER, setUp } from "./play.ts";

function finished() {
  const { assembler } = setUp();
  for (const entry of entriesOf(createId(), { answer: [JSON_ANSWER] })) assembler.push(entry, "1", 0);
  const [first] = assembler.takeFinished();
  if (first === undefined) throw new Error("nothing finished");
  return first;
}

/** A store of the outside world that answers as `refuse` says. */
function createStore(refuse: (batch: ExchangeBatch) => Error | undefined) {
  const rows: Exchange[] = [];
  const cursors: string[] = [];
  const writer: StoreWriter = {
    async write(batch) {
      const error = refuse(batch);
      if (error !== undefined) throw error;
      rows.push(...batch.exchanges);
      if (batch.cursor !== undefined) cursors.push(batch.cursor);
    },
    readCursor: async () => cursors.at(-1),
    findState: async () => undefined,
    findSessionKeys: async () => [],
    trimSessionKeys: async () => 0,
    listRepricable: async () => ({ rows: [] }),
    trimCaptures: async () => 0,
    close: async () => {},
  };
  const stop = new AbortController();
  const batch = new Batch({ writer, nowMs: () => 5, signal: stop.signal, retryMs: 1, maxRetryMs: 2, maxRows: 3 });
  return { rows, cursors, batch, stop };
}

test("the newest row of an exchange takes the place of an older one", async () => {
  const { rows, batch } = createStore(() => undefined);
  const [first, second] = [finished(), finished()];
  batch.add({ exchange: { ...first.exchange, state: "pending" }, captures: [] });
  batch.add(second);
  batch.add(first);
  expect(await batch.write("c")).toBe(true);
  expect(rows).toEqual([second.exchange, first.exchange]);
  expect(batch.stats).toMatchObject({ committedExchanges: 2, lastCommitAtMs: 5 });
  expect(batch.isEmpty).toBe(true);
});

test("is full by rows and by bytes", () => {
  const { batch } = createStore(() => undefined);
  batch.add(finished());
  expect(batch.isFull).toBe(false);
  batch.add(finished());
  batch.add(finished());
  expect(batch.isFull).toBe(true);
});

test("one row the store cannot take does not hold up the others", async () => {
  const rows = [finished(), finished(), finished()];
  const bad = rows[1]?.exchange.id;
  const {
    rows: stored,
    cursors,
    batch,
  } = createStore(({ exchanges }) => {
    const hit = exchanges.find(({ id }) => id === bad);
    return hit === undefined || hit.requestHeaders.length === 0 ? undefined : new TypeError("cannot bind this");
  });
  for (const row of rows) batch.add(row);
  expect(await batch.write("c")).toBe(true);
  expect(stored.map(({ id }) => id)).toEqual(rows.map(({ exchange }) => exchange.id));
  expect(stored[1]?.warnings.join()).toContain("store_refused");
  expect(cursors).toEqual(["c"]);
  expect(batch.stats).toMatchObject({ bareRows: 1, refusedRows: 0, storeErrors: 3, retriedWrites: 1 });
});

test("a row refused even bare is counted, not hidden", async () => {
  const rows = [finished(), finished()];
  const bad = rows[0]?.exchange.id;
  const refusal = Object.assign(new Error("constraint failed"), { code: "SQLITE_CONSTRAINT_CHECK" });
  const { rows: stored, batch } = createStore(({ exchanges }) =>
    exchanges.some(({ id }) => id === bad) ? refusal : undefined,
  );
  for (const row of rows) batch.add(row);
  expect(await batch.write("c")).toBe(true);
  expect(stored.map(({ id }) => id)).toEqual([rows[1]?.exchange.id as never]);
  expect(batch.stats).toMatchObject({ refusedRows: 1 });
});

test("a full disk never costs a body: the batch waits as it is", async () => {
  let tries = 0;
  const full = Object.assign(new Error("full"), { code: "SQLITE_FULL" });
  const { rows, batch } = createStore(() => (++tries < 10 ? full : undefined));
  const row = finished();
  batch.add(row);
  expect(await batch.write("c")).toBe(true);
  expect(rows).toEqual([row.exchange]);
  expect(batch.stats).toMatchObject({ storeErrors: 9, retriedWrites: 1, bareRows: 0 });
});

test("the order to stop ends the waiting and keeps the rows", async () => {
  const { batch, stop } = createStore(() => new Error("away"));
  batch.add(finished());
  setTimeout(() => stop.abort(), 5);
  expect(await batch.write("c")).toBe(false);
  expect(batch.isEmpty).toBe(false);
  expect(await batch.ask(async () => Promise.reject(new Error("away")))).toBeUndefined();
});
