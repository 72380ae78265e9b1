/** @module Managed keys over the api, with the recorder's own writes on a real database behind it. */

import { afterEach, beforeEach, expect, test } from "bun:test";

import { type ManagedKey, parseKey } from "../../src/domain/key.ts";
import { createWrites, type Writes } from "../../src/record/writes.ts";
import { type ApiCase, openApiCase } from "./api-case.ts";
import { expectFit } from "./fits.ts";
import { createRandom, sampleExchange } from "./sample.ts";

/** Nobody asks for them here. */
const NO_PRICES = {
  "refresh-prices": () => Promise.reject(new Error("not asked")),
  "backfill-prices": () => Promise.reject(new Error("not asked")),
} as never;
const NOW = Date.UTC(2026, 10, 21);

let api: ApiCase;
let writes: Writes;

beforeEach(async () => {
  api = await openApiCase({ ask: (change) => writes.execute(change), now: () => NOW });
  writes = createWrites({ writer: api.writer, onObjects: () => undefined, now: () => NOW, prices: NO_PRICES });
});
afterEach(() => api.close());

async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; value: never }> {
  const answer = await api.ask(`/admin/api-keys${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const value = (await answer.json()) as never; // compared field by field below
  const row = api.table.find((each) => {
    const pattern = new RegExp(`^${each.path.replace("{id}", "[^/]+")}$`);
    return each.method === method.toLowerCase() && pattern.test(`/admin/api-keys${path}`);
  });
  if (answer.ok && row?.answer !== undefined) expectFit(row.answer, value);
  return { status: answer.status, value };
}

type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly key?: string };

async function stored(): Promise<ManagedKey[]> {
  return (await api.writer.readObjects()).objects.flatMap((object) => parseKey(object) ?? []);
}

test("a key is answered once, and what is stored does not give it away", async () => {
  const { status, value } = await ask("POST", "", {
    name: "  ci  ",
    allowed_providers: ["openai"],
    allowed_accounts: null,
    expires_at: "2027-01-01T00:00:00Z",
    requests_per_minute: 60,
  });
  const made = value as Row;
  expect(status).toBe(201);
  expect(made.key).toMatch(/^mt_[0-9a-f]{64}$/);
  expect(made).toMatchObject({
    name: "ci",
    keyPrefix: made.key?.slice(0, 8),
    last4: made.key?.slice(-4),
    createdAt: "2026-11-21T00:00:00.000Z",
    allowedProviders: ["openai"],
    allowedAccounts: null,
    allowedModels: null,
    requestsPerMinute: 60,
  });
  const { value: list } = await ask("GET", "");
  expect(list).toMatchObject({ apiKeys: [{ id: made.id, requestCount: 0, lastUsedAt: null, revokedAt: null }] });
  expect(JSON.stringify([await api.writer.readObjects(), list])).not.toContain(made.key ?? "");
  const [key] = await stored();
  expect(key?.hash).toBe(new Bun.CryptoHasher("sha256").update(made.key ?? "").digest("hex"));
});

test("two keys are never alike, also under one name", async () => {
  const made = [await ask("POST", "", { name: "a" }), await ask("POST", "", { name: "a" })];
  expect(new Set(made.map(({ value }) => (value as Row).key)).size).toBe(2);
  expect(await stored()).toHaveLength(2);
});

test("a change sets what it names and lifts what it sets to null; a revoked key stays as it is", async () => {
  const { id } = (await ask("POST", "", { name: "a", allowed_models: ["gpt-5"], tokens_per_minute: 9 })).value as Row;
  expect((await ask("PATCH", `/${id}`, { allowed_models: null, allowed_providers: ["openai"] })).value).toEqual({
    ok: true,
  } as never);
  expect((await ask("GET", `/${id}`)).value).toMatchObject({
    name: "a",
    allowedModels: null,
    allowedProviders: ["openai"],
    tokensPerMinute: 9,
  });
  const revoked = await ask("DELETE", `/${id}`);
  expect(revoked.value).toEqual({ revokedAt: "2026-11-21T00:00:00.000Z" } as never);
  expect((await ask("DELETE", `/${id}`)).value).toEqual(revoked.value);
  expect((await ask("PATCH", `/${id}`, { name: "b" })).status).toBe(409);
  expect((await stored())[0]).toMatchObject({ name: "a", revokedAtMs: NOW, allowedProviders: ["openai"] });
});

test.each<[string, unknown]>([
  ["no name", {}],
  ["an empty name", { name: " " }],
  ["a name of two lines", { name: "a\nb" }],
  ["an empty list", { name: "a", allowed_providers: [] }],
  ["a pattern that matches nothing", { name: "a", allowed_models: ["gpt-*-mini"] }],
  ["a provider that is none", { name: "a", allowed_providers: ["openai", "opnai"] }],
  ["a list that is none", { name: "a", allowed_models: "gpt-5" }],
  ["a limit of nothing", { name: "a", requests_per_minute: 0 }],
  ["a time that is past", { name: "a", expires_at: NOW - 1 }],
  ["a time that is none", { name: "a", expires_at: "soon" }],
  ["a day that is none", { name: "a", expires_at: "2099-02-30" }],
  ["a field nobody knows", { name: "a", hash: "ab".repeat(32) }],
  ["a text", "name"],
])("%s is refused", async (_, body) => {
  const { status, value } = await ask("POST", "", body);
  expect([status, value]).toMatchObject([400, { error: { code: "bad_body" } }]);
  expect(await stored()).toEqual([]);
});

test("a key that is not there is not found", async () => {
  for (const [method, path, body] of [
    ["GET", "/key_x", undefined],
    ["GET", "/key_x/usage", undefined],
    ["PATCH", "/key_x", { name: "b" }],
    ["DELETE", "/key_x", undefined],
  ] as const) {
    expect([method, (await ask(method, path, body)).status]).toEqual([method, 404]);
  }
});

test("usage is that of the exchanges that came with the key, the last use included", async () => {
  const { id } = (await ask("POST", "", { name: "a" })).value as Row;
  const other = (await ask("POST", "", { name: "b" })).value as Row;
  const random = createRandom(1);
  const usage = { inputTokens: 10, outputTokens: 5 };
  const cost = { totalNanoUsd: 2_000_000_000, confidence: "exact" } as const;
  const rows = [1000, 3000, 2000].map((ago, index) =>
    sampleExchange(index + 1, NOW - ago, random, { keyId: id, state: "completed", usage, cost }),
  );
  await api.writer.write({ exchanges: [...rows, sampleExchange(9, NOW, random, {})], captures: [] });
  const { value } = await ask("GET", `/${id}/usage`);
  expect(value).toEqual({
    id,
    requestCount: 3,
    totalTokens: 45,
    totalCostUsd: 6,
    unpricedRequests: 0,
    lastUsedAt: new Date(NOW - 1000).toISOString(),
  } as never);
  expect((await ask("GET", `/${other.id}/usage`)).value).toMatchObject({ requestCount: 0, lastUsedAt: null });
  const listed = (await api.json(`/admin/api/requests?key=${id}`)) as { rows: readonly { key_id: string }[] };
  expect(listed.rows.map((row) => row.key_id)).toEqual([id, id, id]);
});

test("a time without an offset is in UTC, wherever the server is", async () => {
  for (const [given, expected] of [
    ["2099-01-01T00:00:00", "2099-01-01T00:00:00.000Z"],
    ["2099-01-01", "2099-01-01T00:00:00.000Z"],
    ["2099-01-01T00:00:00+02:00", "2098-12-31T22:00:00.000Z"],
  ]) {
    const { value } = await ask("POST", "", { name: "a", expires_at: given });
    expect((value as Record<string, unknown>)["expiresAt"]).toBe(expected);
  }
});

test("a cost that nobody knows is null, and what is missing in a sum is counted", async () => {
  const ids: string[] = [];
  for (const name of ["unknown", "partly"]) ids.push(((await ask("POST", "", { name })).value as Row).id);
  const random = createRandom(1);
  const usage = { inputTokens: 10, outputTokens: 5 };
  const cost = { totalNanoUsd: 2_000_000_000, confidence: "exact" } as const;
  const unknown = { confidence: "unknown" } as const;
  const rows = [
    sampleExchange(1, NOW - 1000, random, { keyId: ids[0] ?? "", state: "completed", usage, cost: unknown }),
    sampleExchange(2, NOW - 1000, random, { keyId: ids[1] ?? "", state: "completed", usage, cost }),
    sampleExchange(3, NOW - 1000, random, { keyId: ids[1] ?? "", state: "completed", usage, cost: unknown }),
  ];
  await api.writer.write({ exchanges: rows, captures: [] });
  const costOf = async (id = "") => {
    const { totalCostUsd, unpricedRequests } = (await ask("GET", `/${id}/usage`)).value as Record<string, unknown>;
    return [totalCostUsd, unpricedRequests];
  };
  expect(await costOf(ids[0])).toEqual([null, 1]);
  expect(await costOf(ids[1])).toEqual([2, 1]);
  const { apiKeys } = (await ask("GET", "")).value as unknown as { apiKeys: readonly Record<string, unknown>[] };
  expect(apiKeys.map(({ name, totalCostUsd, unpricedRequests }) => [name, totalCostUsd, unpricedRequests])).toEqual(
    expect.arrayContaining([
      ["unknown", null, 1],
      ["partly", 2, 1],
    ]),
  );
});

test("a misspelt provider is refused with the one that was meant, also in a change", async () => {
  const refusal = await ask("POST", "", { name: "a", allowed_providers: ["opnai"] });
  expect(refusal).toMatchObject({ status: 400 });
  expect(JSON.stringify(refusal.value)).toContain('there is no provider \\"opnai\\" (did you mean \\"openai\\"?)');
  const { value } = await ask("POST", "", { name: "a", allowed_providers: ["openai", "127.0.0.1:1234"] });
  const { id } = value as Row;
  expect((await ask("PATCH", `/${id}`, { allowed_providers: ["opnai"] })).status).toBe(400);
  expect((await stored())[0]?.allowedProviders).toEqual(["openai", "127.0.0.1:1234"]);
});
