/** @module The history of a cost over the api, under both of its addresses. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { exchange, EXCHANGE_START_MS, exchangeId } from "../support/exchange.ts";
import { type ApiCase, openApiCase } from "./api-case.ts";

const row = exchange({ cost: { confidence: "unknown" } });
const plain = exchange({ cost: { totalNanoUsd: 5, confidence: "reported", source: "reported" } });

let api: ApiCase;
beforeAll(async () => {
  api = await openApiCase();
  await api.writer.write({ exchanges: [row, plain], captures: [] });
  await api.writer.write({
    exchanges: [
      {
        ...row,
        cost: {
          totalNanoUsd: 2_500_000,
          confidence: "exact",
          source: "models.dev",
          priceKey: "openai/m",
          tier: "flex",
        },
      },
    ],
    captures: [],
    replaceFinal: { reason: "backfill", atMs: EXCHANGE_START_MS + 60_000 },
  });
});
afterAll(() => api.close());

test("a cost that changed has an entry for each figure", async () => {
  const audits = [
    {
      id: 1,
      model: "gpt-5-mini-2026-08-07",
      provider: "openai",
      source: "unknown",
      baseCostUsd: null,
      calcAt: "2026-11-20T12:00:01.200Z",
      reason: "recorded",
      confidence: "unknown",
      tier: null,
    },
    {
      id: 2,
      model: "gpt-5-mini-2026-08-07",
      provider: "openai",
      source: "models.dev openai/m",
      baseCostUsd: 0.0025,
      calcAt: "2026-11-20T12:01:00.000Z",
      reason: "backfill",
      confidence: "exact",
      tier: "flex",
    },
  ];
  expect(await api.json(`/admin/api/requests/${row.id}/cost-audit`)).toEqual({ requestLogId: row.id, audits });
  expect(await api.json(`/admin/logs/${row.id}/cost-audit`)).toEqual({ requestLogId: 1, audits });
  expect(await api.json(`/admin/logs/1/cost-audit`)).toEqual({ requestLogId: 1, audits });
});

test("a cost that never changed has the one that was recorded", async () => {
  expect(await api.json(`/admin/api/requests/${plain.id}/cost-audit`)).toMatchObject({
    audits: [{ id: 0, source: "reported", baseCostUsd: 5e-9, reason: "recorded" }],
  });
});

test("an exchange that is not there is a 404", async () => {
  for (const path of [
    `/admin/api/requests/${exchangeId()}`,
    "/admin/api/requests/1",
    "/admin/logs/99",
    "/admin/logs/x",
  ]) {
    const response = await api.ask(`${path}/cost-audit`);
    expect([path, response.status]).toEqual([path, 404]);
  }
});
