/** @module What a store knows of costs: what waits for one, and every change of one. */

import { describe, expect, test } from "bun:test";

import type { Exchange } from "../../src/domain/exchange.ts";
import type { RepricableQuestion } from "../../src/store/store.ts";
import { exchange, EXCHANGE_START_MS as START, exchangeId, pendingExchange } from "../support/exchange.ts";
import type { OpenStore } from "./store.ts";

const UNKNOWN = { confidence: "unknown" } as const;

export function describeCosts(opened: () => OpenStore): void {
  const write = (...exchanges: Exchange[]): Promise<void> => opened().writer.write({ exchanges, captures: [] });
  const reprice = (atMs: number, ...exchanges: Exchange[]): Promise<void> =>
    opened().writer.write({ exchanges, captures: [], replaceFinal: { reason: "backfill", atMs } });

  describe("the audit of a cost", () => {
    test("is what was recorded, as long as nothing changed", async () => {
      const row = exchange({
        cost: { totalNanoUsd: 7, confidence: "exact", source: "built-in", priceKey: "openai/m" },
      });
      const pending = pendingExchange();
      await write(row, pending, exchange({ id: exchangeId(), cost: undefined as never }));
      expect(await opened().reader.listCostAudits(row.id)).toEqual([
        {
          id: 0,
          atMs: START + 1_200,
          reason: "recorded",
          provider: "openai",
          model: "gpt-5-mini-2026-08-07",
          cost: { totalNanoUsd: 7, confidence: "exact", source: "built-in", priceKey: "openai/m" },
        },
      ]);
      expect(await opened().reader.listCostAudits(pending.id)).toEqual([]);
      expect(await opened().reader.listCostAudits(exchangeId())).toEqual([]);
    });

    test("has an entry for each change, the recorded cost first, and none where the cost stays", async () => {
      const row = exchange({ cost: UNKNOWN });
      await write(row);
      const priced: Exchange = { ...row, cost: { totalNanoUsd: 5, confidence: "alias", source: "models.dev" } };
      await reprice(START + 9_000, priced);
      await reprice(START + 10_000, { ...priced, cost: { ...priced.cost, confidence: "alias", notes: ["a word"] } });
      await opened().writer.write({
        exchanges: [{ ...priced, cost: { totalNanoUsd: 6, confidence: "alias", source: "models.dev" } }],
        captures: [],
        replaceFinal: { reason: "reprice", atMs: START + 11_000 },
      });
      const audits = await opened().reader.listCostAudits(row.id);
      expect(audits.map(({ reason, atMs, cost }) => [reason, atMs - START, cost.totalNanoUsd ?? null])).toEqual([
        ["recorded", 1_200, null],
        ["backfill", 9_000, 5],
        ["reprice", 11_000, 6],
      ]);
      const ids = audits.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
      expect(ids[0]).toBeGreaterThan(0);
    });

    test("is written with its row or not at all", async () => {
      const row = exchange({ cost: UNKNOWN });
      await write(row);
      const orphan = { ...exchange(), id: exchangeId() };
      const failing = opened().writer.write({
        exchanges: [{ ...row, cost: { totalNanoUsd: 5, confidence: "exact" } }],
        captures: [
          { exchangeId: orphan.id, side: "request", bytes: new Uint8Array(1), truncated: false, wireBytes: 1 },
        ],
        replaceFinal: { reason: "backfill", atMs: START },
      });
      expect(await failing.then(() => "written").catch((error: unknown) => error)).toBeInstanceOf(RangeError);
      expect(await opened().reader.listCostAudits(row.id)).toMatchObject([{ reason: "recorded", cost: UNKNOWN }]);
    });

    test("a figure that the store does not accept is no change", async () => {
      const row = exchange({ cost: { confidence: "exact" } });
      await write(row);
      await reprice(START, { ...row, cost: { totalNanoUsd: Number.POSITIVE_INFINITY, confidence: "exact" } });
      expect(await opened().reader.listCostAudits(row.id)).toMatchObject([{ id: 0 }]);
    });
  });

  describe("what may be repriced", () => {
    async function list(question: Partial<RepricableQuestion>): Promise<readonly string[]> {
      const found: string[] = [];
      let cursor: string | undefined;
      for (let pages = 0; pages < 100; pages++) {
        const page = await opened().writer.listRepricable({
          selection: "unpriced",
          sinceMs: 0,
          limit: 2,
          ...question,
          ...(cursor === undefined ? {} : { cursor }),
        });
        expect(page.rows.length).toBeLessThanOrEqual(Math.max(8, question.limit ?? 2));
        found.push(...page.rows.map(({ id }) => id));
        if (page.next === undefined) return found;
        cursor = page.next;
      }
      throw new Error("the pages do not end");
    }

    test("unpriced: usage without a cost, each once, the oldest first", async () => {
      const rows = Array.from({ length: 7 }, (_, index) =>
        exchange({ startedAtMs: START + (index % 3), cost: UNKNOWN }),
      );
      const extra = exchange({
        startedAtMs: START + 9,
        usage: {},
        extraUsage: [{ kind: "x", usage: {} }],
        cost: UNKNOWN,
      });
      await write(
        ...rows,
        extra,
        exchange(),
        exchange({ usage: { countedTokens: 5 }, cost: UNKNOWN }),
        exchange({ cost: { totalNanoUsd: 0, confidence: "exact" } }),
        pendingExchange({ usage: { inputTokens: 1 }, cost: UNKNOWN }),
      );
      const expected = [0, 1, 2].flatMap((late) => rows.filter((_, index) => index % 3 === late)).map(({ id }) => id);
      expect(await list({})).toEqual([...expected, extra.id]);
      expect(await list({ limit: 100 })).toEqual([...expected, extra.id]);
      expect(await list({ sinceMs: START + 2 })).toEqual([...expected.slice(5), extra.id]);
    });

    test("a row that was priced meanwhile is not met again", async () => {
      const rows = Array.from({ length: 5 }, () => exchange({ cost: UNKNOWN }));
      await write(...rows);
      const first = await opened().writer.listRepricable({ selection: "unpriced", sinceMs: 0, limit: 2 });
      await reprice(
        START,
        ...first.rows.map((row) => ({ ...row, cost: { totalNanoUsd: 1, confidence: "exact" } as const })),
      );
      expect(await list({})).toEqual(rows.slice(2).map(({ id }) => id));
    });

    test("cached: cached input that was charged like any other", async () => {
      const usage = { inputTokens: 10, outputTokens: 1, cacheReadTokens: 8 };
      const cost = { totalNanoUsd: 12, confidence: "exact", source: "pricing.json", price: '{"input":1}' } as const;
      const wanted = Array.from({ length: 3 }, () => exchange({ usage, cost }));
      await write(
        exchange({ usage, cost: { ...cost, price: '{"input":1,"cache_read":0.1}' } }),
        ...Array.from({ length: 30 }, () => exchange({ cost })),
        ...wanted,
        exchange({ usage, cost: { ...cost, confidence: "reported" } }),
        exchange({ usage, cost: UNKNOWN }),
      );
      expect(await list({ selection: "cached" })).toEqual(wanted.map(({ id }) => id));
      expect(await list({ selection: "cached", sinceMs: START + 1 })).toEqual([]);
    });
  });
}
