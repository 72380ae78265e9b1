/** @module How questions are answered: by which index, beside a writer at work, and in the view of the old table. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ExchangeFilter } from "../../../src/domain/filter.ts";
import { countQuery, listQuery } from "../../../src/store/sqlite/exchange-query.ts";
import type { Condition } from "../../../src/store/sqlite/filter-sql.ts";
import { createSqliteReader, type SqliteStoreReader } from "../../../src/store/sqlite/reader.ts";
import { bucketQuery, groupQuery } from "../../../src/store/sqlite/usage-query.ts";
import { createSqliteWriter } from "../../../src/store/sqlite/writer.ts";
import type { UsageFilter } from "../../../src/store/store.ts";
import { exchange, EXCHANGE_START_MS as START, pendingExchange } from "../../support/exchange.ts";

const CHILD = Bun.fileURLToPath(new URL("../../support/store-writer.ts", import.meta.url));
const ROWS = 100_000;
let directory = "";
let path = "";
let reader: SqliteStoreReader;
let db: Database;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "modeltap-reader-"));
  path = join(directory, "modeltap.sqlite");
  const writer = createSqliteWriter({ path });
  for (let start = 0; start < ROWS; start += 5_000) {
    const exchanges = Array.from({ length: 5_000 }, (_, index) => {
      const number = start + index;
      return exchange({ startedAtMs: START + number * 5_000, provider: number % 7 === 0 ? "gemini" : "openai" });
    });
    await writer.write({ exchanges, captures: [] });
  }
  await writer.close();
  reader = createSqliteReader({ path });
  db = new Database(path, { readonly: true });
}, 60_000);

afterAll(async () => {
  db.close(true);
  await reader.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The steps SQLite takes, one line each. */
function planOf({ sql, values }: Condition): string {
  using statement = db.prepare<{ detail: string }, Condition["values"][number][]>(`EXPLAIN QUERY PLAN ${sql}`);
  return statement
    .all(...values)
    .map(({ detail }) => detail)
    .join("\n");
}

describe("with 100,000 rows", () => {
  const usageFilters: UsageFilter[] = [
    {},
    { allKinds: true },
    { fromMs: START, toMs: START + 86_400_000 },
    { provider: "gemini", model: "m", fromMs: START },
  ];
  test.each(usageFilters)("statistics read sums only, never an exchange: %j", (filter) => {
    const queries = [
      bucketQuery(filter),
      ...(["none", "provider", "model"] as const).map((by) => groupQuery(filter, by)),
    ];
    for (const plan of queries.map(planOf)) {
      expect(plan).toContain("rollup");
      expect(plan).not.toContain("exchange");
      if (filter.fromMs !== undefined) expect(plan).toContain("SEARCH rollup USING PRIMARY KEY (bucket_ms>?");
    }
  });

  const listFilters: ExchangeFilter[] = [
    {},
    { provider: "gemini" },
    { model: "rare", states: ["failed"], kind: "generation", statusMin: 400 },
    { text: "needle" },
  ];
  test.each(listFilters)("the list walks its index in order, without sorting all: %j", (filter) => {
    for (const page of [
      { limit: 50 },
      { limit: 50, offset: 90_000 },
      { limit: 50, cursor: `${START + 5_000_000}-1000` },
    ]) {
      const plan = planOf(listQuery(filter, page));
      expect(plan).toContain("exchange USING INDEX exchange_list");
      expect(plan).not.toContain("TEMP B-TREE");
    }
  });

  test("a time range and a cursor are searched for, not walked to", () => {
    expect(planOf(listQuery({ fromMs: START, toMs: START + 1 }, { limit: 5 }))).toContain("SEARCH exchange");
    expect(planOf(listQuery({}, { limit: 5, cursor: "1-1" }))).toContain("SEARCH exchange");
  });

  test("counting does not touch the rows themselves", () => {
    for (const filter of [{}, { provider: "gemini", kind: "generation" as const, states: ["failed" as const] }]) {
      expect(planOf(countQuery(filter))).toContain("USING COVERING INDEX");
    }
  });

  test("one exchange, its body and the changes are searched for", () => {
    const all = [
      "SELECT * FROM exchange WHERE id = ?",
      "SELECT * FROM exchange WHERE change_seq > ? ORDER BY change_seq LIMIT 5",
      "SELECT capture.* FROM capture JOIN exchange ON exchange.row_id = exchange_row_id WHERE id = ? AND side = ''",
      "SELECT row_id FROM capture WHERE started_at_ms < ? ORDER BY started_at_ms LIMIT 5",
    ];
    for (const sql of all) expect(planOf({ sql, values: ["1"] })).not.toMatch(/SCAN|TEMP B-TREE/);
  });

  test("the answers agree with one another", async () => {
    expect(await reader.countExchanges({ provider: "gemini" })).toBe(Math.ceil(ROWS / 7));
    expect(await reader.sumUsage({ provider: "gemini" }, "none")).toMatchObject([{ requests: Math.ceil(ROWS / 7) }]);
    const days = await reader.sumUsageByTime({}, "day", "America/New_York");
    expect(days.reduce((sum, day) => sum + day.requests, 0)).toBe(ROWS);
    const { rows } = await reader.listExchanges({}, { limit: 5_000, offset: 10 });
    expect(rows).toHaveLength(1_000);
    expect(rows[0]?.rowId).toBe(ROWS - 10);
  });
});

test("a reader beside a writer at work sees whole batches and waits for nothing", async () => {
  const file = join(directory, "busy.sqlite");
  await createSqliteWriter({ path: file }).close();
  const child = Bun.spawn([process.execPath, CHILD, file, "30"], { stdout: "pipe" });
  await child.stdout.getReader().read();
  const beside = createSqliteReader({ path: file, busyTimeoutMs: 0 });
  let seen = 0;
  for (let look = 0; look < 40; look++) {
    const count = await beside.countExchanges({});
    expect(count % 30).toBe(0);
    expect(count).toBeGreaterThanOrEqual(seen);
    expect(await beside.verifyRollups()).toEqual([]);
    seen = count;
    await Bun.sleep(2);
  }
  expect(seen).toBeGreaterThan(0);
  child.kill("SIGKILL");
  await child.exited;
  await beside.close();
}, 20_000);

test("the view `requests` has the columns of the old table, and unknown figures are NULL", async () => {
  const file = join(directory, "view.sqlite");
  const writer = createSqliteWriter({ path: file });
  const { usage: _usage, cost: _cost, statusCode: _statusCode, responseModel: _responseModel, ...bare } = exchange();
  await writer.write({
    exchanges: [
      exchange({ startedAtMs: START + 250, streaming: true, timing: { durationMs: 12.5 } }),
      { ...bare, state: "aborted", usageSource: "none", timing: {}, errorCode: "request_aborted" },
      exchange({ usage: { outputTokens: 4 }, state: "failed", statusCode: 529, errorMessage: "Overloaded" }),
      pendingExchange(),
      exchange({ kind: "other" }),
    ],
    captures: [],
  });
  await writer.close();
  const view = new Database(file, { readonly: true });
  const rows = view.query<Record<string, unknown>, []>("SELECT * FROM requests").all();
  view.close(true);
  const same = { provider: "openai", endpoint: "/v1/chat/completions", method: "POST" };
  const answered = { ...same, model: "gpt-5-mini-2026-08-07" };
  const at = START / 1000;
  expect(Object.keys(rows[0] ?? {}).join(" ")).toBe(
    "id timestamp provider model endpoint method input_tokens output_tokens total_tokens cost_usd duration_ms streaming status_code error",
  );
  const counted = { input_tokens: 100, output_tokens: 20, total_tokens: 120, cost_usd: 0.000065 };
  const unknown = { input_tokens: null, output_tokens: null, total_tokens: null, cost_usd: null, duration_ms: null };
  expect(rows).toEqual([
    {
      ...answered,
      ...counted,
      id: 1,
      timestamp: at + 0.25,
      duration_ms: 12.5,
      streaming: 1,
      status_code: 200,
      error: null,
    },
    {
      ...same,
      ...unknown,
      id: 2,
      timestamp: at,
      model: "gpt-5-mini",
      streaming: 0,
      status_code: null,
      error: "request_aborted",
    },
    {
      ...answered,
      ...counted,
      id: 3,
      timestamp: at,
      input_tokens: null,
      output_tokens: 4,
      total_tokens: 4,
      duration_ms: 1_200,
      streaming: 0,
      status_code: 529,
      error: "Overloaded",
    },
  ]);
});
