/** @module What a store does with sessions and the keys that lead to them. */

import { describe, expect, test } from "bun:test";

import type { Session, SessionKey } from "../../src/domain/session.ts";
import { exchange, EXCHANGE_START_MS as START, pendingExchange } from "../support/exchange.ts";
import type { OpenStore } from "./store.ts";

export function describeSessions(opened: () => OpenStore): void {
  describe("sessions", () => {
    test("an unknown one is undefined", async () => {
      expect(await opened().reader.findSession("ses_none")).toBeUndefined();
      expect(await opened().writer.findSessionKeys([])).toEqual([]);
      expect(await opened().writer.findSessionKeys(["none"])).toEqual([]);
    });

    test("counts are those of its own exchanges that ended", async () => {
      const of = { sessionId: "ses_1" };
      const rows = [
        exchange(of),
        exchange({ ...of, statusCode: 429 }),
        pendingExchange(of),
        exchange({ sessionId: "ses_2" }),
        exchange(),
      ];
      await opened().writer.write({ exchanges: rows, captures: [], sessions: [session()] });
      expect(await opened().reader.findSession("ses_1")).toEqual({
        ...session(),
        requests: 2,
        failedRequests: 1,
        inputTokens: 200,
        outputTokens: 40,
        costNanoUsd: 130_000,
        unpricedRequests: 0,
        models: ["gpt-5-mini-2026-08-07"],
      });
    });

    test("a session without exchanges counts nothing", async () => {
      await opened().writer.write({ exchanges: [], captures: [], sessions: [{ ...session(), inferred: true }] });
      expect(await opened().reader.findSession("ses_1")).toMatchObject({ inferred: true, requests: 0, costNanoUsd: 0 });
    });

    test("later exchanges widen its time and add what was not known, in any order", async () => {
      const { tool: _tool, client: _client, parentId: _parent, ...bare } = session();
      await opened().writer.write({ exchanges: [], captures: [], sessions: [bare] });
      const later = { ...session(), evidence: "other", firstAtMs: START + 9, lastAtMs: START + 90 };
      const earlier = { ...session(), tool: "other", firstAtMs: START - 9, lastAtMs: START };
      await opened().writer.write({ exchanges: [], captures: [], sessions: [later, earlier] });
      expect(await opened().reader.findSession("ses_1")).toMatchObject({
        ...session(),
        firstAtMs: START - 9,
        lastAtMs: START + 90,
      });
    });

    test("a list is by last activity, in pages, with the sums of each", async () => {
      const sessions = ["a", "b", "c"].map((id, index) => ({ ...session(), id, lastAtMs: START + index }));
      await opened().writer.write({ exchanges: [exchange({ sessionId: "b" })], captures: [], sessions });
      const { reader } = opened();
      const first = await reader.listSessions({}, { limit: 2 });
      expect(first.rows.map(({ id, requests }) => [id, requests])).toEqual([
        ["c", 0],
        ["b", 1],
      ]);
      const second = await reader.listSessions({}, { limit: 2, cursor: first.next ?? "" });
      expect([second.rows.map(({ id }) => id), second.next]).toEqual([["a"], undefined]);
      const refused = await reader.listSessions({}, { limit: 2, cursor: "x" }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: "bad_cursor" });
      expect((await reader.listSessions({ fromMs: START + 1 }, { limit: 9 })).rows).toHaveLength(2);
      expect((await reader.listSessions({ toMs: sessions[0]?.firstAtMs ?? 0 }, { limit: 9 })).rows).toEqual([]);
    });

    test("old keys are trimmed oldest first, at most as many as asked", async () => {
      const keys = ["a", "b", "c", "d"].map((name, index) => key(name, { atMs: START + index }));
      const { writer } = opened();
      await writer.write({ exchanges: [], captures: [], sessionKeys: keys });
      expect(await writer.trimSessionKeys(START, 10)).toBe(0);
      expect(await writer.trimSessionKeys(START + 3, 2)).toBe(2);
      const left = async () => (await writer.findSessionKeys(["a", "b", "c", "d"])).map((each) => each.key).sort();
      expect(await left()).toEqual(["c", "d"]);
      expect(await writer.trimSessionKeys(START + 3, 2)).toBe(1);
      expect(await left()).toEqual(["d"]);
    });

    test("keys are found together, replaced by the last write, and gone with a batch that failed", async () => {
      const [a, b] = [key("a"), key("b", { state: "ambiguous" })];
      await opened().writer.write({ exchanges: [], captures: [], sessionKeys: [a, b] });
      const found = await opened().writer.findSessionKeys(["b", "c", "a"]);
      expect([...found].sort((x, y) => x.key.localeCompare(y.key))).toEqual([a, b]);

      const continued = key("a", { state: "continued", sessionId: "ses_2", atMs: START + 1 });
      await opened().writer.write({ exchanges: [], captures: [], sessionKeys: [a, continued] });
      expect(await opened().writer.findSessionKeys(["a"])).toEqual([continued]);

      const orphan = {
        exchangeId: exchange().id,
        side: "request",
        bytes: new Uint8Array(1),
        truncated: false,
        wireBytes: 1,
      } as const;
      const failing = opened().writer.write({
        exchanges: [],
        captures: [orphan],
        sessionKeys: [key("c")],
        sessions: [session()],
      });
      expect(await failing.then(() => "written").catch((error: unknown) => error)).toBeInstanceOf(RangeError);
      expect(await opened().writer.findSessionKeys(["c"])).toEqual([]);
    });

    test("exchanges are found by our id of a session and by the client's", async () => {
      const row = exchange({ sessionId: "ses_1", tool: "codex-cli", client: "codex-cli-c576d726" });
      await opened().writer.write({
        exchanges: [row, exchange({ sessionId: "ses_2" })],
        captures: [],
        sessions: [session()],
      });
      const find = async (filter: object) =>
        (await opened().reader.listExchanges(filter, { limit: 9 })).rows.map(({ id }) => id);
      expect(await find({ session: "ses_1" })).toEqual([row.id]);
      expect(await find({ session: "01a1fc06" })).toEqual([row.id]);
      expect(await find({ session: "ses" })).toEqual([]);
      expect(await find({ tool: "codex-cli" })).toEqual([row.id]);
      expect(await find({ client: "codex-cli-c576d726", tool: "codex-cli", session: "ses_1" })).toEqual([row.id]);
      expect(await opened().reader.countExchanges({ session: "01a1fc06" })).toBe(1);
    });
  });
}

function session(): Session {
  return {
    id: "ses_1",
    parentId: "ses_0",
    clientSessionId: "01a1fc06",
    provider: "openai",
    credentialHash: "0123456789abcdef",
    tool: "codex-cli",
    client: "codex-cli-c576d726",
    evidence: "header session-id",
    inferred: false,
    firstAtMs: START,
    lastAtMs: START + 5,
  };
}

function key(name: string, fields: Partial<SessionKey> = {}): SessionKey {
  return { key: name, sessionId: "ses_1", state: "open", atMs: START, ...fields };
}
