/** @module What one exchange adds to the sums: its group, its figures, its latency classes. */

import { describe, expect, test } from "bun:test";

import { LATENCY_BOUNDS_MS, ROLLUP_KEYS, ROLLUP_MEASURES, toContribution } from "../../src/store/rollup.ts";
import { exchange, EXCHANGE_START_MS as START, pendingExchange } from "../support/exchange.ts";

function measuresOf(row: Parameters<typeof toContribution>[0]): Record<string, number> {
  const values = toContribution(row)?.measures ?? [];
  return Object.fromEntries(ROLLUP_MEASURES.map((name, index) => [name, values[index] ?? Number.NaN]));
}

describe("the contribution of an exchange", () => {
  test("has a value for every column", () => {
    const contribution = toContribution(exchange());
    expect(contribution?.key).toHaveLength(ROLLUP_KEYS.length);
    expect(contribution?.measures).toHaveLength(ROLLUP_MEASURES.length);
    expect(new Set(ROLLUP_MEASURES).size).toBe(ROLLUP_MEASURES.length);
  });

  test("goes to its quarter of an hour, under the model of the answer, else of the request, else none", () => {
    const { responseModel: _responseModel, ...asked } = exchange({ startedAtMs: START + 899_999, tool: "codex" });
    const { requestModel: _requestModel, statusCode: _statusCode, ...unknown } = asked;
    const rest = ["generation", 2, "codex", "", "", "metered"];
    expect(toContribution({ ...asked, responseModel: "m" })?.key).toEqual([
      START,
      "openai",
      "m",
      "openai-chat",
      ...rest,
    ]);
    expect(toContribution(asked)?.key[2]).toBe("gpt-5-mini");
    expect(toContribution(unknown)?.key[2]).toBe("");
    expect(toContribution(unknown)?.key[5]).toBe(0);
  });

  test("is none while the exchange is pending", () => {
    expect(toContribution(pendingExchange())).toBeUndefined();
  });

  test("counts a latency in one class, bounds inclusive, and none when it is not known", () => {
    const classOf = (durationMs?: number): string[] => {
      const measures = measuresOf(exchange({ timing: durationMs === undefined ? {} : { durationMs } }));
      return Object.keys(measures).filter((name) => /^(duration|ttfb)_(upto|above)/.test(name) && measures[name] === 1);
    };
    expect(classOf(0)).toEqual(["duration_upto_25ms"]);
    expect(classOf(25)).toEqual(["duration_upto_25ms"]);
    expect(classOf(25.001)).toEqual(["duration_upto_50ms"]);
    expect(classOf(LATENCY_BOUNDS_MS.at(-1))).toEqual(["duration_upto_600000ms"]);
    expect(classOf(600_000.5)).toEqual(["duration_above_600000ms"]);
    expect(classOf()).toEqual([]);
  });
});
