import { afterAll, beforeAll, expect, test } from "bun:test";
import { exchange } from "../support/exchange.ts";
import { type ApiCase, openApiCase } from "./api-case.ts";

const NOW = Date.UTC(2026, 10, 21, 9, 30);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

type Trend = { buckets: { timestamp: string; requests: number; cost_usd: number | null }[]; bucket_ms: number };
let api: ApiCase;
const trend = async (query: string): Promise<Trend> => (await api.json(`/admin/usage/trend${query}`)) as Trend;

beforeAll(async () => {
  api = await openApiCase({ now: () => NOW });
  const call = (agoMs: number, fields = {}) => exchange({ startedAtMs: NOW - agoMs, ...fields });
  await api.writer.write({
    exchanges: [
      call(2 * MINUTE_MS),
      call(8 * MINUTE_MS, { tool: "codex" }),
      call(9 * MINUTE_MS, { cost: { confidence: "unknown" } }),
      call(20 * MINUTE_MS, { cost: { confidence: "unknown" } }),
      call(6 * HOUR_MS),
      call(7 * HOUR_MS, { provider: "anthropic" }),
      call(3 * 24 * HOUR_MS),
      call(20 * 24 * HOUR_MS),
    ],
    captures: [],
  });
});
afterAll(() => api.close());

test.each([
  ["?hours=1", 5 * MINUTE_MS, 4],
  ["?hours=5", 5 * MINUTE_MS, 4],
  ["?hours=6", HOUR_MS, 5],
  ["", HOUR_MS, 6],
  ["?hours=168", 4 * HOUR_MS, 7],
  ["?hours=720", 24 * HOUR_MS, 8],
  ["?from=2026-11-21&to=2026-11-21", HOUR_MS, 6],
  ["?hours=720&provider=anthropic", 24 * HOUR_MS, 1],
  ["?hours=720&tool=codex", 24 * HOUR_MS, 1],
  ["?hours=1&tool=codex", 5 * MINUTE_MS, 1],
  ["?hours=24&model=never", HOUR_MS, 0],
])("%p has buckets of %d ms over %d requests", async (query, bucketMs, requests) => {
  const answer = await trend(query);
  expect(answer.bucket_ms).toBe(bucketMs);
  expect(answer.buckets.reduce((sum, bucket) => sum + bucket.requests, 0)).toBe(requests);
  const starts = answer.buckets.map(({ timestamp }) => Date.parse(timestamp));
  expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
  expect(starts.every((start) => start % bucketMs === 0)).toBe(true);
});

test("a bucket in which nothing has a price has no cost", async () => {
  const { buckets } = await trend("?hours=1");
  expect(buckets.map(({ timestamp, requests, cost_usd: cost }) => [timestamp.slice(11, 16), requests, cost])).toEqual([
    ["09:10", 1, null],
    ["09:20", 2, 0.000_065],
    ["09:25", 1, 0.000_065],
  ]);
});

test.each(["0", "-1", "abc", "1.5", "9999999"])("hours=%p is refused", async (hours) => {
  const response = await api.ask(`/admin/usage/trend?hours=${hours}`);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { message: "Invalid hours parameter: hours must be a whole number from 1 to 8784." },
  });
});
