import { expect, test } from "bun:test";
import { Meter } from "../../src/record/meter.ts";
import { exchange, pendingExchange } from "../support/exchange.ts";

test("counts what ended by its names, until it is taken", () => {
  const meter = new Meter();
  for (let turn = 0; turn < 3; turn++) meter.add(exchange({ tool: "codex" }));
  meter.add(pendingExchange());
  meter.add(exchange({ statusCode: 429, cost: { confidence: "unknown" } }));
  meter.add(exchange({ cost: { confidence: "unknown" } }));
  const { rows = [] } = meter.take() ?? {};
  expect(rows).toHaveLength(3);
  expect(rows[0]).toMatchObject({ tool: "codex", statusClass: 2, requests: 3, inputTokens: 300, costNanoUsd: 195_000 });
  expect(rows[0]?.duration).toEqual({ sumMs: 3600, classes: [0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0] });
  expect(rows[1]).toMatchObject({ statusClass: 4, unpriced: 0 });
  expect(rows[2]).toMatchObject({ tool: "", statusClass: 2, unpriced: 1, costNanoUsd: 0 });
  expect(meter.take()).toBeUndefined();
});

test("what never came counts nowhere, and a credit takes nothing back", () => {
  const meter = new Meter();
  const { statusCode: _status, ...gone } = exchange({ timing: {}, cost: { totalNanoUsd: -5, confidence: "reported" } });
  meter.add(gone);
  expect(meter.take()?.rows).toMatchObject([
    { statusClass: 0, costNanoUsd: 0, duration: { sumMs: 0 }, firstByte: { sumMs: 0 } },
  ]);
});

test("made-up names cannot fill the memory", () => {
  const meter = new Meter();
  for (let index = 0; index < 3000; index++) meter.add(exchange({ responseModel: `m-${index}`, tool: `t-${index}` }));
  const { rows = [] } = meter.take() ?? {};
  expect(rows.length).toBeLessThanOrEqual(1001);
  expect(rows.reduce((sum, row) => sum + row.requests, 0)).toBe(3000);
});

test("a price that came later adds its cost, a lower one is taken back apart", () => {
  const meter = new Meter();
  const cost = (totalNanoUsd: number) => exchange({ cost: { totalNanoUsd, confidence: "exact" } });
  const unpriced = exchange({ cost: { confidence: "unknown" } });
  meter.add(unpriced);
  meter.addRepriced(unpriced, cost(500));
  meter.addRepriced(cost(500), cost(200));
  expect(meter.take()?.rows).toMatchObject([
    { requests: 1, unpriced: 1, backfilled: 1, costNanoUsd: 500, reducedNanoUsd: 300 },
  ]);
});
