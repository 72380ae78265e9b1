/** @module Prices stay fresh: soon after the start, every few hours, on demand; a publisher that fails changes nothing. */

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { PriceRefresh, type PriceRefreshOptions } from "../../src/record/price-refresh.ts";
import { readPriceCache } from "../../src/record/price-cache.ts";
import { eventually } from "../support/gate.ts";
import { priceInput } from "../support/price.ts";
import { type BookCase, openBook, toModelsDev } from "../support/price-book.ts";
import { type PricePublisher, startPricePublisher } from "../support/price-publisher.ts";

const HOUR_MS = 3_600_000;
const usage = { inputTokens: 1_000_000, outputTokens: 0 };
const question = priceInput({ requestModel: "gpt-next", usage });

let publisher: PricePublisher;
let files: BookCase;
let problems: string[];
let made: PriceRefresh[];

beforeEach(async () => {
  publisher = startPricePublisher(toModelsDev({ openai: { "gpt-next": [3, 9], "gpt-other": [1, 1] } }));
  files = await openBook([{ provider: "openai", model: "gpt-old", input: 1, output: 1 }]);
  problems = [];
  made = [];
});
afterEach(async () => {
  for (const refresh of made) refresh.close();
  await publisher.close();
  rmSync(files.directory, { recursive: true, force: true });
});

function create(options: Partial<PriceRefreshOptions> = {}): PriceRefresh {
  const refresh = new PriceRefresh({
    book: files.book,
    url: publisher.url,
    cacheFile: files.cacheFile,
    everyMs: 6 * HOUR_MS,
    freshMs: HOUR_MS,
    fetch: (url, init) => fetch(url, init),
    onProblem: (problem) => problems.push(problem),
    random: () => 0.5,
    ...options,
  });
  made.push(refresh);
  return refresh;
}

const waitMs = (refresh: PriceRefresh): number => Math.round((refresh.state().nextTryAtMs ?? 0) - Date.now());

describe("on demand", () => {
  test("prices are in force and kept for the next start", async () => {
    const refresh = create();
    await refresh.refresh();
    expect(files.book.price(question)).toMatchObject({ totalNanoUsd: 3e9, source: "models.dev" });
    expect((await readPriceCache(files.cacheFile))?.rows).toHaveLength(2);
    expect(refresh.state()).toMatchObject({ url: publisher.url });
    expect(refresh.state().lastError).toBeUndefined();
    expect(Math.abs(waitMs(refresh) - 6 * HOUR_MS)).toBeLessThan(1000);
  });

  test("a second one joins the first", async () => {
    const refresh = create();
    await Promise.all([refresh.refresh(), refresh.refresh(), refresh.refresh()]);
    expect(publisher.requests).toHaveLength(1);
  });

  test("the same document again is no change of prices, but they are young", async () => {
    const refresh = create();
    await refresh.refresh();
    const { version } = files.book;
    const first = files.book.fetched?.fetchedAtMs ?? 0;
    await Bun.sleep(2);
    await refresh.refresh();
    expect(files.book.version).toBe(version);
    expect(files.book.fetched?.fetchedAtMs).toBeGreaterThan(first);
    expect((await readPriceCache(files.cacheFile))?.fetchedAtMs).toBe(files.book.fetched?.fetchedAtMs as number);
  });
});

describe("a publisher that fails", () => {
  test("leaves the prices, is told about once, and is tried again later and later, never later than usual", async () => {
    const refresh = create({ everyMs: 100_000 });
    await refresh.refresh();
    publisher.answer = () => new Response("down", { status: 500 });
    const waits: number[] = [];
    for (let tries = 0; tries < 3; tries++) {
      expect(refresh.refresh()).rejects.toThrow("answered 500");
      await eventually(async () => refresh.state().lastError, "the failure");
      await Bun.sleep(10);
      waits.push(Math.round(waitMs(refresh) / 1000));
    }
    expect(waits).toEqual([60, 100, 100]);
    expect(problems).toEqual([`prices: ${publisher.url} answered 500; those of before are used`]);
    expect(files.book.price(question).totalNanoUsd).toBe(3e9);
    publisher.answer = toModelsDev({ openai: { "gpt-next": [4, 9], "gpt-other": [1, 1] } });
    await refresh.refresh();
    expect(refresh.state().lastError).toBeUndefined();
    expect(files.book.price(question).totalNanoUsd).toBe(4e9);
  });

  test("with nonsense does not touch the cache", async () => {
    const refresh = create();
    await refresh.refresh();
    const kept = readFileSync(files.cacheFile, "utf8");
    publisher.answer = "{}";
    expect(refresh.refresh()).rejects.toThrow("without a single price");
    await Bun.sleep(20);
    expect(readFileSync(files.cacheFile, "utf8")).toBe(kept);
  });
});

test("prices that cannot be kept are used all the same, and somebody else's file stays", async () => {
  writeFileSync(files.cacheFile, "somebody else's");
  await create().refresh();
  expect(files.book.price(question).totalNanoUsd).toBe(3e9);
  expect(problems[0]).toContain("not written over");
  expect(readFileSync(files.cacheFile, "utf8")).toBe("somebody else's");
});

describe("at the start", () => {
  test("old prices are fetched soon, young ones when their time comes", async () => {
    const first = create();
    first.start();
    expect(waitMs(first)).toBeWithin(1000, 4000);
    expect(publisher.requests).toHaveLength(0);

    const age = async (ageMs: number): Promise<number> => {
      const rows = files.book.fetched?.rows ?? [];
      await files.book.adopt({ rows, fetchedAtMs: Date.now() - ageMs, url: publisher.url });
      const refresh = create();
      refresh.start();
      return waitMs(refresh);
    };
    expect(await age(HOUR_MS / 2)).toBeWithin(5.4 * HOUR_MS, 5.6 * HOUR_MS);
    expect(await age(2 * HOUR_MS)).toBeLessThan(4000);
    // The clock was set back: the age is not known.
    expect(await age(-2 * HOUR_MS)).toBeLessThan(4000);
  });

  test("the turn comes by itself, and then every so often", async () => {
    const refresh = create({ everyMs: 30 });
    await refresh.refresh();
    await eventually(async () => (publisher.requests.length >= 4 ? true : undefined), "three turns");
    refresh.close();
    const { length } = publisher.requests;
    await Bun.sleep(100);
    expect(publisher.requests.length).toBe(length);
  });

  test("instances that start together do not call together", () => {
    const [early, late] = [0, 1].map((random) => create({ random: () => random }));
    early?.start();
    late?.start();
    const [first = 0, last = 0] = [early, late].map((refresh) => refresh?.state().nextTryAtMs ?? 0);
    expect(last - first).toBeGreaterThan(500);
  });
});

test("closing ends a fetch under way, without a word", async () => {
  publisher.answer = () => new Promise(() => {});
  const refresh = create();
  const ended = refresh
    .refresh()
    .then(() => "done")
    .catch(() => "ended");
  await eventually(async () => publisher.requests[0], "the request");
  refresh.close();
  expect(await ended).toBe("ended");
  expect(problems).toEqual([]);
  expect(existsSync(files.cacheFile)).toBe(false);
});
