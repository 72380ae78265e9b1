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
        (await opened().reader.sumUsageByTime({}, unit, zone)).map(({ bucket, startMs, requests, costNanoUsd }) => [
          bucket,
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

    test("groups by tool, key and account, and each of them as a filter", async () => {
      await write(exchange({ tool: "codex" }), exchange({ tool: "codex", provider: "zai" }), exchange());
      const { reader } = opened();
      const names = async (by: Parameters<typeof reader.sumUsage>[1]): Promise<unknown[]> =>
        (await reader.sumUsage({}, by)).map(({ tool, key, account, provider, model, requests }) => [
          ...[tool, key, account, provider, model].filter((name) => name !== undefined),
          requests,
        ]);
      expect(await names("tool")).toEqual([
        ["codex", 2],
        ["", 1],
      ]);
      expect(await names("key")).toEqual([["", 3]]);
      expect(await names("account")).toEqual([
        ["", "openai", 2],
        ["", "zai", 1],
      ]);
      expect(await names("account-model")).toHaveLength(2);
      expect(await reader.sumUsage({ tool: "codex", key: "", account: "" }, "none")).toMatchObject([{ requests: 2 }]);
      expect(await reader.sumUsage({ key: "k-1" }, "none")).toMatchObject([{ requests: 0 }]);
    });

    test("days by group, within the times asked for", async () => {
      const at = (text: string): number => Date.parse(text);
      await write(
        exchange({ startedAtMs: at("2026-11-19T10:00:00Z") }),
        exchange({ startedAtMs: at("2026-11-20T01:00:00Z") }),
        exchange({ startedAtMs: at("2026-11-20T23:50:00Z"), provider: "zai" }),
        exchange({ startedAtMs: at("2026-11-20T23:55:00Z") }),
      );
      const days = async (fromText: string): Promise<unknown[]> =>
        (await opened().reader.sumUsageByTime({ fromMs: at(fromText) }, "day", "UTC", "provider")).map(
          ({ bucket, provider, requests }) => [bucket, provider, requests],
        );
      expect(await days("2026-11-19T00:00:00Z")).toEqual([
        ["2026-11-19", "openai", 1],
        ["2026-11-20", "openai", 2],
        ["2026-11-20", "zai", 1],
      ]);
      expect(await days("2026-11-20T12:00:00Z")).toEqual([
        ["2026-11-20", "openai", 1],
        ["2026-11-20", "zai", 1],
      ]);
    });

    test("the last hours are summed from rows, exact at both ends", async () => {
      const minute = 60_000;
      await write(
        exchange({ startedAtMs: START }),
        exchange({ startedAtMs: START + 4 * minute, statusCode: 500, cost: { confidence: "unknown" } }),
        exchange({ startedAtMs: START + 5 * minute, tool: "codex", cost: { confidence: "unknown" } }),
        exchange({ startedAtMs: START + 6 * minute, state: "pending" }),
        exchange({ startedAtMs: START + 7 * minute, kind: "other" }),
      );
      const { reader } = opened();
      expect(await reader.sumRecent({ fromMs: START, toMs: START + 60 * minute }, 5 * minute)).toEqual([
        {
          startMs: START,
          requests: 2,
          failedRequests: 1,
          inputTokens: 200,
          outputTokens: 40,
          costNanoUsd: 65_000,
          unpricedRequests: 0,
        },
        {
          startMs: START + 5 * minute,
          requests: 1,
          failedRequests: 0,
          inputTokens: 100,
          outputTokens: 20,
          costNanoUsd: 0,
          unpricedRequests: 1,
        },
      ]);
      expect(await reader.sumRecent({ fromMs: START + 1, toMs: START + 5 * minute }, 5 * minute)).toMatchObject([
        { requests: 1 },
      ]);
      expect(await reader.sumRecent({ fromMs: START, tool: "codex" }, 5 * minute)).toMatchObject([{ requests: 1 }]);
    });

    test("the span is from the first to the last generation call that ended", async () => {
      expect(await opened().reader.findSpan()).toBeUndefined();
      await write(
        exchange({ startedAtMs: START - 1, kind: "other" }),
        exchange({ startedAtMs: START }),
        exchange({ startedAtMs: START + 9 }),
        exchange({ startedAtMs: START + 10, state: "pending" }),
      );
      expect(await opened().reader.findSpan()).toEqual({ firstAtMs: START, lastAtMs: START + 9 });
    });

    test("after any history of writes, replays and rewrites the sums are those of the last rows", async () => {
      const ids = Array.from({ length: 12 }, () => exchangeId());
      await fc.assert(
        fc.asyncProperty(fc.array(batchOf(ids.length), { minLength: 1, maxLength: 8 }), async (history) => {
          const { writer, reader } = opened();
          for (const { rows, replaceFinal } of history) {
            const exchanges = rows.map(({ slot, ...fields }) => exchange({ ...fields, id: ids[slot] ?? exchangeId() }));
            await writer.write({
              exchanges,
              captures: [],
              ...(replaceFinal ? { replaceFinal: { reason: "reprice", atMs: 1 } as const } : {}),
            });
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
