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
mountEndpoints(api, createPriceEndpoints(createPricer({ catalogue: [], overrides })));
api.onError((error) => toErrorResponse(error));

test("prices a million tokens each way unless asked for less", async () => {
  const list = await (await api.request("/admin/api/prices/explain?provider=openai&model=house-model")).json();
  expect(list).toMatchObject({ cost: { total_usd: 10, confidence: "exact" }, usage: { inputTokens: 1_000_000 } });
  const call = await (
    await api.request("/admin/api/prices/explain?provider=openai&model=house-model&input=1000&output=500")
  ).json();
  expect(call).toMatchObject({ cost: { total_usd: 0.006 }, explanation: { provider: "openai" } });
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
