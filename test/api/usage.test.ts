/** @module Usage in the older program's words: right sums for days of any zone, unknown costs as null. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { exchange } from "../support/exchange.ts";
import { type ApiCase, openApiCase } from "./api-case.ts";

const NOW = Date.UTC(2026, 10, 21, 9, 30);
const at = (text: string): number => Date.parse(`2026-11-${text}Z`);
const ROWS = [
  exchange({ startedAtMs: at("18T12:00:00"), tool: "codex" }),
  exchange({
    startedAtMs: at("20T23:30:00"),
    tool: "claude-code",
    provider: "anthropic",
    responseModel: "claude-opus-4-5",
  }),
  exchange({ startedAtMs: at("21T00:10:00"), tool: "codex" }),
  exchange({ startedAtMs: at("21T09:00:00"), responseModel: "house", cost: { confidence: "unknown" } }),
  exchange({ startedAtMs: at("21T09:01:00"), kind: "other", usage: { countedTokens: 5 } }),
];

type Row = Readonly<Record<string, unknown>>;
let api: ApiCase;
const rows = async (path: string): Promise<readonly Row[]> => (await api.json(path)) as readonly Row[];

beforeAll(async () => {
  api = await openApiCase({ now: () => NOW });
  await api.writer.write({ exchanges: ROWS, captures: [] });
});
afterAll(() => api.close());

test("today has its rows, and a cost of those that have a price", async () => {
  expect(await api.json("/admin/usage/today")).toMatchObject({
    date: "2026-11-21",
    requests: 2,
    total_tokens: 240,
    cost_usd: 0.000_065,
    breakdown: [
      { day: "2026-11-21", provider: "openai", model: "gpt-5-mini-2026-08-07", request_count: 1, prompt_tokens: 100 },
      { model: "house", cost_usd: null, unpriced_requests: 1 },
    ],
  });
});

test("today begins where the zone says", async () => {
  expect(await api.json("/admin/usage/today?tz=America/Los_Angeles")).toMatchObject({
    date: "2026-11-21",
    requests: 1,
  });
  expect(await api.json("/admin/usage/today?tz=Asia/Kolkata")).toMatchObject({ date: "2026-11-21", requests: 3 });
});

test("a range is by day, newest first, without days that had nothing", async () => {
  const days = await rows("/admin/usage/range?from=2026-11-17&to=2026-11-21");
  expect(days.map((day) => [day["date"], day["requests"]])).toEqual([
    ["2026-11-21", 2],
    ["2026-11-20", 1],
    ["2026-11-18", 1],
  ]);
  const shifted = await rows("/admin/usage/range?from=2026-11-20&to=2026-11-21&tz=Asia/Kolkata");
  expect(shifted.map((day) => [day["date"], day["requests"]])).toEqual([["2026-11-21", 3]]);
});

test("models of a range are one row each, under its first day", async () => {
  const models = await rows("/admin/usage/models?from=2026-11-18&to=2026-11-21");
  expect(models.find((row) => row["model"] === "gpt-5-mini-2026-08-07")).toMatchObject({
    day: "2026-11-18",
    request_count: 2,
    cost_usd: 0.000_13,
  });
  expect(await rows("/admin/usage/models?day=2026-11-19")).toEqual([]);
});

test("providers, tools, keys and accounts of a day", async () => {
  expect(await rows("/admin/usage/providers?day=2026-11-20")).toMatchObject([
    { provider: "anthropic", request_count: 1 },
  ]);
  const tools = await rows("/admin/usage/tools?from=2026-11-18&to=2026-11-21");
  expect(tools.map((row) => [row["tool"], row["request_count"]])).toEqual([
    ["codex", 2],
    ["claude-code", 1],
    [null, 1],
  ]);
  expect(await rows("/admin/usage/keys")).toMatchObject([{ key: null, request_count: 2 }]);
  expect(await rows("/admin/usage/accounts")).toMatchObject([{ cliproxy_account: null }, { model: "house" }]);
});

test("accounts by day and in sum; the sum is of seven days", async () => {
  const byDay = await rows("/admin/usage/accounts/range?from=2026-11-18&to=2026-11-21");
  expect(byDay.map((row) => row["day"])).toEqual(["2026-11-21", "2026-11-21", "2026-11-20", "2026-11-18"]);
  const sum = await rows("/admin/usage/accounts/summary");
  expect(sum).toMatchObject([
    { provider: "openai", request_count: 3 },
    { provider: "anthropic", request_count: 1 },
  ]);
});

test("totals of all time name the first and the last call", async () => {
  expect(await api.json("/admin/stats")).toEqual({
    total_requests: 4,
    total_tokens: 480,
    total_cost_usd: 0.000_195,
    first_request_at: "2026-11-18T12:00:00.000Z",
    last_request_at: "2026-11-21T09:00:00.000Z",
  });
});

test("an empty store has no totals, and says unknown instead of 0", async () => {
  const empty = await openApiCase();
  expect(await empty.json("/admin/stats")).toEqual({
    total_requests: 0,
    total_tokens: 0,
    total_cost_usd: 0,
    first_request_at: null,
    last_request_at: null,
  });
  expect(await empty.json("/admin/usage/today")).toMatchObject({ requests: 0, breakdown: [] });
  await empty.close();
});

test("wrong days are refused in the older program's words and our shape", async () => {
  const response = await api.ask("/admin/usage/range?from=2026-11-21");
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    error: { type: "invalid_request_error", message: "Missing from or to parameter", code: "bad_parameter" },
  });
});
