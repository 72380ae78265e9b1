/** @module What a store does with rows: exact, in place, once. */

import { describe, expect, test } from "bun:test";

import type { Exchange } from "../../src/domain/exchange.ts";
import type { UsageGroup } from "../../src/store/store.ts";
import { toBytes } from "../support/bytes.ts";
import { capture } from "../support/capture.ts";
import { exchange, exchangeId, pendingExchange } from "../support/exchange.ts";
import type { OpenStore } from "./store.ts";

export function describeRows(opened: () => OpenStore): void {
  describe("rows", () => {
    const write = (...exchanges: Exchange[]): Promise<void> => opened().writer.write({ exchanges, captures: [] });
    const total = async (): Promise<UsageGroup | undefined> =>
      (await opened().reader.sumUsage({ allKinds: true }, "none"))[0];

    test("an exchange with every field comes back as it was written", async () => {
      await write(FULL);
      expect(await opened().reader.findExchange(FULL.id)).toEqual({ ...FULL, rowId: 1, changeSeq: 1 });
    });

    test("what was not known stays absent, what was 0, false or empty stays so", async () => {
      const bare = pendingExchange({ request: { wireBytes: 0, truncated: false } });
      const zero = exchange({
        usage: { inputTokens: 0 },
        cost: { confidence: "unknown", notes: [] },
        extraUsage: [],
      });
      await write(bare, zero);
      expect(await opened().reader.findExchange(bare.id)).toStrictEqual({ ...bare, rowId: 1, changeSeq: 1 });
      expect(await opened().reader.findExchange(zero.id)).toStrictEqual({ ...zero, rowId: 2, changeSeq: 2 });
    });

    test("figures out of all reason become unknown and spoil neither the batch nor the sums", async () => {
      const absurd = exchange({
        usage: { inputTokens: 1e300, outputTokens: Number.NaN, cacheReadTokens: -5, reasoningTokens: 7 },
        cost: { totalNanoUsd: Number.POSITIVE_INFINITY, confidence: "reported" },
        timing: { durationMs: Number.NaN },
      });
      await write(absurd, exchange());
      expect((await opened().reader.findExchange(absurd.id))?.usage).toEqual({ reasoningTokens: 7 });
      expect(await opened().reader.sumUsage({}, "none")).toMatchObject([
        { inputTokens: 100, reasoningTokens: 7, costNanoUsd: 65_000, unpricedRequests: 1, durationMs: 1_200 },
      ]);
    });

    test("an id that is not there is undefined", async () => {
      expect(await opened().reader.findExchange(exchangeId())).toBeUndefined();
      expect(await opened().writer.findState(exchangeId())).toBeUndefined();
    });

    test("a pending row becomes final in its place and counts from then on", async () => {
      const pending = pendingExchange();
      await write(pending, exchange());
      expect(await opened().writer.findState(pending.id)).toBe("pending");
      expect(await total()).toMatchObject({ requests: 1 });

      await write(exchange({ id: pending.id }));
      expect(await opened().writer.findState(pending.id)).toBe("completed");
      expect(await opened().reader.findExchange(pending.id)).toMatchObject({
        rowId: 1,
        changeSeq: 3,
        state: "completed",
      });
      expect(await total()).toMatchObject({ requests: 2, costNanoUsd: 130_000 });
    });

    test("one batch may hold the pending and the final row of an exchange", async () => {
      const id = exchangeId();
      await write(pendingExchange({ id }), exchange({ id }));
      expect(await opened().reader.findExchange(id)).toMatchObject({ rowId: 1, changeSeq: 2, state: "completed" });
      expect(await total()).toMatchObject({ requests: 1 });
    });

    test("a replay doubles nothing: no row, no sum, no body, no change", async () => {
      const row = exchange();
      const batch = { exchanges: [row], captures: [capture(row, { bytes: toBytes("first") })] };
      await opened().writer.write(batch);
      const before = await opened().reader.findExchange(row.id);

      await opened().writer.write({ ...batch, captures: [capture(row, { bytes: toBytes("second") })], cursor: "7" });
      await write(pendingExchange({ id: row.id }));
      expect(await opened().reader.findExchange(row.id)).toEqual(before);
      expect(await total()).toMatchObject({ requests: 1, costNanoUsd: 65_000 });
      expect(await opened().reader.lastChangeSeq()).toBe(1);
      expect((await opened().reader.findCapture(row.id, "response"))?.bytes).toEqual(toBytes("first"));
      expect(await opened().writer.readCursor()).toBe("7");
    });

    test("replaceFinal replaces final rows, and the sums follow by the difference", async () => {
      const row = exchange({ provider: "openai", responseModel: "a" });
      await write(row, exchange({ provider: "openai", responseModel: "b" }));
      const repriced: Exchange = { ...row, responseModel: "b", cost: { totalNanoUsd: 5, confidence: "alias" } };
      await opened().writer.write({
        exchanges: [repriced],
        captures: [],
        replaceFinal: { reason: "reprice", atMs: 1 },
      });

      expect(await opened().reader.findExchange(row.id)).toEqual({ ...repriced, rowId: 1, changeSeq: 3 });
      expect(await opened().reader.sumUsage({}, "model")).toMatchObject([
        { provider: "openai", model: "b", requests: 2, costNanoUsd: 65_005 },
      ]);
    });

    test("a batch that fails leaves no trace", async () => {
      const row = exchange();
      const orphan = capture(exchange());
      const failing = opened().writer.write({ exchanges: [row], captures: [orphan], cursor: "9" });
      expect(await failing.then(() => "written").catch((error: unknown) => error)).toBeInstanceOf(RangeError);

      expect(await opened().reader.findExchange(row.id)).toBeUndefined();
      expect(await opened().writer.readCursor()).toBeUndefined();
      expect(await opened().reader.lastChangeSeq()).toBe(0);
      await write(exchange());
      expect(await total()).toMatchObject({ requests: 1 });
    });

    test("the cursor is absent at first, then the last one given", async () => {
      expect(await opened().writer.readCursor()).toBeUndefined();
      await opened().writer.write({ exchanges: [], captures: [], cursor: "1:200" });
      await write(exchange());
      expect(await opened().writer.readCursor()).toBe("1:200");
    });
  });
}

const FULL: Exchange = exchange({
  state: "failed",
  endedBy: "proxy",
  query: "alt=sse&key=[masked]",
  statusCode: 529,
  errorCode: "upstream_idle_timeout",
  errorMessage: "Überlastet: 'quotes' \"double\" 💥",
  responseId: "resp_1",
  streaming: true,
  usage: {
    inputTokens: 1,
    outputTokens: 2,
    cacheReadTokens: 3,
    cacheWriteTokens: 4,
    cacheWrite5mTokens: 5,
    cacheWrite1hTokens: 6,
    reasoningTokens: 7,
    audioInputTokens: 8,
    audioOutputTokens: 9,
    imageInputTokens: 10,
    imageOutputTokens: 11,
    webSearchRequests: 12,
    audioSeconds: 13.5,
    searchUnits: 14,
    countedTokens: 15,
  },
  usageSource: "partial",
  extraUsage: [{ kind: "advisor", model: "other", usage: { inputTokens: 4 } }],
  serviceTier: "priority",
  reportedCostNanoUsd: 1_234,
  cost: {
    totalNanoUsd: 8_999_999_999,
    confidence: "reported",
    components: { input: 1, output: 2, other: -3 },
    source: "built-in",
    priceKey: "openai/gpt-5",
    tier: "priority",
    price: '{"input":1250000}',
    notes: ["above 200k tokens"],
  },
  billing: "subscription",
  timing: { durationMs: 1_234.5678901, ttfbMs: 0.25, ttftMs: 3, overheadMs: 0.001 },
  request: { wireBytes: 1, contentType: "application/json", contentEncoding: "gzip", truncated: true },
  response: { wireBytes: 5_000_000_000, contentType: "text/event-stream", contentEncoding: "br", truncated: false },
  requestHeaders: [
    ["x", ""],
    ["cookie", "[masked]"],
  ],
  responseHeaders: [],
  tool: "claude-code",
  toolEvidence: "header user-agent",
  client: "claude-code-42fd3697",
  clientEvidence: "body metadata.user_id device_id",
  credentialHash: "0123456789abcdef",
  keyId: "key_1",
  sessionId: "ses_0123",
  parentSessionId: "ses_4567",
  sessionEvidence: "header x-claude-code-session-id",
  sessionInferred: false,
  run: "nightly",
  tags: { team: "search" },
  toolCalls: [{ name: "Read", id: "toolu_1" }, { name: "Bash" }],
  toolResults: [{ id: "toolu_0", name: "Read", isError: true }],
  toolRetry: true,
  errorClass: "overloaded",
  rateLimits: [{ resource: "requests", limit: 50, remaining: 0, reset: "1s" }],
  clientResponse: { wireBytes: 12, contentType: "application/json", truncated: true },
  fixes: {
    configured: ["a"],
    applied: [{ fix: "a", action: "promoted", function: "f", id: "call_1" }],
    warnings: [{ fix: "a", text: "no" }],
  },
  capture: "metadata",
  edits: [{ side: "request", kind: "include-usage", detail: "added" }],
  attempts: [{ upstream: "openai", url: "https://api.openai.com", startedMs: 0.5, endedMs: 9, statusCode: 529 }],
  warnings: ["event out of order"],
});
