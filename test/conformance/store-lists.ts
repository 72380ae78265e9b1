/** @module What a store answers about rows: pages, filters and the outbox of changes. */

import { describe, expect, test } from "bun:test";

import type { Exchange } from "../../src/domain/exchange.ts";
import type { ExchangeFilter } from "../../src/domain/filter.ts";
import type { StoredExchange } from "../../src/store/store.ts";
import { exchange, EXCHANGE_START_MS as START, pendingExchange } from "../support/exchange.ts";
import type { OpenStore } from "./store.ts";

export function describeLists(opened: () => OpenStore): void {
  const write = (...exchanges: Exchange[]): Promise<void> => opened().writer.write({ exchanges, captures: [] });

  describe("lists", () => {
    test("newest first by start, later insert first among equals; pages by cursor and by offset agree", async () => {
      const starts = [5, 1, 3, 3, 3, 2, 4].map((minute) => START + minute * 60_000);
      await write(...starts.map((startedAtMs) => exchange({ startedAtMs })));
      const whole = await opened().reader.listExchanges({}, { limit: 100 });
      expect(whole.rows.map((row) => row.rowId)).toEqual([1, 7, 5, 4, 3, 6, 2]);
      expect(whole.next).toBeUndefined();

      const paged: StoredExchange[] = [];
      let cursor: string | undefined;
      do {
        const page = await opened().reader.listExchanges({}, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
        const byOffset = await opened().reader.listExchanges({}, { limit: 2, offset: paged.length });
        expect(byOffset.rows).toEqual(page.rows);
        paged.push(...page.rows);
        cursor = page.next;
      } while (cursor !== undefined);
      expect(paged).toEqual([...whole.rows]);
    });

    test("rows that arrive while paging neither repeat nor hide one", async () => {
      await write(...[1, 2, 3, 4].map((minute) => exchange({ startedAtMs: START + minute * 60_000 })));
      const first = await opened().reader.listExchanges({}, { limit: 2 });
      await write(exchange({ startedAtMs: START + 9 * 60_000 }));
      const second = await opened().reader.listExchanges({}, { limit: 2, cursor: first.next ?? "" });
      expect(second.rows.map((row) => row.rowId)).toEqual([2, 1]);
    });

    test("a cursor of another make is refused", async () => {
      const answer = opened().reader.listExchanges({}, { limit: 1, cursor: "1; DROP TABLE exchange" });
      expect(await answer.then(() => "answered").catch((error: unknown) => error)).toMatchObject({
        code: "bad_cursor",
      });
    });

    const filters: readonly (readonly [string, ExchangeFilter, readonly string[]])[] = [
      ["nothing", {}, ["gemini", "claude", "gpt", "pending", "files"]],
      ["from, inclusive", { fromMs: START + 3 }, ["gemini", "claude"]],
      ["to, exclusive", { toMs: START + 1 }, ["files"]],
      ["provider", { provider: "anthropic" }, ["claude"]],
      ["model of the answer, else of the request", { model: "gpt-5-mini" }, ["pending"]],
      ["model of the answer", { model: "gpt-5-2026" }, ["gpt"]],
      ["dialect", { dialect: "gemini" }, ["gemini"]],
      ["one state", { states: ["pending"] }, ["pending"]],
      ["several states", { states: ["failed", "aborted"] }, ["gemini", "claude"]],
      ["no state", { states: [] }, []],
      ["kind", { kind: "other" }, ["files"]],
      ["status range, inclusive", { statusMin: 400, statusMax: 429 }, ["claude"]],
      ["status from; none is not 0", { statusMin: 0 }, ["claude", "gpt", "files"]],
      ["text in the model, any case", { text: "CLAUDE-opus" }, ["claude"]],
      ["text in the path", { text: "/files" }, ["files"]],
      ["text in the error", { text: "100% of_your" }, ["claude"]],
      ["text in the error code", { text: "upstream_disc" }, ["gemini"]],
      ["a per cent sign is itself", { text: "%your" }, []],
      ["an underscore is itself", { text: "100__of" }, []],
      ["all of several", { provider: "openai", kind: "generation", fromMs: START + 2 }, ["gpt"]],
      ["SQL in a value", { provider: "x' OR 1=1 --", text: "'; DROP TABLE exchange; --" }, []],
    ];
    test.each(filters)("filter by %s", async (_name, filter, expected) => {
      const names = new Map<string, string>();
      const add = (name: string, row: Exchange): Exchange => {
        names.set(row.id, name);
        return row;
      };
      const { statusCode: _statusCode, ...unanswered } = exchange({ startedAtMs: START + 4 });
      await write(
        add("files", exchange({ startedAtMs: START, kind: "other", path: "/v1/files", dialect: "none" })),
        add("pending", pendingExchange({ startedAtMs: START + 1 })),
        add("gpt", exchange({ startedAtMs: START + 2, responseModel: "gpt-5-2026" })),
        add(
          "claude",
          exchange({
            startedAtMs: START + 3,
            provider: "anthropic",
            dialect: "anthropic-messages",
            responseModel: "claude-opus-4-5",
            state: "failed",
            statusCode: 429,
            errorMessage: "You used 100% of_your limit",
          }),
        ),
        add("gemini", {
          ...unanswered,
          provider: "gemini",
          dialect: "gemini",
          responseModel: "gemini-3",
          state: "aborted",
          errorCode: "upstream_disconnected",
        }),
      );
      const { rows } = await opened().reader.listExchanges(filter, { limit: 10 });
      expect(rows.map((row) => names.get(row.id) ?? "?")).toEqual([...expected]);
      expect(await opened().reader.countExchanges(filter)).toBe(expected.length);
    });

    test("an id is found by a part of it", async () => {
      const row = exchange();
      await write(row, exchange());
      expect((await opened().reader.listExchanges({ text: row.id.slice(24) }, { limit: 9 })).rows).toHaveLength(1);
    });
  });

  describe("changes", () => {
    test("come in the order of the last change, each exchange once, after the number given", async () => {
      const [a, b, c] = [pendingExchange(), exchange(), exchange()];
      await write(a, b);
      await write(c);
      await write(exchange({ id: a.id }));
      const ids = async (after: number, limit = 10): Promise<string[]> =>
        (await opened().reader.listChanges(after, limit)).map((row) => row.id);
      expect(await ids(0)).toEqual([b.id, c.id, a.id]);
      expect(await ids(2)).toEqual([c.id, a.id]);
      expect(await ids(0, 1)).toEqual([b.id]);
      expect(await opened().reader.lastChangeSeq()).toBe(4);
      expect(await ids(4)).toEqual([]);
    });
  });
}
