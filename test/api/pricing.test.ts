/** @module How fresh prices are, which row a model has, and what is passed to the recorder. */

import { afterEach, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import type { ApiParts } from "../../src/api/routes.ts";
import type { Write, WriteResult } from "../../src/message/write.ts";
import { rowsOf } from "../support/price.ts";
import { type BookCase, openBook } from "../support/price-book.ts";
import { type ApiCase, openApiCase } from "./api-case.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const DAY_MS = 86_400_000;

let api: ApiCase;
let files: BookCase;
const asked: Write[] = [];

async function open(answer: WriteResult, parts: Partial<ApiParts> = {}): Promise<void> {
  files = await openBook([{ provider: "openai", model: "gpt-old", input: 1, output: 2, source: "models.dev" }]);
  api = await openApiCase({
    now: () => NOW,
    prices: { book: files.book, cacheFile: files.cacheFile, maxAgeMs: DAY_MS },
    async ask(write) {
      asked.push(write);
      return answer;
    },
    ...parts,
  });
}

afterEach(async () => {
  asked.length = 0;
  await api.close();
  rmSync(files.directory, { recursive: true, force: true });
});

const DONE: WriteResult = { ok: true, value: { running: false } };

async function post(path: string, body: unknown): Promise<{ readonly status: number; readonly json: unknown }> {
  const headers = { "content-type": "application/json" };
  const response = await api.ask(path, { method: "POST", body: JSON.stringify(body), headers });
  return { status: response.status, json: await response.json() };
}

describe("/admin/pricing", () => {
  test("says that only built-in prices hold", async () => {
    await open(DONE);
    expect(await api.json("/admin/pricing")).toEqual({
      loaded: true,
      fetchedAt: null,
      ageMs: null,
      stale: true,
      cachePath: files.cacheFile,
      url: null,
      rows: 1,
      fetchedRows: 0,
      files: [],
      problems: [],
    });
  });

  test("says how old fetched prices are", async () => {
    await open(DONE);
    const rows = rowsOf({ provider: "openai", model: "gpt-next", input: 3, output: 9 });
    await files.book.adopt({ rows, fetchedAtMs: NOW - 5000, url: "https://models.dev/api.json" });
    expect(await api.json("/admin/pricing")).toMatchObject({
      fetchedAt: NOW - 5000,
      ageMs: 5000,
      stale: false,
      rows: 2,
      fetchedRows: 1,
      url: "https://models.dev/api.json",
    });
    await files.book.adopt({ rows, fetchedAtMs: NOW - DAY_MS - 1, url: "https://models.dev/api.json" });
    expect(await api.json("/admin/pricing")).toMatchObject({ stale: true });
  });

  test("tells the row of a model, read anew from the user's own file", async () => {
    await open(DONE);
    expect(await api.json("/admin/pricing?provider=openai&model=gpt-old-2026-01-01")).toMatchObject({
      match: { key: "openai/gpt-old", source: "alias", layer: "built-in", pricing: { input: 1, output: 2 } },
    });
    files.setOwn({ "gpt-old": { input: 5, output: 6 } });
    expect(await api.json("/admin/pricing?model=gpt-old-2026-01-01")).toMatchObject({
      match: { key: "gpt-old", source: "override", layer: "pricing.json", pricing: { input: 5, output: 6 } },
    });
    expect(await api.json("/admin/pricing?model=nobody-knows")).toMatchObject({ match: null });
  });
});

describe("commands", () => {
  test("a refresh is asked of the recorder, and answers with the freshness", async () => {
    await open(DONE);
    expect(await post("/admin/api/prices/refresh", {})).toMatchObject({
      status: 200,
      json: { running: false, rows: 1 },
    });
    expect(asked).toEqual([{ name: "refresh-prices" }]);
  });

  test("a backfill is asked of the recorder, with what was wanted", async () => {
    await open({ ok: true, value: { scanned: 4, updated: 1, ok: 1, pending: 3, unsupported: 0 } });
    expect(await post("/admin/api/prices/backfill", { all: true, limit: 4 })).toEqual({
      status: 200,
      json: { scanned: 4, updated: 1, ok: 1, pending: 3, unsupported: 0, skipped: false, running: false },
    });
    expect(asked).toEqual([{ name: "backfill-costs", request: { all: true, limit: 4 } }]);
  });

  test.each([
    ["invalid", 400, "bad_body"],
    ["unavailable", 503, "recorder_unavailable"],
    ["conflict", 409, "conflict"],
    ["not_found", 404, "not_found"],
  ] as const)("a refusal (%s) is told in its own words", async (code, status, apiCode) => {
    await open({ ok: false, code, message: "why not" });
    for (const path of ["/admin/api/prices/refresh", "/admin/api/prices/backfill"]) {
      expect(await post(path, {})).toMatchObject({ status, json: { error: { code: apiCode, message: "why not" } } });
    }
  });

  test("a backfill that cannot be meant is not passed on", async () => {
    await open(DONE);
    for (const body of [{ limit: 0 }, { limit: 1.5 }, { all: "yes" }, { every: true }, []]) {
      expect(await post("/admin/api/prices/backfill", body)).toMatchObject({ status: 400 });
    }
    expect(asked).toEqual([]);
  });

  test("without prices there is nothing to tell", async () => {
    await open(DONE, { prices: undefined });
    expect(await api.json("/admin/pricing?model=gpt-old")).toMatchObject({ loaded: false, rows: 0, match: null });
  });
});
