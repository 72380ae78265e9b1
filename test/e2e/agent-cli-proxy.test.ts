/** @module Every row of agent-cli-proxy's table of endpoints against the running program: its fields, its parameters, its refusals. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { eventually } from "../support/gate.ts";
import { json } from "../support/step.ts";
import { createStage, type Stage } from "./stage.ts";

const DAY = new Date().toISOString().slice(0, 10);
const RANGE = `from=${DAY}&to=${DAY}`;

const DAILY =
  "day provider model request_count prompt_tokens completion_tokens cache_creation_tokens cache_read_tokens total_tokens cost_usd";
const TODAY = "date requests total_tokens cost_usd breakdown";
const ACCOUNT = `${DAILY} cliproxy_account cliproxy_auth_index reasoning_tokens`;
const LOG =
  "id request_id provider model actual_model actual_provider proxy_api_key_id tool client_id agent source msg_id path streamed status " +
  "prompt_tokens completion_tokens cache_creation_tokens cache_read_tokens reasoning_tokens total_tokens cost_usd cost_status " +
  "lifecycle_status incomplete error_code error_message latency_ms started_at finished_at finalized_at meta_json user_agent " +
  "source_ip cliproxy_account cliproxy_auth_index cliproxy_source correlated_at";
const BREAKER = "providerId state failures openedAt lastActivity";

/** Path, and where fields are looked for: `breakdown[0]` is the first of a list, an empty text the answer itself. */
const ROWS: readonly (readonly [path: string, fields: Readonly<Record<string, string>>])[] = [
  ["/admin/usage/today", { "": TODAY, "breakdown[0]": DAILY }],
  [`/admin/usage/range?${RANGE}`, { "[0]": TODAY, "[0].breakdown[0]": DAILY }],
  [`/admin/usage/models?day=${DAY}`, { "[0]": DAILY }],
  [`/admin/usage/models?${RANGE}`, { "[0]": DAILY }],
  [`/admin/usage/providers?day=${DAY}`, { "[0]": "provider request_count total_tokens cost_usd" }],
  [`/admin/usage/providers?${RANGE}`, { "[0]": "provider request_count total_tokens cost_usd" }],
  [`/admin/usage/accounts?day=${DAY}`, { "[0]": ACCOUNT }],
  [`/admin/usage/accounts/range?${RANGE}`, { "[0]": ACCOUNT }],
  [
    "/admin/usage/accounts/summary",
    { "[0]": "cliproxy_account cliproxy_auth_index provider request_count total_tokens cost_usd" },
  ],
  ["/admin/usage/trend?hours=24", { "": "buckets", "buckets[0]": "timestamp requests tokens cost_usd" }],
  [`/admin/usage/trend?${RANGE}&provider=openai&model=gpt-5&tool=openclaw`, { "buckets[0]": "timestamp requests" }],
  ["/admin/stats", { "": "total_requests total_tokens total_cost_usd first_request_at last_request_at" }],
  ["/admin/logs", { "[0]": LOG }],
  ["/admin/logs?tool=openclaw", { "[0]": LOG }],
  ["/admin/logs?client_id=openclaw-jongi", { "[0]": LOG }],
  ["/admin/logs?limit=1&offset=1&status_min=200&status_max=299&lifecycle_status=completed", { "[0]": LOG }],
  ["/admin/logs/1", { "": LOG }],
  [
    "/admin/logs/1/cost-audit",
    { "": "requestLogId audits", "audits[0]": "id model provider source baseCostUsd calcAt" },
  ],
  ["/admin/quotas", { "": "snapshots" }],
  ["/admin/quotas?refresh=true", { "": "timestamp inserted accounts" }],
  ["/admin/quotas/refresh", { "": "timestamp inserted accounts" }],
  ["/admin/quotas/probes", { "": "probes" }],
  ["/admin/quotas/history?hours=24", { "": "buckets" }],
  [`/admin/quotas/history?${RANGE}&provider=claude&account=a`, { "": "buckets" }],
  [
    "/admin/providers",
    { "": "providers source", "providers[0]": "id type paths models hasCustomUpstream", source: "source lastLoadedAt" },
  ],
  ["/admin/pricing", { "": "loaded fetchedAt ageMs cachePath" }],
  [
    "/admin/pricing?model=gpt-5&provider=openai",
    { "": "loaded fetchedAt ageMs cachePath match", match: "key source pricing" },
  ],
  [
    "/admin/config",
    {
      "": "proxy upstream intervals features",
      proxy: "host port proxyRequireApiKey trustProxyHeaders",
      upstream: "cliProxyApiUrl timeoutMs connectTimeoutMs maxRetries",
      intervals: "pricingRefreshMs costBackfillMs quotaRefreshMs",
      features: "hasAdminApiKey hasMgmtKey hasAuthDir hasDashboardPassword",
    },
  ],
  ["/admin/breakers", { "": "breakers", "breakers[0]": BREAKER }],
  ["/admin/breakers/openai", { "": BREAKER }],
  ["/ready", { "": "status checks", checks: "database pricing upstream supervisor", "checks.database": "status" }],
  ["/health", { "": "status" }],
];

const NO_RANGE = "Missing from or to parameter";
const HALF_RANGE = "Both from and to are required when using date range";
const LIMIT = /^Invalid limit or offset/;
const FILTER = /^Invalid filter parameter/;
const HOURS = /^Invalid hours parameter/;

const REFUSALS: readonly (readonly [path: string, status: number, message: string | RegExp])[] = [
  ["/admin/usage/range", 400, NO_RANGE],
  [`/admin/usage/range?from=${DAY}`, 400, NO_RANGE],
  ["/admin/usage/accounts/range", 400, NO_RANGE],
  ["/admin/usage/range?from=x&to=2026-01-02", 400, "Invalid from parameter; expected YYYY-MM-DD"],
  ["/admin/usage/range?from=2026-01-01&to=2026-02-30", 400, "Invalid to parameter; expected YYYY-MM-DD"],
  ["/admin/usage/range?from=2026-01-02&to=2026-01-01", 400, "from must be on or before to"],
  ["/admin/usage/range?from=2024-01-01&to=2026-01-01", 400, "Date range cannot exceed 366 days"],
  ["/admin/usage/models?from=2026-01-01", 400, HALF_RANGE],
  ["/admin/usage/providers?to=2026-01-01", 400, HALF_RANGE],
  ["/admin/usage/accounts/summary?to=2026-01-01", 400, HALF_RANGE],
  ["/admin/usage/models?day=1", 400, "Invalid day parameter; expected YYYY-MM-DD"],
  ["/admin/usage/trend?hours=0", 400, HOURS],
  ["/admin/usage/trend?from=2026-01-01", 400, HALF_RANGE],
  ["/admin/quotas/history?hours=1.5", 400, HOURS],
  ["/admin/logs?limit=201", 400, LIMIT],
  ["/admin/logs?offset=100001", 400, LIMIT],
  ["/admin/logs?tool=", 400, FILTER],
  ["/admin/logs?client_id=%20", 400, FILTER],
  ["/admin/logs?status_min=high", 400, FILTER],
  ["/admin/logs?lifecycle_status=done", 400, FILTER],
  ["/admin/logs?cursor=nonsense", 400, /cursor/],
  ["/admin/logs/99999", 404, "Not found"],
  ["/admin/logs/99999/cost-audit", 404, /no exchange/],
  ["/admin/breakers/nobody", 404, /^Breaker not found/],
  ["/admin/nothing", 404, /^Nothing is at/],
];

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
  stage.upstream.on(/^HEAD /, json({}));
  const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
  stage.upstream.on(
    "POST /v1/chat/completions",
    json({ id: "c1", object: "chat.completion", model: "gpt-5", choices: [], usage }),
  );
  for (const session of ["one", "two"]) {
    const call = await fetch(`${stage.url}/openai/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-agent-name": "jongi", "x-openclaw-session-id": session },
      body: JSON.stringify({ model: "gpt-5", messages: [{ role: "user", content: session }] }),
    });
    await call.text();
  }
  await stage.takeRows(2);
}, 60_000);
afterAll(() => stage[Symbol.asyncDispose]());

function pick(answer: unknown, place: string): unknown {
  const steps = place.split(/[.[\]]+/).filter((step) => step !== "");
  // Each step goes into a list or an object; what is none ends as undefined.
  return steps.reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], answer);
}

describe("answers", () => {
  test.each(ROWS)("GET %s", async (path, fields) => {
    const response = await fetch(stage.url + path);
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
    const answer: unknown = await response.json();
    for (const [place, names] of Object.entries(fields)) {
      const found = pick(answer, place);
      const missing = names
        .split(" ")
        .filter((name) => !(typeof found === "object" && found !== null && name in found));
      expect([place, missing]).toEqual([place, []]);
    }
  });

  test("figures are those of the calls", async () => {
    expect(await stage.modeltap.stats("/admin/stats")).toMatchObject({ total_requests: 2, total_tokens: 240 });
    expect(await stage.modeltap.stats("/admin/logs?limit=1&offset=1")).toMatchObject([
      {
        id: 1,
        tool: "openclaw",
        client_id: "openclaw-jongi",
        agent: "jongi",
        status: 200,
        prompt_tokens: 100,
        cost_status: "ok",
      },
    ]);
  });

  test("what no part of the program reads yet says so", async () => {
    for (const path of ["", "?refresh=true", "/refresh", "/probes", "/history"]) {
      const answer = await stage.modeltap.stats(`/admin/quotas${path}`);
      expect(answer).toMatchObject({ configured: false, message: "not configured" });
    }
  });

  test("POST /admin/breakers/:id/reset", async () => {
    const reset = await fetch(`${stage.url}/admin/breakers/openai/reset`, {
      method: "POST",
      headers: { "content-type": "application/json" },
    });
    expect([reset.status, await reset.json()]).toEqual([200, { ok: true, providerId: "openai" }]);
  });

  test("/metrics is there for Prometheus, and counts", async () => {
    const text = await eventually(async () => {
      const page = await fetch(`${stage.url}/metrics`);
      expect(page.headers.get("content-type")).toStartWith("text/plain; version=0.0.4");
      const lines = await page.text();
      return lines.includes("modeltap_requests_total{") ? lines : undefined;
    }, "/metrics to count");
    expect(text).toMatch(/^modeltap_requests_total\{provider="openai",.*tool="openclaw".*\} 2$/m);
  });
});

describe("refusals", () => {
  test.each(REFUSALS)("GET %s is %d", async (path, status, message) => {
    const response = await fetch(stage.url + path);
    expect(response.status).toBe(status);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const code = status === 404 ? "not_found" : "bad_parameter";
    expect(await response.json()).toEqual({
      error: {
        type: "invalid_request_error",
        code,
        message: typeof message === "string" ? message : expect.stringMatching(message),
      },
    });
  });
});
