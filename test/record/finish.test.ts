/** @module From the journal of one exchange to its row and its captures. */

import { describe, expect, test } from "bun:test";
import { gzipSync, zstdCompressSync } from "node:zlib";

import type { Cost } from "../../src/domain/money.ts";
import type { JournalEntry } from "../../src/journal/entry.ts";
import type { PriceInput } from "../../src/price/price.ts";
import type { Finished } from "../../src/record/finish.ts";
import { createId, entriesOf, eventStream, type Script, STARTED_AT_MS, utf8 } from "./entries.ts";
import { JSON_ANSWER, play, setUp } from "./play.ts";

describe("whole answers", () => {
  test("a JSON answer becomes a row with usage, models, times and both bodies", () => {
    const { exchange, request, response } = play({ answer: [JSON_ANSWER] });
    expect(exchange).toMatchObject({
      state: "completed",
      endedBy: "upstream",
      startedAtMs: STARTED_AT_MS,
      endedAtMs: STARTED_AT_MS + 500,
      dialect: "lines",
      kind: "generation",
      statusCode: 200,
      requestModel: "asked",
      responseModel: "answered",
      streaming: false,
      usage: { inputTokens: 7, outputTokens: 3 },
      usageSource: "reported",
      timing: { durationMs: 500, ttfbMs: 90, ttftMs: 100, overheadMs: 0.25 },
      request: { wireBytes: 17, contentType: "application/json" },
      response: { wireBytes: JSON_ANSWER.length, contentType: "application/json" },
      requestHeaders: [["content-type", "application/json"]],
      responseHeaders: [["content-type", "application/json"]],
      warnings: [],
    });
    expect(request).toMatchObject({ truncated: false, wireBytes: 17, contentType: "application/json" });
    expect(new TextDecoder().decode(request?.bytes)).toBe('{"model":"asked"}');
    expect(new TextDecoder().decode(response?.bytes)).toBe(JSON_ANSWER);
    expect(response?.chunks).toEqual([[0, 100]]);
    expect("truncated" in exchange.response).toBe(false);
  });

  test("what the client got is kept where it differs, and what the fixes did is on the row", () => {
    const fixes = { configured: ["f"], applied: [{ fix: "f", action: "a" }], warnings: [] };
    const withClient = (text: string, missing = 0) => ({
      answer: [JSON_ANSWER],
      client: text,
      end: { fixes, clientResponseBytes: text.length + missing, clientResponseJournaled: text.length },
    });
    const changed = play(withClient("{}"));
    expect(changed.exchange).toMatchObject({
      fixes,
      clientResponse: { wireBytes: 2, contentType: "application/json" },
      responseModel: "answered",
      response: { wireBytes: JSON_ANSWER.length },
      warnings: [],
    });
    const kept = changed.captures.find(({ side }) => side === "client-response");
    expect(new TextDecoder().decode(kept?.bytes)).toBe("{}");
    expect(kept?.chunks).toBeUndefined();

    const same = play(withClient(JSON_ANSWER));
    expect(same.captures.map(({ side }) => side)).toEqual(["request", "response"]);
    expect(same.exchange.clientResponse).toBeUndefined();
    expect(same.exchange.fixes).toEqual(fixes);

    const lossy = play(withClient("{}", 5));
    expect(lossy.exchange.clientResponse).toMatchObject({ wireBytes: 7, truncated: true });
    expect(lossy.exchange.warnings).toEqual(["client_response_bytes_missing: 5 of 7 bytes were not recorded"]);
  });

  test("a long copy of the client's is cut like the others", () => {
    const { captures } = play({
      head: { captureBytes: 100 },
      answer: [JSON_ANSWER],
      client: "x".repeat(500),
      end: { clientResponseBytes: 500, clientResponseJournaled: 500 },
    });
    const kept = captures.find(({ side }) => side === "client-response");
    expect(kept).toMatchObject({ truncated: true, wireBytes: 500, headBytes: 50 });
    expect(kept?.bytes).toHaveLength(100);
  });

  test("an event stream is streaming, and its first token is the first event with output", () => {
    const answer = eventStream(3);
    const { exchange, response } = play({ answer, contentType: "text/event-stream; charset=utf-8" });
    expect(exchange).toMatchObject({
      streaming: true,
      usage: { inputTokens: 11, outputTokens: 3 },
      timing: { ttftMs: 110 },
    });
    expect(response?.chunks?.map(([, atMs]) => atMs)).toEqual([100, 110, 120, 130, 140, 150]);
    expect(response?.chunks?.[1]?.[0]).toBe(answer[0]?.length as number);
  });

  test("a call that asked for a stream is streaming even when it was refused", () => {
    const { exchange } = play({ request: '{"stream":true}', statusCode: 429, answer: ['{"error":"rate_limit"}'] });
    expect(exchange).toMatchObject({ streaming: true, statusCode: 429, errorCode: "rate_limit" });
    expect(exchange.errorMessage).toBe("it was rate_limit");
    expect(exchange.responseModel).toBeUndefined();
  });

  test("our own code wins over what the provider says", () => {
    const { exchange } = play({
      answer: ['{"error":"overloaded"}'],
      end: { state: "failed", errorCode: "upstream_disconnected", errorMessage: "It hung up." },
    });
    expect(exchange).toMatchObject({ errorCode: "upstream_disconnected", errorMessage: "It hung up." });
  });

  test("a call no dialect knows is kept with its bytes", () => {
    const { exchange, response } = play({ head: { path: "/else", query: "a=1" }, answer: ["anything"] });
    expect(exchange).toMatchObject({ dialect: "unknown", kind: "other", usageSource: "none", query: "a=1" });
    expect(response?.bytes.length).toBe(8);
  });

  test("a reader that throws costs the reading, not the row", () => {
    const { exchange, response } = play({ head: { path: "/lines/throws" }, answer: [JSON_ANSWER] });
    expect(exchange).toMatchObject({ state: "completed", dialect: "lines" });
    expect(exchange.warnings.join()).toContain("reader_failed: this reader always throws");
    expect(response?.bytes.length).toBe(JSON_ANSWER.length);
  });

  test("a compressed request is parsed for the dialect and kept as it was", () => {
    const request = zstdCompressSync('{"model":"packed"}');
    const headers = [
      ["content-type", "application/json"],
      ["content-encoding", "zstd"],
    ] as const;
    const { exchange, request: capture } = play({ head: { headers }, request, answer: [JSON_ANSWER] });
    expect(exchange.requestModel).toBe("packed");
    expect(capture?.contentEncoding).toBe("zstd");
    expect(Buffer.from(capture?.bytes ?? []).equals(request)).toBe(true);
  });

  test("the price is asked with what was read", () => {
    const asked: PriceInput[] = [];
    const cost: Cost = { confidence: "exact", totalNanoUsd: 42 };
    const price = (input: PriceInput): Cost => {
      asked.push(input);
      return cost;
    };
    const { exchange } = play({ head: { local: true }, answer: [JSON_ANSWER] }, { pricer: { price } });
    expect(exchange.cost).toEqual(cost);
    expect(asked).toEqual([
      {
        provider: "test",
        local: true,
        billable: true,
        requestModel: "asked",
        responseModel: "answered",
        usage: { inputTokens: 7, outputTokens: 3 },
      },
    ]);
    expect(play({ head: { method: "GET" }, answer: ["{}"] }, { pricer: { price } }).exchange.cost).toBeUndefined();
  });
});

describe("what is kept by capture mode", () => {
  const script: Script = {
    head: {
      capture: "metadata",
      path: "/lines/chat",
      query: "key=masked",
      headers: [
        ["content-type", "application/json"],
        ["x-title", "secret project"],
      ],
    },
    answer: eventStream(3),
    contentType: "text/event-stream",
  };

  function playLinked(script: Script, order: "bodies first" | "journal first") {
    const { assembler } = setUp();
    const entries = entriesOf(createId(), script);
    const bodies = entries.flatMap((entry) => (entry.type === "body" ? [entry.value] : []));
    const records = entries.filter((entry) => entry.type !== "body");
    const steps = [
      () => records.forEach((entry) => assembler.push(entry, "1", 0)),
      () => bodies.forEach((body) => assembler.pushLinkBody(body, 0)),
    ];
    for (const step of order === "bodies first" ? steps.toReversed() : steps) step();
    return { assembler, finished: assembler.takeFinished() };
  }

  test.each(["bodies first", "journal first"] as const)("metadata reads usage from the link (%s)", (order) => {
    const { exchange, captures } = playLinked(script, order).finished[0] as Finished;
    expect(captures).toEqual([]);
    expect(exchange).toMatchObject({
      usage: { inputTokens: 11, outputTokens: 3 },
      usageSource: "reported",
      timing: { ttftMs: 110 },
      query: "key=masked",
      requestModel: "asked",
      warnings: [],
    });
    expect(exchange.requestHeaders.length).toBe(2);
    expect("truncated" in exchange.response).toBe(false);
  });

  test("off keeps counts only: no headers, no query, no words of anyone", () => {
    const off: Script = {
      ...script,
      head: { ...script.head, capture: "off" },
      answer: [...eventStream(3), 'data: {"error":"refused"}\n\n'],
    };
    const entries = entriesOf(createId(), {
      ...off,
      end: { attempts: [{ upstream: "test", url: "http://u/lines?key=1", startedMs: 1 }] },
    }).map((entry): JournalEntry =>
      entry.type === "response-head" ? { ...entry, value: { ...entry.value, headers: [] } } : entry,
    );
    const { assembler } = setUp();
    for (const entry of entries) {
      if (entry.type === "body") assembler.pushLinkBody(entry.value, 0);
      else assembler.push(entry, "1", 0);
    }
    const { exchange, captures } = assembler.takeFinished()[0] as Finished;
    expect(captures).toEqual([]);
    expect(exchange).toMatchObject({
      path: "/lines/chat",
      statusCode: 200,
      usage: { inputTokens: 11, outputTokens: 3 },
      requestHeaders: [],
      errorCode: "refused",
      attempts: [{ url: "http://u/lines" }],
      capture: "off",
    });
    for (const absent of ["query", "responseHeaders", "errorMessage", "responseId"])
      expect(absent in exchange).toBe(false);
    expect(JSON.stringify(exchange)).not.toContain("secret project");
  });

  test("off finds usage in an encoded answer although the label was not kept", () => {
    const { assembler } = setUp();
    const wire = gzipSync(utf8(eventStream(3).join("")));
    const entries = entriesOf(createId(), { head: { capture: "off", headers: [] }, answer: [wire] });
    for (const entry of entries) {
      if (entry.type === "body") assembler.pushLinkBody(entry.value, 0);
      else if (entry.type === "response-head")
        assembler.push({ ...entry, value: { ...entry.value, headers: [] } }, "1", 0);
      else assembler.push(entry, "1", 0);
    }
    expect(assembler.takeFinished()[0]?.exchange.usage).toEqual({ inputTokens: 11, outputTokens: 3 });
  });

  test("an end waits for bytes of the link, but not for ever", () => {
    const { assembler } = setUp();
    const entries = entriesOf(createId(), script);
    const bodies = entries.flatMap((entry) => (entry.type === "body" ? [entry.value] : []));
    for (const entry of entries) if (entry.type !== "body") assembler.push(entry, "1", 1000);
    for (const body of bodies.slice(0, -3)) assembler.pushLinkBody(body, 1000);
    assembler.tick(2999);
    expect(assembler.takeFinished()).toEqual([]);
    expect(assembler.oldestAt()).toBe("1");
    assembler.tick(3000);
    const [finished] = assembler.takeFinished();
    expect(finished?.exchange).toMatchObject({ state: "completed", usageSource: "partial" });
    expect(finished?.exchange.warnings.join()).toContain("response_bytes_missing");
    expect(assembler.stats().openExchanges).toBe(0);
  });
});
