/** @module What a store answers about usage: right sums after any history of writes. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";

import type { Exchange, ExchangeState } from "../../src/domain/exchange.ts";
import type { UsageSums } from "../../src/store/store.ts";
import { exchange, EXCHANGE_START_MS as START, exchangeId } from "../support/exchange.ts";
import type { OpenStore } from "./store.ts";

export function describeSums(opened: () => OpenStore): void {
  describe("sums", () => {
    const write = (...exchanges: Exchange[]): Promise<void> => opened().writer.write({ exchanges, captures: [] });

    test("an empty store has one group of zeros, and no group by provider", async () => {
      expect(await opened().reader.sumUsage({}, "none")).toEqual([ZERO]);
      expect(await opened().reader.sumUsage({}, "provider")).toEqual([]);
      expect(await opened().reader.sumUsageByTime({}, "day", "UTC")).toEqual([]);
    });

    test("all figures are summed, metered and subscription apart", async () => {
      await write(
        exchange({
          usage: {
            inputTokens: 10,
            outputTokens: 5,
            cacheReadTokens: 4,
            cacheWriteTokens: 3,
            reasoningTokens: 2,
            countedTokens: 99,
          },
        }),
        exchange({ billing: "subscription", cost: { totalNanoUsd: 7, confidence: "exact" }, timing: {} }),
      );
      expect(await opened().reader.sumUsage({}, "none")).toEqual([
        {
          ...ZERO,
          requests: 2,
          exactCosts: 2,
          inputTokens: 110,
          outputTokens: 25,
          cacheReadTokens: 4,
          cacheWriteTokens: 3,
          reasoningTokens: 2,
          costNanoUsd: 65_007,
          meteredNanoUsd: 65_000,
          subscriptionNanoUsd: 7,
          durationMs: 1_200,
        },
      ]);
    });

    test("generation calls that ended count in every end state; others only when asked for", async () => {
      const states: ExchangeState[] = ["pending", "completed", "failed", "aborted", "interrupted"];
      await write(...states.map((state) => exchange({ state })), exchange({ kind: "other" }));
      expect(await opened().reader.sumUsage({}, "none")).toMatchObject([{ requests: 4, failedRequests: 2 }]);
      expect(await opened().reader.sumUsage({ allKinds: true }, "none")).toMatchObject([{ requests: 5 }]);
    });

    test("a missing price or usage is told where one could be expected, and only there", async () => {
      const { cost: _cost, usage: _usage, ...rest } = exchange();
      const unknown: Exchange = { ...rest, usageSource: "none", cost: { confidence: "unknown" } };
      const { statusCode: _statusCode, ...unanswered } = unknown;
      await write(
        unknown,
        { ...unanswered, id: exchangeId(), state: "aborted" },
        { ...unknown, id: exchangeId(), state: "failed", statusCode: 500 },
        { ...unknown, id: exchangeId(), kind: "other" },
        { ...rest, id: exchangeId(), state: "pending" },
      );
      expect(await opened().reader.sumUsage({ allKinds: true }, "none")).toMatchObject([
        { requests: 4, failedRequests: 1, unpricedRequests: 2, requestsWithoutUsage: 2, costNanoUsd: 0 },
      ]);
    });

    test("groups come highest cost first; model means provider and model", async () => {
      const add = (provider: string, responseModel: string, totalNanoUsd: number): Exchange =>
        exchange({ provider, responseModel, cost: { totalNanoUsd, confidence: "exact" } });
      await write(add("a", "m", 1), add("b", "m", 5), add("b", "n", 2), add("b", "n", 2));
      expect(await opened().reader.sumUsage({}, "provider")).toMatchObject([
        { provider: "b", requests: 3, costNanoUsd: 9 },
        { provider: "a", requests: 1, costNanoUsd: 1 },
      ]);
      expect(await opened().reader.sumUsage({}, "model")).toMatchObject([
        { provider: "b", model: "m", costNanoUsd: 5 },
        { provider: "b", model: "n", costNanoUsd: 4 },
        { provider: "a", model: "m", costNanoUsd: 1 },
      ]);
      expect(await opened().reader.sumUsage({ provider: "b", model: "n" }, "none")).toMatchObject([{ requests: 2 }]);
    });

    test("a time range takes the 15-minute buckets it touches", async () => {
      await write(...[0, 14, 15, 29, 30].map((minute) => exchange({ startedAtMs: START + minute * 60_000 })));
      const count = async (from: number, to: number): Promise<number | undefined> =>
        (await opened().reader.sumUsage({ fromMs: START + from * 60_000, toMs: START + to * 60_000 }, "none"))[0]
          ?.requests;
      expect(await count(15, 30)).toBe(2);
      expect(await count(16, 30)).toBe(2);
      expect(await count(15, 30.5)).toBe(3);
      expect(await count(30, 60)).toBe(1);
      expect(await count(45, 60)).toBe(0);
    });

    test("days and hours follow the zone asked for", async () => {
      // 18:10 and 18:20 UTC are 23:55 and 00:05 in Kathmandu (UTC+5:45).
      const times = ["2026-11-20T18:10:00Z", "2026-11-20T18:20:00Z", "2026-11-20T18:50:00Z"];
      await write(...times.map((time) => exchange({ startedAtMs: Date.parse(time) })));
      const buckets = async (unit: "day" | "hour", zone: string): Promise<unknown[]> =>
        (await opened().reader.sumUsageByTime({}, unit, zone)).map(({ key, startMs, requests, costNanoUsd }) => [
          key,
          new Date(startMs).toISOString(),
          requests,
          costNanoUsd,
        ]);
      expect(await buckets("day", "UTC")).toEqual([["2026-11-20", "2026-11-20T00:00:00.000Z", 3, 195_000]]);
      expect(await buckets("day", "Asia/Kathmandu")).toEqual([
        ["2026-11-20", "2026-11-19T18:15:00.000Z", 1, 65_000],
        ["2026-11-21", "2026-11-20T18:15:00.000Z", 2, 130_000],
      ]);
      expect(await buckets("hour", "Asia/Kathmandu")).toEqual([
        ["2026-11-20 23:00", "2026-11-20T17:15:00.000Z", 1, 65_000],
        ["2026-11-21 00:00", "2026-11-20T18:15:00.000Z", 2, 130_000],
      ]);
    });

    test("after any history of writes, replays and rewrites the sums are those of the last rows", async () => {
      const ids = Array.from({ length: 12 }, () => exchangeId());
      await fc.assert(
        fc.asyncProperty(fc.array(batchOf(ids.length), { minLength: 1, maxLength: 8 }), async (history) => {
          const { writer, reader } = opened();
          for (const { rows, replaceFinal } of history) {
            const exchanges = rows.map(({ slot, ...fields }) => exchange({ ...fields, id: ids[slot] ?? exchangeId() }));
            await writer.write({ exchanges, captures: [], replaceFinal });
          }
          const { rows } = await reader.listExchanges({}, { limit: 100 });
          const ended = rows.filter((row) => row.state !== "pending" && row.kind === "generation");
          for (const group of await reader.sumUsage({}, "model")) {
            const mine = ended.filter((row) => row.provider === group.provider && row.responseModel === group.model);
            expect(group).toMatchObject(naiveSums(mine));
            expect(mine.length).toBeGreaterThan(0);
          }
          expect(await reader.sumUsage({}, "none")).toMatchObject([naiveSums(ended)]);
          const perHour = await reader.sumUsageByTime({}, "hour", "UTC");
          for (const { startMs, ...sums } of perHour) {
            const mine = ended.filter((row) => Math.floor(row.startedAtMs / 3_600_000) * 3_600_000 === startMs);
            expect(sums).toMatchObject(naiveSums(mine));
          }
          expect(perHour.reduce((sum, { requests }) => sum + requests, 0)).toBe(ended.length);
        }),
        { numRuns: 60 },
      );
    });
  });
}

/** Random rows for a few exchanges, so that histories meet the same one again and again. */
function batchOf(
  slots: number,
): fc.Arbitrary<{ rows: (Partial<Exchange> & { slot: number })[]; replaceFinal: boolean }> {
  const row = fc.record({
    slot: fc.nat({ max: slots - 1 }),
    state: fc.constantFrom<ExchangeState>("pending", "completed", "failed", "aborted", "interrupted"),
    startedAtMs: fc.integer({ min: START, max: START + 7_200_000 }),
    provider: fc.constantFrom("openai", "anthropic"),
    responseModel: fc.constantFrom("m", "n"),
    kind: fc.constantFrom("generation" as const, "generation" as const, "other" as const),
    billing: fc.constantFrom("metered" as const, "subscription" as const),
    statusCode: fc.constantFrom(200, 404, 503),
    usage: fc.record({ inputTokens: fc.nat(), outputTokens: fc.nat() }, { requiredKeys: [] }),
    usageSource: fc.constantFrom("reported" as const, "none" as const),
    cost: fc.record(
      { confidence: fc.constant("exact" as const), totalNanoUsd: fc.nat() },
      { requiredKeys: ["confidence"] },
    ),
    timing: fc.record({ durationMs: fc.nat({ max: 900_000 }), ttfbMs: fc.double({ min: 0, max: 9e5, noNaN: true }) }),
  });
  return fc.record({ rows: fc.array(row, { minLength: 1, maxLength: 6 }), replaceFinal: fc.boolean() });
}

/** The sums by their definition, from rows. */
function naiveSums(rows: readonly Exchange[]): UsageSums {
  const sum = (read: (row: Exchange) => number | undefined): number =>
    rows.reduce((all, row) => all + (read(row) ?? 0), 0);
  const count = (is: (row: Exchange) => boolean): number => rows.filter(is).length;
  const costOf = (billing: string) => (row: Exchange) => (row.billing === billing ? row.cost?.totalNanoUsd : 0);
  const isPriced = (confidence: string) => (row: Exchange) =>
    row.cost?.totalNanoUsd !== undefined && row.cost.confidence === confidence;
  const isAnswered = (row: Exchange): boolean => (row.statusCode ?? 0) < 400;
  return {
    ...ZERO,
    requests: rows.length,
    failedRequests: count((row) => ["failed", "interrupted"].includes(row.state) || !isAnswered(row)),
    inputTokens: sum((row) => row.usage?.inputTokens),
    outputTokens: sum((row) => row.usage?.outputTokens),
    costNanoUsd: sum((row) => row.cost?.totalNanoUsd),
    meteredNanoUsd: sum(costOf("metered")),
    subscriptionNanoUsd: sum(costOf("subscription")),
    reportedCosts: count(isPriced("reported")),
    exactCosts: count(isPriced("exact")),
    aliasCosts: count(isPriced("alias")),
    prefixCosts: count(isPriced("prefix")),
    unpricedRequests: count((row) => isAnswered(row) && row.cost?.totalNanoUsd === undefined),
    requestsWithoutUsage: count((row) => isAnswered(row) && row.usageSource === "none"),
    durationMs: sum((row) => row.timing.durationMs),
  };
}

const ZERO = {
  requests: 0,
  failedRequests: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  costNanoUsd: 0,
  meteredNanoUsd: 0,
  subscriptionNanoUsd: 0,
  reportedCosts: 0,
  exactCosts: 0,
  aliasCosts: 0,
  prefixCosts: 0,
  unpricedRequests: 0,
  requestsWithoutUsage: 0,
  durationMs: 0,
};
