/** @module The assembler over many exchanges: interleaved, interrupted, running, in quarantine. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";

import type { Exchange } from "../../src/domain/exchange.ts";
import type { ExchangeId } from "../../src/domain/id.ts";
import { findDialect } from "../../src/dialect/registry.ts";
import type { PriceInput } from "../../src/price/price.ts";
import { createAssembler } from "../../src/record/assemble.ts";
import { decodeBody } from "../../src/record/decode.ts";
import type { JournalEntry } from "../../src/journal/entry.ts";
import { createId, entriesOf, eventStream, type Script, STARTED_AT_MS, toBody, utf8 } from "./entries.ts";
import { JSON_ANSWER, play, setUp } from "./play.ts";

describe("answers that broke off", () => {
  const cut = eventStream(5).slice(0, 4);

  test("an abort keeps what came, and usage so far is partial", () => {
    const { exchange, response } = play({
      answer: cut,
      contentType: "text/event-stream",
      end: { state: "aborted", endedBy: "client", errorCode: "request_aborted" },
    });
    expect(exchange).toMatchObject({ state: "aborted", endedBy: "client", errorCode: "request_aborted" });
    expect(exchange).toMatchObject({ usage: { inputTokens: 11 }, usageSource: "partial" });
    expect(response?.truncated).toBe(false);
    expect(response?.bytes.length).toBe(cut.join("").length);
  });

  test("a client that hangs up after the final event has aborted nothing", () => {
    const { exchange } = play({
      answer: eventStream(2),
      contentType: "text/event-stream",
      end: { state: "aborted", endedBy: "client", errorCode: "request_aborted", errorMessage: "gone" },
    });
    expect(exchange).toMatchObject({ usageSource: "reported", state: "completed", endedBy: "upstream" });
    expect([exchange.errorCode, exchange.errorMessage, exchange.errorClass]).toEqual([undefined, undefined, undefined]);
  });

  test("a client that hangs up because of an error event is not blamed for it", () => {
    const { exchange } = play({
      answer: [...cut, `data: ${JSON.stringify({ error: "overloaded_error" })}\n\n`],
      contentType: "text/event-stream",
      end: { state: "aborted", endedBy: "client", errorCode: "request_aborted", errorMessage: "gone" },
    });
    expect(exchange).toMatchObject({ usageSource: "partial", state: "completed", endedBy: "upstream" });
    expect(exchange).toMatchObject({ errorCode: "overloaded_error", errorMessage: "it was overloaded_error" });
  });

  test("an exchange without an answer has no status of its own", () => {
    const { exchange, response } = play({
      statusCode: undefined,
      end: { state: "failed", endedBy: "upstream", errorCode: "upstream_connect_failed" },
    });
    expect(exchange.statusCode).toBeUndefined();
    expect(exchange).toMatchObject({
      errorCode: "upstream_connect_failed",
      requestModel: "asked",
      usageSource: "none",
    });
    expect(exchange.responseModel).toBeUndefined();
    expect(response).toBeUndefined();
  });

  test("a new epoch closes what the dead process left open, and only that", () => {
    const { assembler } = setUp();
    const [dead, done] = [createId(), createId()];
    for (const entry of entriesOf(done, { answer: [JSON_ANSWER] })) assembler.push(entry, "1", 0);
    for (const entry of entriesOf(dead, { answer: cut, contentType: "text/event-stream", end: undefined }))
      assembler.push(entry, "2", 0);
    expect(assembler.oldestAt()).toBe("2");
    assembler.push({ type: "epoch", seq: 0, value: { epoch: "2", startedAtMs: 0, pid: 1 } }, "3", 0);
    const [first, second] = assembler.takeFinished().map(({ exchange }) => exchange);
    expect(first).toMatchObject({ id: done, state: "completed" });
    expect(second).toMatchObject({
      id: dead,
      state: "interrupted",
      endedBy: "proxy",
      statusCode: 200,
      usageSource: "partial",
      response: { wireBytes: cut.join("").length },
    });
    expect(second?.endedAtMs).toBeUndefined();
    expect(second?.timing).toEqual({ ttfbMs: 90, ttftMs: 110 });
    expect(assembler.oldestAt()).toBeUndefined();
  });

  test("an exchange that is silent for a day lost its end", () => {
    const { assembler } = setUp({ limits: { silentMs: 1000 } });
    for (const entry of entriesOf(createId(), { answer: cut, end: undefined })) assembler.push(entry, "1", 0);
    assembler.tick(999);
    expect(assembler.takeFinished()).toEqual([]);
    assembler.tick(1000);
    expect(assembler.takeFinished().map(({ exchange }) => exchange.state)).toEqual(["interrupted"]);
  });
});

describe("rows of running exchanges", () => {
  test("a pending row comes once, after 250 ms, with what is known", () => {
    const { assembler } = setUp();
    const id = createId();
    const entries = entriesOf(id, { answer: eventStream(1), contentType: "text/event-stream" });
    for (const entry of entries.slice(0, 2)) assembler.push(entry, "1", 0);
    expect(assembler.takePending(STARTED_AT_MS + 249)).toEqual([]);
    const [row] = assembler.takePending(STARTED_AT_MS + 250);
    expect(row).toMatchObject({
      id,
      state: "pending",
      requestModel: "asked",
      dialect: "lines",
      kind: "generation",
      usageSource: "none",
      timing: {},
    });
    expect(row?.cost).toBeUndefined();
    expect(assembler.takePending(STARTED_AT_MS + 9999)).toEqual([]);
    for (const entry of entries.slice(2)) assembler.push(entry, "1", 0);
    expect(assembler.takeFinished()[0]?.exchange).toMatchObject({ state: "completed", requestModel: "asked" });
  });
});

describe("quarantine", () => {
  test("an exchange in quarantine is stored unread, with its bytes", () => {
    const { exchange, response, dialect } = play({ answer: [JSON_ANSWER] }, { isQuarantined: () => true });
    expect(exchange).toMatchObject({ state: "completed", dialect: "lines", kind: "generation", usageSource: "none" });
    expect(exchange.warnings.join()).toContain("quarantined");
    expect(response?.bytes.length).toBe(JSON_ANSWER.length);
    expect(dialect.fed).toEqual([]);
  });

  test("every look into foreign bytes is announced before", () => {
    const touched: ExchangeId[] = [];
    const { dialect, assembler } = setUp({ onTouch: (id) => touched.push(id) });
    const id = createId();
    for (const entry of entriesOf(id, { answer: eventStream(2), contentType: "text/event-stream" })) {
      const readers = dialect.contexts.length;
      assembler.push(entry, "1", 0);
      if (dialect.contexts.length > readers) expect(touched.at(-1)).toBe(id);
    }
    expect(touched.length).toBeGreaterThan(4);
  });
});

test("1,000 exchanges in any interleaving give the same rows as one after the other", () => {
  const scripts = Array.from({ length: 1000 }, (_, index): Script => {
    const answer = index % 3 === 0 ? [JSON_ANSWER] : eventStream(index % 7);
    const contentType = index % 3 === 0 ? "application/json" : "text/event-stream";
    return {
      answer,
      contentType,
      request: `{"model":"m${index}"}`,
      ...(index % 11 === 0 ? { end: { state: "aborted", endedBy: "client" } } : {}),
    };
  });
  const ids = scripts.map(() => createId());
  const queues = scripts.map((script, index) => entriesOf(ids[index] as ExchangeId, script));
  const inOrder = rowsOf(queues.flat());
  expect(inOrder.size).toBe(1000);
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      expect(rowsOf(interleave(queues, seed))).toEqual(inOrder);
    }),
    { numRuns: 5 },
  );

  function rowsOf(entries: readonly JournalEntry[]): Map<ExchangeId, Exchange> {
    const { assembler } = setUp();
    for (const entry of entries) assembler.push(entry, "1", 0);
    expect(assembler.stats()).toMatchObject({ openExchanges: 0, heldBytes: 0 });
    return new Map(assembler.takeFinished().map(({ exchange }) => [exchange.id, exchange]));
  }

  function interleave(queues: readonly (readonly JournalEntry[])[], seed: number): JournalEntry[] {
    let state = seed | 1;
    const open = queues.map((queue) => ({ queue, next: 0 }));
    const mixed: JournalEntry[] = [];
    while (open.length > 0) {
      state = Math.imul(state ^ (state >>> 13), 0x5bd1e995) | 1;
      const index = Math.abs(state >> 3) % open.length;
      const picked = open[index] as { queue: readonly JournalEntry[]; next: number };
      mixed.push(picked.queue[picked.next++] as JournalEntry);
      if (picked.next === picked.queue.length) {
        open[index] = open.at(-1) as typeof picked;
        open.pop();
      }
    }
    return mixed;
  }
});

test("a body piece of a finished exchange changes nothing", () => {
  const { assembler } = setUp();
  const id = createId();
  for (const entry of entriesOf(id, { answer: [JSON_ANSWER] })) assembler.push(entry, "1", 0);
  assembler.push(toBody({ id, side: "response", atMs: 1, offset: 0, bytes: utf8("late") }), "2", 0);
  expect(assembler.takeFinished().length).toBe(1);
  expect(assembler.stats().heldBytes).toBe(0);
});

test("with the real formats: a usage chunk that was cut out for the client is counted, and priced", () => {
  const priced: PriceInput[] = [];
  const assembler = createAssembler({
    findDialect,
    decode: decodeBody,
    pricer: {
      price(input) {
        priced.push(input);
        return { confidence: "exact", totalNanoUsd: 9 };
      },
    },
  });
  const chunk = (fields: object) => `data: ${JSON.stringify({ id: "c", model: "gpt-5-2025-08-07", ...fields })}\n\n`;
  const answer = [
    chunk({ choices: [{ index: 0, delta: { role: "assistant", content: "" } }] }),
    chunk({ choices: [{ index: 0, delta: { content: "Hello" } }] }),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
    chunk({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 } }),
    "data: [DONE]\n\n",
  ];
  const entries = entriesOf(createId(), {
    head: { provider: "openai", path: "/v1/chat/completions" },
    request: '{"model":"gpt-5","stream":true,"messages":[]}',
    answer,
    contentType: "text/event-stream",
    end: { edits: [{ side: "response", kind: "usage_chunk_removed" }] },
  });
  for (const entry of entries) assembler.push(entry, "1", 0);
  const [finished] = assembler.takeFinished();
  expect(finished?.exchange).toMatchObject({
    dialect: "openai-chat",
    kind: "generation",
    streaming: true,
    requestModel: "gpt-5",
    responseModel: "gpt-5-2025-08-07",
    finishReason: "stop",
    usage: { inputTokens: 9, outputTokens: 2 },
    usageSource: "reported",
    timing: { ttftMs: 110 },
    cost: { totalNanoUsd: 9 },
    edits: [{ kind: "usage_chunk_removed" }],
    warnings: [],
  });
  expect(priced[0]).toMatchObject({ provider: "openai", responseModel: "gpt-5-2025-08-07" });
});
