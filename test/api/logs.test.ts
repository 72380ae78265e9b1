/** @module Rows of request_logs: the older program's names, filters in SQL, pages that stay right. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { exchange, EXCHANGE_START_MS as START, pendingExchange } from "../support/exchange.ts";
import { type ApiCase, openApiCase } from "./api-case.ts";

const ROWS = [
  exchange({ startedAtMs: START, tool: "codex", client: "codex-a", requestHeaders: [["User-Agent", "codex/1"]] }),
  exchange({ startedAtMs: START + 1, statusCode: 429, errorClass: "rate_limit" }),
  exchange({ startedAtMs: START + 2, state: "failed", statusCode: 502, errorCode: "upstream_disconnected" }),
  (({ statusCode: _status, ...rest }) => rest)(
    exchange({
      startedAtMs: START + 3,
      state: "aborted",
      endedBy: "client",
      usageSource: "none",
      cost: { confidence: "unknown" },
    }),
  ),
  exchange({ startedAtMs: START + 4, state: "interrupted" }),
  pendingExchange({ startedAtMs: START + 5 }),
  exchange({ startedAtMs: START + 6, kind: "other", path: "/v1/models" }),
  exchange({ startedAtMs: START + 7, sessionId: "s-1", provider: "anthropic", cost: { confidence: "unknown" } }),
];

type Row = Readonly<Record<string, unknown>>;
let api: ApiCase;
const logs = async (query: string): Promise<readonly Row[]> =>
  (await api.json(`/admin/logs${query}`)) as readonly Row[];
const indexes = async (query: string): Promise<number[]> =>
  (await logs(query)).map((row) => ROWS.findIndex(({ id }) => id === row["request_id"]));

beforeAll(async () => {
  api = await openApiCase();
  await api.writer.write({ exchanges: ROWS, captures: [] });
});
afterAll(() => api.close());

test.each([
  ["", [7, 5, 4, 3, 2, 1, 0]],
  ["?all=true", [7, 6, 5, 4, 3, 2, 1, 0]],
  ["?tool=codex", [0]],
  ["?client_id=codex-a", [0]],
  ["?provider=anthropic", [7]],
  ["?model=gpt-5-mini-2026-08-07&limit=2", [7, 4]],
  ["?status_min=400", [3, 2, 1]],
  ["?status_min=499&status_max=499", [3]],
  ["?status_max=299", [7, 4, 0]],
  ["?lifecycle_status=pending", [5]],
  ["?lifecycle_status=completed", [7, 0]],
  ["?lifecycle_status=error", [2, 1]],
  ["?lifecycle_status=aborted", [4, 3]],
  ["?session=s-1", [7]],
  [`?from=${START + 2}&to=${START + 4}`, [3, 2]],
  ["?limit=2&offset=1", [5, 4]],
])("%p gives rows %p", async (query, expected) => {
  expect(await indexes(query)).toEqual(expected);
});

test("days are whole days of the zone asked for, UTC if none", async () => {
  const day = new Date(START).toISOString().slice(0, 10);
  expect(await indexes(`?from=${day}&to=${day}`)).toEqual([7, 5, 4, 3, 2, 1, 0]);
  const local = new Intl.DateTimeFormat("sv-SE", { timeZone: "Pacific/Kiritimati" }).format(START);
  expect(await indexes(`?from=${local}&to=${local}&tz=Pacific/Kiritimati`)).toEqual([7, 5, 4, 3, 2, 1, 0]);
  expect(await indexes("?to=2020-01-01")).toEqual([]);
});

test("a cursor goes on where the page ended, also when rows came in between", async () => {
  const seen: unknown[] = [];
  let cursor: string | null = "";
  for (let pages = 0; pages < 10 && cursor !== null; pages++) {
    const response = await api.ask(`/admin/logs?limit=2&cursor=${encodeURIComponent(cursor)}`);
    seen.push(...((await response.json()) as Row[]).map((row) => row["request_id"]));
    if (pages === 0) await api.writer.write({ exchanges: [exchange({ startedAtMs: START + 100 })], captures: [] });
    cursor = response.headers.get("x-next-cursor");
  }
  expect(seen).toEqual([7, 5, 4, 3, 2, 1, 0].map((index) => ROWS[index]?.id));
});

test("a row has the older program's words for how it ended and what it costs", async () => {
  const [, refused, failed, aborted, interrupted, pending, , unpriced] = await Promise.all(
    ROWS.map(async ({ id }) => (await api.json(`/admin/logs/${id}`)) as Row),
  );
  expect(refused).toMatchObject({
    lifecycle_status: "error",
    status: 429,
    error_code: "upstream_error",
    incomplete: 0,
  });
  expect(failed).toMatchObject({ lifecycle_status: "error", error_code: "upstream_disconnected", incomplete: 1 });
  expect(aborted).toMatchObject({ lifecycle_status: "aborted", status: 499 });
  expect(interrupted).toMatchObject({ lifecycle_status: "aborted", status: 200 });
  expect(pending).toMatchObject({
    lifecycle_status: "pending",
    cost_status: "unresolved",
    status: null,
    finished_at: null,
  });
  expect(unpriced).toMatchObject({ cost_status: "pending", cost_usd: null });
});

test("a row is found by its number and by its id", async () => {
  const first = (await api.json(`/admin/logs/${ROWS[0]?.id}`)) as Row;
  expect(first).toMatchObject({
    status: 200,
    prompt_tokens: 100,
    completion_tokens: 20,
    total_tokens: 120,
    cost_usd: 0.000_065,
    cost_status: "ok",
    user_agent: "codex/1",
    source: "proxy",
    streamed: 0,
    started_at: new Date(START).toISOString(),
  });
  expect(await api.json(`/admin/logs/${String(first["id"])}`)).toEqual(first);
  for (const id of ["999999", "nothing", "01900000-0000-7000-8000-000000000000"]) {
    const response = await api.ask(`/admin/logs/${id}`);
    expect([id, response.status]).toEqual([id, 404]);
    expect(await response.json()).toMatchObject({ error: { message: "Not found", code: "not_found" } });
  }
});

const PAGE = "Invalid limit or offset: ";
const FILTER = "Invalid filter parameter: ";

test.each([
  ["limit=0", `${PAGE}limit must be a whole number from 1 to 200.`],
  ["limit=201", `${PAGE}limit must be a whole number from 1 to 200.`],
  [
    "limit=ten&offset=x",
    `${PAGE}limit must be a whole number from 1 to 200; offset must be a whole number from 0 to 100000.`,
  ],
  ["offset=-1", `${PAGE}offset must be a whole number from 0 to 100000.`],
  ["offset=100001", `${PAGE}offset must be a whole number from 0 to 100000.`],
  ["tool=", `${FILTER}tool must not be blank.`],
  ["client_id=%20", `${FILTER}client_id must not be blank.`],
  ["model=&provider=", `${FILTER}model must not be blank; provider must not be blank.`],
  ["status_min=abc", `${FILTER}status_min must be a whole number from 100 to 999.`],
  ["status_max=99", `${FILTER}status_max must be a whole number from 100 to 999.`],
  ["status_min=500&status_max=400", `${FILTER}status_min must not be above status_max.`],
  ["lifecycle_status=done", `${FILTER}lifecycle_status must be one of pending, completed, error, aborted.`],
  ["lifecycle_status=toString", `${FILTER}lifecycle_status must be one of pending, completed, error, aborted.`],
  ["from=yesterday", expect.stringMatching(/^from must be a time: /)],
  ["tz=Mars/Base", expect.stringMatching(/^tz must be an IANA time zone/)],
  ["tol=codex", '"tol" is no parameter here.'],
])("%p is refused: %s", async (query, message) => {
  const response = await api.ask(`/admin/logs?${query}`);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { message, code: "bad_parameter" } });
});
