/** @module A price is explained over the api as the pricer explains it. */

import { expect, test } from "bun:test";
import { Hono } from "hono";
import { mountEndpoints } from "../../src/api/endpoint.ts";
import { toErrorResponse } from "../../src/api/error.ts";
import { createPriceEndpoints } from "../../src/api/prices.ts";
import { parseOverrides } from "../../src/price/overrides.ts";
import { createPricer } from "../../src/price/pricer.ts";

const { overrides } = parseOverrides(`{"house-model": {"input": 2, "output": 8}}`, "pricing.json");
const api = new Hono();
const book = { ...createPricer({ catalogue: [], overrides }), update: async () => false };
const upstreams = [
  { id: "ollama", aliases: ["my-box"], in_use: true, local: true },
  { id: "openai", aliases: [], in_use: true, local: false },
  { id: "openai", aliases: [], in_use: false, local: true },
];
mountEndpoints(api, createPriceEndpoints({ prices: { book }, routing: { facts: { upstreams } } }));
api.onError((error) => toErrorResponse(error));

test("prices a million tokens each way unless asked for something else", async () => {
  const list = await (await api.request("/admin/api/prices/explain?provider=openai&model=house-model")).json();
  expect(list).toMatchObject({ cost: { total_usd: 10, confidence: "exact" }, usage: { inputTokens: 1_000_000 } });
  const call = await (
    await api.request("/admin/api/prices/explain?provider=openai&model=house-model&input=1000&output=500")
  ).json();
  expect(call).toMatchObject({ cost: { total_usd: 0.006 }, explanation: { provider: "openai" } });
});

test("counts that are not asked for are none as soon as one is", async () => {
  const ask = async (query: string): Promise<unknown> =>
    (await api.request(`/admin/api/prices/explain?provider=openai&model=house-model&${query}`)).json();
  expect(await ask("input=1000")).toMatchObject({
    usage: { inputTokens: 1000, outputTokens: 0 },
    cost: { total_usd: 0.002 },
  });
  expect(await ask("output=0")).toMatchObject({ usage: { inputTokens: 0, outputTokens: 0 }, cost: { total_usd: 0 } });
});

test("a local upstream costs nothing", async () => {
  for (const provider of ["ollama", "my-box"]) {
    const answer = await (await api.request(`/admin/api/prices/explain?provider=${provider}&model=house-model`)).json();
    expect(answer).toMatchObject({ cost: { total_usd: 0, source: "local" } });
  }
});

test("an unknown model has no price, and says why", async () => {
  const answer = await (await api.request("/admin/api/prices/explain?provider=openai&model=never-heard-of")).json();
  expect(answer).toMatchObject({ cost: { total_usd: null, confidence: "unknown" } });
  expect(answer).toHaveProperty("explanation.reason");
});

test("refuses a question without a model, and counts that are none", async () => {
  for (const query of ["provider=openai", "provider=openai&model=x&input=-1"]) {
    const response = await api.request(`/admin/api/prices/explain?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: "bad_parameter" } });
  }
});
