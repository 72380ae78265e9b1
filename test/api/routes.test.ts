/** @module Every endpoint is in the document, and every real answer is what the document says. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { PAGES } from "../../src/api/routes.ts";
import { findRoute } from "../../src/proxy/route.ts";
import type { Session } from "../../src/domain/session.ts";
import { type ApiCase, openApiCase } from "./api-case.ts";
import { toTestTable } from "../support/route-table.ts";
import { expectFit } from "./fits.ts";
import { sampleTraffic } from "./sample.ts";

const NOW = Date.now();
const ROWS = [...sampleTraffic({ count: 200, endMs: NOW - 60_000, spanMs: 3 * 86_400_000 })];
const ID = ROWS.findLast((row) => row.kind === "generation" && row.usage !== undefined)?.id ?? ROWS[0]?.id;

const SESSION: Session = {
  id: "ses_1",
  provider: "openai",
  evidence: "header session-id",
  inferred: false,
  firstAtMs: NOW - 1000,
  lastAtMs: NOW,
};

const DAYS = [4, 0].map((ago) => new Date(NOW - ago * 86_400_000).toISOString().slice(0, 10));

/** What to ask of each endpoint that answers JSON here; the test fails on one that is missing. */
const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  "/stats/summary": ["", "?days=1&all=true"],
  "/stats/by-model": ["", "?provider=openai"],
  "/stats/requests": ["?limit=200", "?all=true"],
  "/stats/timeseries": ["", "?bucket=hour&tz=Asia/Kolkata"],
  "/admin/api/requests": ["", "?count=true&limit=5", "?kind=generation&status=4xx"],
  "/admin/api/requests/{id}": [""],
  "/admin/api/requests/{id}/body/{side}": [""],
  "/api/requests": ["?limit=3&count=true"],
  "/api/requests/{id}": [""],
  "/api/requests/{id}/body/{side}": [""],
  "/admin/api/sessions": [""],
  "/admin/api/sessions/{id}": [""],
  "/api/sessions": [""],
  "/api/sessions/{id}": [""],
  "/admin/usage/today": [""],
  "/admin/usage/range": [`?from=${DAYS[0]}&to=${DAYS[1]}`],
  "/admin/usage/models": [`?from=${DAYS[0]}&to=${DAYS[1]}`],
  "/admin/usage/providers": [`?from=${DAYS[0]}&to=${DAYS[1]}`],
  "/admin/usage/tools": [`?from=${DAYS[0]}&to=${DAYS[1]}`],
  "/admin/usage/keys": [`?from=${DAYS[0]}&to=${DAYS[1]}`],
  "/admin/usage/accounts": [`?day=${DAYS[1]}`],
  "/admin/usage/accounts/range": [`?from=${DAYS[0]}&to=${DAYS[1]}`],
  "/admin/usage/accounts/summary": [""],
  "/admin/usage/trend": ["", "?hours=5", "?hours=100"],
  "/admin/stats": [""],
  "/admin/logs": ["?limit=200&all=true"],
  "/admin/logs/{id}": [""],
  "/admin/config": [""],
  "/admin/providers": [""],
  "/admin/quotas": ["", "?refresh=true"],
  "/admin/quotas/refresh": [""],
  "/admin/quotas/probes": [""],
  "/admin/quotas/history": [""],
  "/admin/logs/{id}/cost-audit": [""],
  "/admin/api/requests/{id}/cost-audit": [""],
  "/admin/pricing": ["", "?model=gpt-5&provider=openai"],
  "/admin/api/prices/explain": ["?provider=openai&model=gpt-5"],
  "/admin/api-keys": [""],
  "/admin/api-keys/{id}": [],
  "/admin/api-keys/{id}/usage": [],
  "/admin/api/status": [""],
  "/admin/api/upstreams": [""],
  "/admin/api/upstreams/{id}": [""],
  "/admin/api/routes": [""],
  "/admin/api/routes/{model}": [""],
  "/admin/api/settings": [""],
  "/admin/api/routing": [""],
  "/api/openapi.json": [""],
};

let api: ApiCase;

beforeAll(async () => {
  api = await openApiCase();
  const bytes = new TextEncoder().encode(`{"ok":true}`);
  await api.writer.write({
    exchanges: ROWS.map((row, index) => (index % 50 === 0 ? { ...row, sessionId: "ses_1" } : row)),
    sessions: [SESSION, { ...SESSION, id: "ses_2", parentId: "ses_1", evidence: "message prefix, fork" }],
    captures: [
      {
        exchangeId: ID ?? ("" as never),
        side: "response",
        bytes,
        contentType: "application/json",
        truncated: false,
        wireBytes: bytes.length,
      },
    ],
  });
});
afterAll(() => api.close());

type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>> };

test("every row of the table is in the document, under one operation id each", async () => {
  const document = (await api.json("/api/openapi.json")) as Document;
  for (const { path, method } of api.table) expect(document.paths[path]).toHaveProperty(method);
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map((operation) => (operation as { operationId: string }).operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
});

test("every route of the server is in the document, and the proxy process sends each path to who answers it", async () => {
  const { paths } = (await api.json("/api/openapi.json")) as Document;
  const served = api.routes.filter(
    ({ path }) => path !== "/*" && path !== "/assets/:name" && !PAGES.some((page) => page === path),
  );
  expect(served.length).toBeGreaterThan(50);
  for (const { method, path } of served) {
    const row = paths[path.replaceAll(/:(\w+)/g, "{$1}")];
    expect([path, row === undefined]).toEqual([path, false]);
    if (method !== "ALL")
      expect([path, Object.keys(row ?? {})]).toEqual([path, expect.arrayContaining([method.toLowerCase()])]);
  }
  const table = toTestTable("http://127.0.0.1:9", () => ({}));
  const owners = api.table.map(({ path, run }) => {
    const route = findRoute(table, path.replaceAll(/\{\w+\}/g, "x"), new Headers());
    const owner = route.kind === "own" ? route.owner : route.kind;
    return [path, run === undefined ? owner !== "api" && route.kind === "own" : owner === "api"];
  });
  expect(owners.filter(([, isRight]) => isRight !== true)).toEqual([]);
});

describe("answers are what the document says", () => {
  const fill = (path: string): string =>
    path
      .replace("upstreams/{id}", "upstreams/google")
      .replace("{id}", path.includes("/sessions/") ? "ses_1" : (ID ?? ""))
      .replace("{side}", "response")
      .replace("{model}", "m");

  test("there is a sample for each", () => {
    const asked = api.table.filter(({ run, answer, method }) => run && answer !== undefined && method === "get");
    expect(asked.map(({ path }) => path).filter((path) => SAMPLES[path] === undefined)).toEqual([]);
  });

  test.each(Object.entries(SAMPLES))("GET %s", async (path, queries) => {
    const schema = api.table.find((row) => row.path === path && row.method === "get")?.answer;
    for (const query of queries) {
      const response = await api.ask(fill(path) + query);
      expect([path + query, response.status]).toEqual([path + query, 200]);
      if (schema !== undefined) expectFit(schema, await response.json());
    }
  });
});

test("errors have one shape, also for what is no endpoint", async () => {
  for (const [path, status, code] of [
    ["/admin/nothing", 404, "not_found"],
    ["/stats/requests?limit=0", 400, "bad_parameter"],
    ["/stats/requests?nope=1", 400, "bad_parameter"],
  ] as const) {
    const response = await api.ask(path);
    expect([path, response.status]).toEqual([path, status]);
    expect(await response.json()).toMatchObject({ error: { code, type: "invalid_request_error" } });
    expect(response.headers.get("cache-control")).toBe("no-store");
  }
});
