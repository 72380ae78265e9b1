/** @module Exchanges that had no price get one as soon as there is one: once, in slices, with the sums, over a real database. */

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Exchange } from "../../src/domain/exchange.ts";
import { NOT_BILLED } from "../../src/price/pricer.ts";
import { Backfill, type BackfillOptions } from "../../src/record/backfill.ts";
import { createSqliteReader } from "../../src/store/sqlite/reader.ts";
import { createSqliteWriter, type SqliteStoreWriter } from "../../src/store/sqlite/writer.ts";
import { exchange, EXCHANGE_START_MS as START } from "../support/exchange.ts";
import { type BookCase, openBook } from "../support/price-book.ts";

const DAY_MS = 86_400_000;
const HOUSE = { "house-model": { input: 1, output: 2 } };

let files: BookCase;
let writer: SqliteStoreWriter;
let clock: number;

beforeEach(async () => {
  files = await openBook();
  writer = createSqliteWriter({ path: join(files.directory, "modeltap.db") });
  clock = 0;
});

afterEach(async () => {
  await writer.close();
  rmSync(files.directory, { recursive: true, force: true });
});

function create(options: Partial<BackfillOptions> = {}): Backfill {
  return new Backfill({
    writer,
    book: files.book,
    everyMs: 1000,
    lookbackMs: 7 * DAY_MS,
    chunkSize: 500,
    nowMs: () => START + 60_000,
    monotonicMs: () => (clock += 0.001),
    ...options,
  });
}

function unpriced(fields: Partial<Exchange> = {}): Exchange {
  return exchange({
    requestModel: "house-model",
    responseModel: "house-model",
    usage: { inputTokens: 1000, outputTokens: 500 },
    cost: { confidence: "unknown" },
    ...fields,
  });
}

const write = (...exchanges: Exchange[]): Promise<void> => writer.write({ exchanges, captures: [] });

/** Slices until there is no more work. */
async function work(backfill: Backfill): Promise<number> {
  let slices = 0;
  do slices += 1;
  while ((await backfill.sweep()) && slices < 10_000);
  return slices;
}

async function read<Answer>(
  question: (reader: ReturnType<typeof createSqliteReader>) => Promise<Answer>,
): Promise<Answer> {
  const reader = createSqliteReader({ path: join(files.directory, "modeltap.db") });
  try {
    return await question(reader);
  } finally {
    await reader.close();
  }
}

const costs = async (): Promise<(number | undefined)[]> =>
  (await read((reader) => reader.listExchanges({}, { limit: 1000 }))).rows
    .map((row) => row.cost?.totalNanoUsd)
    .toReversed();

describe("when a price is there at last", () => {
  test("rows get their cost, the sums follow, and one entry each says so", async () => {
    const rows = [unpriced(), unpriced({ startedAtMs: START + 1 }), exchange({ startedAtMs: START + 2 })];
    await write(...rows);
    const backfill = create();
    await work(backfill);
    expect(backfill.last).toMatchObject({ scanned: 2, updated: 0, ok: 0, pending: 2 });

    files.setOwn(HOUSE);
    clock += 6000;
    await work(backfill);
    expect(backfill.last).toMatchObject({ scanned: 2, updated: 2, ok: 2, pending: 0, unsupported: 0 });
    expect(await costs()).toEqual([2_000_000, 2_000_000, 65_000]);
    expect(await writer.verifyRollups()).toEqual([]);
    expect(await read((reader) => reader.sumUsage({}, "none"))).toMatchObject([
      { requests: 3, costNanoUsd: 4_065_000, unpricedRequests: 0 },
    ]);
    const audits = await read((reader) => reader.listCostAudits(rows[0]?.id ?? ("" as never)));
    expect(audits.map(({ reason, cost }) => [reason, cost.totalNanoUsd])).toEqual([
      ["recorded", undefined],
      ["backfill", 2_000_000],
    ]);
  });

  test("later ticks leave no second entry", async () => {
    const row = unpriced();
    await write(row, unpriced({ responseModel: "nobody-knows", requestModel: "nobody-knows" }));
    files.setOwn(HOUSE);
    const backfill = create();
    await work(backfill);
    for (let tick = 0; tick < 3; tick++) {
      clock += 2000;
      await work(backfill);
      expect(backfill.last).toMatchObject({ scanned: 1, updated: 0, pending: 1 });
    }
    const before = backfill.last;
    await work(backfill);
    expect(backfill.last).toBe(before as NonNullable<typeof before>);
    expect(await read((reader) => reader.listCostAudits(row.id))).toHaveLength(2);
  });

  test("other facts of the row stay as they were, and live views hear of it", async () => {
    const row = unpriced({ warnings: ["a"], tags: { team: "x" }, toolCalls: [{ name: "t" }] });
    await write(row);
    files.setOwn(HOUSE);
    const before = await read((reader) => reader.lastChangeSeq());
    const backfill = create();
    const done = backfill.run({});
    while (backfill.progress === undefined) await Bun.sleep(1);
    await work(backfill);
    expect(await done).toMatchObject({ updated: 1 });
    const [changed] = await read((reader) => reader.listChanges(before, 10));
    const { cost: _cost, rowId: _rowId, changeSeq: _changeSeq, ...facts } = changed ?? ({} as never);
    const { cost: _unknown, ...expected } = row;
    expect(facts).toEqual(expected);
  });
});

describe("what a change of prices leaves alone", () => {
  test("a known cost, whatever the price is now; that of a local upstream is 0 for good", async () => {
    await write(
      unpriced({ cost: { totalNanoUsd: 42, confidence: "exact", source: "built-in" } }),
      unpriced({ cost: { totalNanoUsd: 0, confidence: "exact", source: "local" } }),
    );
    files.setOwn(HOUSE);
    const backfill = create();
    await work(backfill);
    expect(backfill.last).toMatchObject({ scanned: 0 });
    expect(await command(backfill, { all: true, cached: true })).toMatchObject({ scanned: 0 });
    expect(await costs()).toEqual([42, 0]);
  });

  test("rows that are too old, unless all are asked for", async () => {
    await write(unpriced({ startedAtMs: START - 8 * DAY_MS }), unpriced());
    files.setOwn(HOUSE);
    const backfill = create();
    await work(backfill);
    expect(await costs()).toEqual([undefined, 2_000_000]);
    expect(await command(backfill, { all: true })).toMatchObject({ scanned: 1, updated: 1 });
    expect(await costs()).toEqual([2_000_000, 2_000_000]);
  });

  test("rows that no price can help: told apart, and the run ends", async () => {
    await write(
      unpriced({ responseModel: "unknown", requestModel: "" }),
      unpriced({ cost: { confidence: "unknown", notes: [NOT_BILLED] } }),
      unpriced({ responseModel: "nobody-knows", requestModel: "nobody-knows" }),
    );
    files.setOwn(HOUSE);
    const backfill = create();
    await work(backfill);
    expect(backfill.last).toMatchObject({ scanned: 3, updated: 0, ok: 0, pending: 1, unsupported: 2 });
  });
});

async function command(backfill: Backfill, request: Parameters<Backfill["run"]>[0]) {
  const done = backfill.run(request);
  const slices = setInterval(() => void backfill.sweep().catch(() => {}), 1);
  try {
    return await done;
  } finally {
    clearInterval(slices);
  }
}

describe("on command", () => {
  test("price files are read again first", async () => {
    await write(unpriced());
    const backfill = create();
    await work(backfill);
    files.setOwn(HOUSE);
    expect(await command(backfill, {})).toMatchObject({ scanned: 1, updated: 1, ok: 1 });
  });

  test("a run beside another one does nothing, and says so", async () => {
    await write(unpriced());
    const backfill = create();
    await backfill.sweep();
    const first = backfill.run({});
    // Price files are looked at before it begins.
    await Bun.sleep(20);
    expect(await backfill.run({ all: true })).toMatchObject({ scanned: 0, skipped: true });
    const followed = backfill.run({ follow: true });
    await work(backfill);
    expect(await followed).toEqual(await first);
  });

  test("a limit is kept to", async () => {
    await write(...Array.from({ length: 40 }, () => unpriced()));
    files.setOwn(HOUSE);
    expect(await command(create(), { limit: 17 })).toMatchObject({ scanned: 17, updated: 17 });
    expect((await costs()).filter((cost) => cost !== undefined)).toHaveLength(17);
  });

  test("cached input that was charged in full is priced anew where there is a price for it now", async () => {
    files.setOwn({ "house-model": { input: 1, output: 2, cache_read: 0.1 } });
    const usage = { inputTokens: 1000, outputTokens: 500, cacheReadTokens: 800 };
    const cost = {
      totalNanoUsd: 2_000_000,
      confidence: "exact",
      source: "pricing.json",
      price: '{"input":1}',
    } as const;
    const row = unpriced({ usage, cost });
    await write(row, unpriced({ usage, cost, responseModel: "nobody-knows", requestModel: "nobody-knows" }));
    expect(await command(create(), { all: true })).toMatchObject({ scanned: 0 });
    expect(await command(create(), { all: true, cached: true })).toMatchObject({ scanned: 2, updated: 1, ok: 2 });
    expect(await costs()).toEqual([1_280_000, 2_000_000]);
    expect((await read((reader) => reader.listCostAudits(row.id))).map(({ reason }) => reason)).toEqual([
      "recorded",
      "reprice",
    ]);
    expect(await command(create(), { all: true, cached: true })).toMatchObject({ scanned: 1, updated: 0 });
  });
});

describe("slices", () => {
  test("are as short as asked for: chunks shrink where the disk is slow, and never pass the chunk size", async () => {
    await write(...Array.from({ length: 300 }, () => unpriced()));
    files.setOwn(HOUSE);
    const sizes: number[] = [];
    const slow = {
      listRepricable: writer.listRepricable.bind(writer),
      write: async (batch: Parameters<typeof writer.write>[0]) => {
        sizes.push(batch.exchanges.length);
        clock += batch.exchanges.length;
        await writer.write(batch);
      },
    };
    await work(create({ writer: slow, chunkSize: 12 }));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(300);
    expect(Math.max(...sizes)).toBe(12);
    // 20 ms at 1 ms a row: after each chunk of over 10 comes one of half.
    expect(sizes.slice(1).every((size, at) => size <= 12 && ((sizes[at] ?? 0) < 11 || size <= 6))).toBe(true);
  });

  test("a store that fails is asked again at the same place: nothing is left out or counted twice", async () => {
    await write(...Array.from({ length: 50 }, () => unpriced()));
    files.setOwn(HOUSE);
    let calls = 0;
    const failing = {
      listRepricable: writer.listRepricable.bind(writer),
      write: async (batch: Parameters<typeof writer.write>[0]) => {
        calls += 1;
        if (calls % 2 === 1) throw Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });
        await writer.write(batch);
      },
    };
    const told: unknown[] = [];
    const backfill = create({
      writer: failing,
      onRepriced: (before, { cost }) => told.push([before.cost, cost?.totalNanoUsd]),
    });
    for (let slice = 0; slice < 100 && backfill.last === undefined; slice++) await backfill.sweep().catch(() => true);
    expect(backfill.last).toMatchObject({ scanned: 50, updated: 50, ok: 50 });
    expect(told).toHaveLength(50);
    expect(told[0]).toEqual([expect.objectContaining({ confidence: "unknown" }), 2_000_000]);
    expect(await writer.verifyRollups()).toEqual([]);
  });

  test("an exchange that ends in between counts once in every sum", async () => {
    await write(...Array.from({ length: 40 }, () => unpriced()));
    files.setOwn(HOUSE);
    const backfill = create({ chunkSize: 4 });
    while (backfill.last === undefined) {
      await backfill.sweep();
      await write(exchange({ startedAtMs: START + 5 }));
    }
    expect(await writer.verifyRollups()).toEqual([]);
    expect((await costs()).every((cost) => cost !== undefined)).toBe(true);
  });
});
