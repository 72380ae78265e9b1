/** @module The real program and a publisher of prices: fetched, kept, used offline, and applied to what had none. */

import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { CostAuditEntry } from "../../src/api/contract.ts";
import { createCertificate } from "../support/certificate.ts";
import { eventually } from "../support/gate.ts";
import { type Modeltap, ROOT, type StatsRow } from "../support/modeltap.ts";
import { toModelsDev } from "../support/price-book.ts";
import { type PricePublisher, startPricePublisher } from "../support/price-publisher.ts";
import { json } from "../support/step.ts";
import { createStage, type Stage } from "./stage.ts";

const OLD = { "gpt-other": [1, 1] } as const;
const NEW = { ...OLD, "gpt-next": [2, 10] } as const;

let publisher: PricePublisher;
const stages: Stage[] = [];

beforeEach(() => {
  publisher = startPricePublisher(toModelsDev({ openai: OLD }));
});
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage[Symbol.asyncDispose]();
  await publisher.close();
});

async function start(env: Readonly<Record<string, string>> = {}, home?: string): Promise<Stage> {
  const stage = await createStage({
    env: { MODELTAP_PRICING_LIVE: "true", MODELTAP_PRICING_URL: publisher.url, ...env },
    ...(home === undefined ? {} : { home }),
  });
  stages.push(stage);
  return stage;
}

async function call(stage: Stage, model: string): Promise<void> {
  const usage = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 };
  const choices = [{ index: 0, message: { role: "assistant", content: "yes" }, finish_reason: "stop" }];
  stage.upstream.on("POST /v1/chat/completions", json({ id: "c1", object: "chat.completion", model, choices, usage }));
  const answer = await fetch(`${stage.url}/openai/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "?" }] }),
  });
  expect(answer.status).toBe(200);
  await answer.text();
}

async function post(modeltap: Modeltap, path: string, body: unknown = {}): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${modeltap.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
}

/** Asks for prices; on a busy machine the recorder may be too late for one answer, and does it all the same. */
function refresh(modeltap: Modeltap): Promise<{ status: number; json: unknown }> {
  return eventually(
    async () => {
      const answer = await post(modeltap, "/admin/api/prices/refresh");
      return JSON.stringify(answer.json).includes("did not answer in time") ? undefined : answer;
    },
    "an answer of the recorder",
    40_000,
  );
}

function pricedRow(modeltap: Modeltap): Promise<StatsRow> {
  return eventually(async () => (await modeltap.rows()).find((row) => row.cost_usd !== null), "a priced row", 15_000);
}

async function cli(modeltap: Modeltap, ...args: string[]): Promise<{ code: number; text: string }> {
  const child = Bun.spawn([process.execPath, "--no-env-file", join(ROOT, "src/main.ts"), ...args], {
    env: {
      HOME: modeltap.home,
      PATH: process.env["PATH"] ?? "",
      XDG_CONFIG_HOME: join(modeltap.home, "config"),
      XDG_DATA_HOME: join(modeltap.home, "data"),
    },
    stdout: "pipe",
    stderr: "pipe",
  });
  const text = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
  return { code: await child.exited, text };
}

test("a row without a price gets its cost with the prices that bring one, and its history says so", async () => {
  const stage = await start();
  await call(stage, "gpt-next");
  const [row] = await stage.modeltap.waitForRows(1);
  expect(row).toMatchObject({ cost_usd: null, cost_confidence: "unknown" });

  publisher.answer = toModelsDev({ openai: NEW });
  expect(await refresh(stage.modeltap)).toMatchObject({
    status: 200,
    json: { running: false, fetchedRows: 2, stale: false },
  });
  const priced = await pricedRow(stage.modeltap);
  expect(priced).toMatchObject({ exchange_id: row?.exchange_id, cost_usd: 0.003, cost_confidence: "exact" });
  const history = (await stage.modeltap.stats(`/admin/logs/${priced.exchange_id}/cost-audit`)) as {
    readonly audits: readonly CostAuditEntry[];
  };
  expect(history.audits.map(({ reason, baseCostUsd, source }) => [reason, baseCostUsd, source])).toEqual([
    ["recorded", null, "unknown"],
    ["backfill", 0.003, "models.dev openai/gpt-next"],
  ]);
  expect(await stage.modeltap.stats("/stats/summary")).toMatchObject({
    totals: { total_cost_usd: 0.003, unpriced_requests: 0 },
  });
  const sum = await eventually(async () => {
    const page = await (await fetch(`${stage.url}/metrics`)).text();
    return /^modeltap_backfilled_requests_total\{provider="openai"\} 1$/m.test(page) ? page : undefined;
  }, "/metrics to count the later price");
  expect(sum).toMatch(/^modeltap_cost_usd_total\{provider="openai",.*\} 0\.003$/m);
  expect(sum).toMatch(/^modeltap_unpriced_requests_total\{provider="openai"\} 1$/m);
  // Known costs stay, whatever the prices become.
  publisher.answer = toModelsDev({ openai: { ...NEW, "gpt-next": [50, 50] } });
  await refresh(stage.modeltap);
  await call(stage, "gpt-next");
  const rows = await eventually(async () => {
    const all = await stage.modeltap.rows();
    return all.length === 2 && all.every((each) => each.cost_usd !== null) ? all : undefined;
  }, "two priced rows");
  expect(rows.map(({ cost_usd: cost }) => cost)).toEqual([0.055, 0.003]);
}, 120_000);

test("prices are fetched soon after the start, and hold at the next start without a network", async () => {
  const first = await start();
  await eventually(
    async () => {
      const { fetchedRows } = (await first.modeltap.stats("/admin/pricing")) as { readonly fetchedRows: number };
      return fetchedRows > 0 ? true : undefined;
    },
    "the first fetch",
    15_000,
  );
  const cache = join(first.modeltap.dataDir, "pricing-cache.jsonl");
  expect(statSync(cache).mode & 0o777).toBe(0o600);
  expect(readFileSync(cache, "utf8").split("\n")).toHaveLength(3);
  await first.modeltap.stop();
  await publisher.close();

  const second = await start({ MODELTAP_OFFLINE: "true" }, first.modeltap.home);
  expect(await second.modeltap.stats("/admin/pricing?provider=openai&model=gpt-other")).toMatchObject({
    fetchedRows: 1,
    match: { key: "openai/gpt-other", layer: "models.dev", pricing: { input: 1, output: 1 } },
  });
  await call(second, "gpt-other");
  expect(await pricedRow(second.modeltap)).toMatchObject({ cost_usd: 0.0011 });
  expect(await post(second.modeltap, "/admin/api/prices/refresh")).toMatchObject({
    status: 400,
    json: { error: { code: "bad_body" } },
  });
}, 120_000);

test("a publisher that never answers holds up neither the start nor the record", async () => {
  publisher.answer = () => new Promise(() => {});
  const stage = await start();
  await eventually(async () => publisher.requests[0], "the request for prices", 15_000);
  await call(stage, "gpt-5");
  expect(await pricedRow(stage.modeltap)).toMatchObject({ model: "gpt-5", cost_confidence: "exact" });
  expect(await post(stage.modeltap, "/admin/api/prices/backfill")).toMatchObject({ status: 200 });
  expect(await stage.modeltap.stop()).toBe(0);
}, 120_000);

test("offline asks nobody, and a price of one's own reaches old rows by the command line, running or not", async () => {
  const stage = await start({ MODELTAP_OFFLINE: "true" });
  await call(stage, "house-model");
  await stage.modeltap.waitForRows(1);
  const { modeltap } = stage;
  expect(await cli(modeltap, "prices", "backfill", "--limit", "5")).toEqual({
    code: 0,
    text: "backfill: scanned=1 updated=0 ok=0 pending=1 unsupported=0\n",
  });
  const own = join(modeltap.home, "config", "modeltap", "pricing.json");
  writeFileSync(own, '{"house-model": {"input": 1, "output": 10}}');
  expect((await cli(modeltap, "prices", "backfill")).text).toContain("ok=1 ");
  expect(await pricedRow(modeltap)).toMatchObject({ cost_usd: 0.002 });
  expect(await cli(modeltap, "prices", "refresh")).toMatchObject({ code: 1 });

  await call(stage, "garden-model");
  await modeltap.waitForRows(2);
  await modeltap.stop();
  writeFileSync(own, '{"garden-model": {"input": 3, "output": 0}}');
  expect(await cli(modeltap, "--backfill-cached-costs")).toEqual({
    code: 0,
    text: "backfill: scanned=1 updated=1 ok=1 pending=0 unsupported=0\n",
  });
  expect((await cli(modeltap, "prices", "backfill", "--never")).code).toBe(2);
  const again = await start({ MODELTAP_OFFLINE: "true" }, modeltap.home);
  expect((await again.modeltap.rows()).map(({ cost_usd: cost }) => cost)).toEqual([0.003, 0.002]);
  expect(publisher.requests).toEqual([]);
}, 120_000);

test("the outgoing proxy is used for prices, and a further certificate authority believed", async () => {
  // A proxy sees the whole URL of what it is to fetch; this one has the document itself.
  const proxied = await start({
    MODELTAP_PRICING_URL: "http://prices.example/api.json",
    MODELTAP_HTTPS_PROXY: new URL(publisher.url).origin,
  });
  expect(await refresh(proxied.modeltap)).toMatchObject({ json: { fetchedRows: 1 } });
  expect(publisher.requests.length).toBeGreaterThan(0);

  const certificate = await createCertificate();
  const secure = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { key: certificate.key, cert: certificate.cert },
    fetch: () => new Response(toModelsDev({ openai: NEW })),
  });
  const url = `https://localhost:${secure.port}/api.json`;
  const caFile = join(proxied.modeltap.home, "ca.pem");
  writeFileSync(caFile, certificate.cert);
  try {
    const doubting = await start({ MODELTAP_PRICING_URL: url });
    expect(await refresh(doubting.modeltap)).toMatchObject({
      status: 503,
      json: { error: { code: "recorder_unavailable" } },
    });
    const believing = await start({ MODELTAP_PRICING_URL: url, MODELTAP_CA_FILE: caFile });
    expect(await refresh(believing.modeltap)).toMatchObject({ json: { fetchedRows: 2 } });
  } finally {
    await secure.stop(true);
  }
}, 120_000);
