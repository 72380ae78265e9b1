/** @module When two costs are the same, and what is told of one. */

import { expect, test } from "bun:test";
import { isSameCost, toAudit, toRecordedAudit } from "../../src/domain/cost-audit.ts";
import type { Cost } from "../../src/domain/money.ts";
import { exchange, EXCHANGE_START_MS, pendingExchange } from "../support/exchange.ts";

const cost: Cost = { totalNanoUsd: 5, confidence: "exact", source: "built-in", priceKey: "openai/m", tier: "flex" };

test("figure, confidence, source, row and tier make a cost; words beside it do not", () => {
  expect(isSameCost(cost, { ...cost, notes: ["x"], price: "{}", components: { input: 5 } })).toBe(true);
  expect(isSameCost(undefined, undefined)).toBe(true);
  const others: readonly Partial<Cost>[] = [
    { totalNanoUsd: 0 },
    { confidence: "alias" },
    { source: "models.dev" },
    { priceKey: "openai/n" },
    { tier: "batch" },
  ];
  for (const other of others) expect(isSameCost(cost, { ...cost, ...other })).toBe(false);
  expect(isSameCost(undefined, { confidence: "unknown" })).toBe(false);
});

test("the recorded cost has the moment of the exchange's end, and its model", () => {
  const row = exchange({ cost });
  expect(toRecordedAudit(row)).toEqual({
    id: 0,
    atMs: EXCHANGE_START_MS + 1_200,
    reason: "recorded",
    provider: "openai",
    model: "gpt-5-mini-2026-08-07",
    cost,
  });
  const { endedAtMs: _ended, ...open } = row;
  expect(toRecordedAudit(open)?.atMs).toBe(EXCHANGE_START_MS);
  expect(toRecordedAudit(pendingExchange())).toBeUndefined();
});

test("what is not known is absent", () => {
  const { responseModel: _response, requestModel: _request, ...nameless } = exchange();
  expect(toAudit(nameless, { confidence: "unknown" }, "reprice", 9)).toStrictEqual({
    id: 0,
    atMs: 9,
    reason: "reprice",
    provider: "openai",
    cost: { confidence: "unknown" },
  });
});
