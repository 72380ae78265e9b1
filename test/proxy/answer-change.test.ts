/** @module Compatibility fixes on the way of real answers: what the client gets, what is kept, and what happens when things break. */

import { afterEach, describe, expect, test } from "bun:test";

import { qwenTaggedToolCall } from "../../src/fix/qwen-tagged-tool-call.ts";
import { block, chunk, DONE, play, reasoning, REQUEST, USAGE } from "../fix/play.ts";
import { createGate, eventually } from "../support/gate.ts";
import { createProxyCase } from "../support/proxy.ts";
import { openRaw, rawRequest } from "../support/raw-request.ts";
import * as step from "../support/step.ts";

const { opened, start, close } = createProxyCase();
afterEach(close);

const FIX = qwenTaggedToolCall.id;
const FIXED = { upstream: { fixes: [FIX], includeUsage: "never" } } as const;
const CALL = { method: "POST", target: "/openai/v1/chat/completions", body: JSON.stringify(REQUEST) };
const STREAM = [
  chunk({ role: "assistant" }),
  reasoning("Hm.\n\n"),
  reasoning(block("/a")),
  chunk({}, "stop"),
  USAGE,
  DONE,
];

const events = (texts: readonly string[], options: step.AnswerOptions = {}) => [
  step.head(options.status ?? 200, [
    ["content-type", "text/event-stream"],
    ["transfer-encoding", "chunked"],
  ]),
  ...texts.map(step.body),
  step.end(),
];

const jsonAnswer = (message: object) => ({ id: "c1", choices: [{ index: 0, message, finish_reason: "stop" }] });
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("a fix that is switched on", () => {
  test("changes a stream; both answers are kept and the edits listed", async () => {
    const { upstream, proxy } = await start(FIXED);
    upstream.on(/./, events(STREAM));
    const response = await rawRequest(proxy.url, { ...CALL, headers: [["accept-encoding", "gzip"]] });
    const exchange = await proxy.ended();
    expect(response.text).toBe(play(STREAM.join(""), { id: exchange.head.id }).text);
    expect(response.text).toContain('"finish_reason":"tool_calls"');
    expect(response.complete).toBe(true);
    expect(decode(proxy.body(exchange, "response"))).toBe(STREAM.join(""));
    expect(decode(proxy.body(exchange, "client-response"))).toBe(response.text);
    expect((await upstream.nextWhole()).header("accept-encoding")).toBe("identity");
    expect(exchange.end.edits).toEqual(
      expect.arrayContaining([
        { side: "request", kind: "accept_encoding_set", detail: "identity" },
        { side: "response", kind: "fix_applied", detail: FIX },
      ]),
    );
    expect(exchange.end.fixes).toMatchObject({ configured: [FIX], applied: [{ function: "read_file" }], warnings: [] });
    expect(exchange.end.responseBytes).toBe(STREAM.join("").length);
    expect([exchange.end.clientResponseBytes, exchange.end.clientResponseJournaled]).toEqual([
      response.text.length,
      response.text.length,
    ]);
    expect(proxy.serverErrors).toEqual([]);
  });

  test.each(["length", "chunked", "close"] as const)(
    "changes a JSON answer framed by %s, with a right length",
    async (framing) => {
      const { upstream, proxy } = await start(FIXED);
      upstream.on(/./, step.json(jsonAnswer({ reasoning: block("/é") }), { framing, pieces: 3 }));
      const response = await rawRequest(proxy.url, CALL);
      const message = JSON.parse(response.text).choices[0].message;
      expect(message.tool_calls[0].function).toEqual({ name: "read_file", arguments: '{"filePath":"/é"}' });
      const length = response.header("content-length");
      if (framing === "length") expect(length).toBe(String(response.body.length));
      expect(length === undefined || Number(length) === response.body.length).toBe(true);
      expect(response.complete).toBe(true);
    },
  );

  test("a JSON answer that comes slowly is changed, too", async () => {
    const { upstream, proxy } = await start(FIXED);
    upstream.on(/./, step.json(jsonAnswer({ reasoning: block("/a") }), { pieces: 4, paceMs: 30 }));
    const response = await rawRequest(proxy.url, CALL);
    expect(JSON.parse(response.text).choices[0].finish_reason).toBe("tool_calls");
    expect(response.complete).toBe(true);
  });

  test("an answer without anything to fix keeps its bytes, its length and one copy", async () => {
    const { upstream, proxy } = await start(FIXED);
    const body = '{ "choices": [ {"message": {"content": "hi"}} ] }\n';
    upstream.on(/./, step.answer({ body, contentType: "application/json" }));
    const response = await rawRequest(proxy.url, CALL);
    expect([response.text, response.header("content-length")]).toEqual([body, String(body.length)]);
    const { end } = await proxy.ended();
    expect(end.fixes).toEqual({ configured: [FIX], applied: [], warnings: [] });
    expect(end.edits.some(({ side }) => side === "response")).toBe(false);
  });

  test("a stream passes as it comes until the first tag", async () => {
    const { upstream, proxy } = await start(FIXED);
    const gate = createGate();
    upstream.on(/./, [
      step.head(200, [
        ["content-type", "text/event-stream"],
        ["transfer-encoding", "chunked"],
      ]),
      step.body(STREAM[0] ?? ""),
      step.body(STREAM[1] ?? ""),
      step.wait(gate.opened),
      ...STREAM.slice(2).map(step.body),
      step.end(),
    ]);
    const client = await openRaw(proxy.url);
    opened.push(client);
    await client.send(client.requestText(CALL));
    await client.waitFor("Hm.");
    gate.open();
    expect((await client.response()).text).toContain("tool_calls");
  });

  test("a rejected block: the upstream's bytes and a warning", async () => {
    const { upstream, proxy } = await start(FIXED);
    const all = [reasoning(block("/a")), chunk({ content: "no" }), chunk({}, "stop"), DONE];
    upstream.on(/./, events(all));
    expect((await rawRequest(proxy.url, CALL)).text).toBe(all.join(""));
    const { end } = await proxy.ended();
    expect(end.fixes?.applied).toEqual([]);
    expect(end.fixes?.warnings[0]?.text).toContain("content appeared alongside");
    expect(end.edits.some(({ kind }) => kind === "fix_applied")).toBe(false);
  });

  test("goes together with the usage chunk we asked for", async () => {
    const { upstream, proxy } = await start({ upstream: { fixes: [FIX] } });
    upstream.on(/./, events(STREAM));
    const response = await rawRequest(proxy.url, { ...CALL, body: JSON.stringify({ ...REQUEST, stream: true }) });
    expect(response.text).not.toContain('"usage"');
    expect(response.text).toContain("tool_calls");
    const exchange = await proxy.ended();
    expect(exchange.end.edits.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["include_usage_added", "usage_chunk_removed", "fix_applied"]),
    );
    expect(decode(proxy.body(exchange, "response"))).toContain(USAGE);
    expect(decode(proxy.body(exchange, "client-response"))).toBe(response.text);
  });

  test("two answers of a conversation never share a call id", async () => {
    const { upstream, proxy } = await start(FIXED);
    upstream.on(/./, events(STREAM));
    const ids = [];
    for (let turn = 0; turn < 2; turn++) {
      ids.push(/call_qwen_\w+/.exec((await rawRequest(proxy.url, CALL)).text)?.[0]);
    }
    expect(new Set(ids).size).toBe(2);
  });
});

describe("an answer that a fix cannot look into passes as it came, with a warning", () => {
  const CODINGS = ["gzip", "br", "zstd"] as const;
  test.each(CODINGS.flatMap((coding) => [[coding, "stream"] as const, [coding, "json"] as const]))(
    "compressed (%s, %s) although we asked for it plain",
    async (coding, kind) => {
      const { upstream, proxy } = await start({ upstream: { fixes: [FIX] } });
      const isStream = kind === "stream";
      const body = isStream ? STREAM.join("") : JSON.stringify(jsonAnswer({ reasoning: block("/a") }));
      const contentType = isStream ? "text/event-stream" : "application/json";
      upstream.on(/./, step.answer({ body, contentType, coding, framing: isStream ? "chunked" : "length", pieces: 3 }));
      const response = await rawRequest(proxy.url, { ...CALL, body: JSON.stringify({ ...REQUEST, stream: isStream }) });
      expect(response.header("content-encoding")).toBe(coding);
      expect(Buffer.from(response.body).equals(step.encode(Buffer.from(body), coding))).toBe(true);
      const { end, bodies } = await proxy.ended();
      expect(end.fixes?.applied).toEqual([]);
      expect(end.fixes?.warnings[0]?.text).toContain("compressed");
      expect(end.edits.some(({ side }) => side === "response")).toBe(false);
      expect(bodies.some(({ side }) => side === "client-response")).toBe(false);
    },
  );

  test("a request that is compressed", async () => {
    const { upstream, proxy } = await start(FIXED);
    const body = JSON.stringify(jsonAnswer({ reasoning: block("/a") }));
    upstream.on(/./, step.answer({ body, contentType: "application/json" }));
    const request = { ...CALL, body: Bun.gzipSync(CALL.body), headers: [["content-encoding", "gzip"]] as const };
    expect((await rawRequest(proxy.url, request)).text).toBe(body);
    expect((await proxy.ended()).end.fixes?.warnings[0]?.text).toContain("cannot be read");
  });

  test("an error of the upstream passes without a word", async () => {
    const { upstream, proxy } = await start(FIXED);
    upstream.on(/./, step.json({ error: "<tool_call>" }, { status: 429 }));
    expect((await rawRequest(proxy.url, CALL)).status).toBe(429);
    expect((await proxy.ended()).end.fixes?.warnings).toEqual([]);
  });
});

describe("what breaks", () => {
  test("a cut stream: what was held comes as it was, and the connection breaks", async () => {
    const { upstream, proxy } = await start(FIXED);
    const sent = [STREAM[0] ?? "", reasoning(block("/a")), 'data: {"choices":[{"ind'];
    upstream.on(/./, [...events(sent).slice(0, -1), step.delay(20), step.cut()]);
    const response = await rawRequest(proxy.url, CALL);
    expect([response.text, response.complete]).toEqual([sent.join(""), false]);
    const exchange = await proxy.ended();
    expect(exchange.end).toMatchObject({ state: "failed", errorCode: "upstream_disconnected" });
    expect(decode(proxy.body(exchange, "client-response"))).toBe(sent.join(""));
    expect(exchange.end.fixes?.applied).toEqual([]);
  });

  test("a cut JSON answer is no answer, changed or not", async () => {
    const { upstream, proxy } = await start(FIXED);
    const whole = JSON.stringify(jsonAnswer({ reasoning: block("/a") }));
    upstream.on(/./, [
      ...step.answer({ body: whole, contentType: "application/json" }).slice(0, 1),
      step.body(whole.slice(0, 40)),
      step.delay(20),
      step.cut(),
    ]);
    const response = await rawRequest(proxy.url, CALL);
    expect([response.text, response.complete]).toEqual([whole.slice(0, 40), false]);
  });

  test("a client that goes while a block is held ends the upstream's stream, and its copy is what it got", async () => {
    const { upstream, proxy } = await start(FIXED);
    const gate = createGate();
    upstream.on(/./, [...events(STREAM.slice(0, 3)).slice(0, -1), step.wait(gate.opened)]);
    const client = await openRaw(proxy.url);
    await client.send(client.requestText(CALL));
    await client.waitFor("Hm.");
    await eventually(() => {
      const [exchange] = proxy.exchanges;
      const isHere = exchange !== undefined && decode(proxy.body(exchange, "response")).includes("tool_call");
      return isHere ? true : undefined;
    }, "the block");
    client.abort();
    const exchange = await proxy.ended();
    gate.open();
    expect(exchange.end).toMatchObject({ state: "aborted", endedBy: "client" });
    expect(decode(proxy.body(exchange, "client-response"))).toBe(STREAM.slice(0, 2).join(""));
    expect(exchange.end.fixes?.applied).toEqual([]);
  });

  test("a slow client slows the upstream: nothing piles up", async () => {
    const { upstream, proxy } = await start(FIXED);
    const filler = chunk({ content: "x".repeat(60_000) });
    const total = 800;
    let sent = 0;
    upstream.on(/./, async function* () {
      yield* events([]).slice(0, 1);
      for (; sent < total; sent++) yield step.body(filler);
      yield step.end();
    });
    const client = await openRaw(proxy.url);
    opened.push(client);
    client.pause();
    await client.send(client.requestText(CALL));
    let seen = -1;
    await eventually(async () => {
      const before = sent;
      await Bun.sleep(300);
      seen = sent;
      return before === sent && sent > 0 ? true : undefined;
    }, "the upstream to be slowed");
    expect(seen).toBeLessThan(total / 2);
    client.resume();
    expect((await client.response(30_000)).complete).toBe(true);
  }, 60_000);
});

describe("what has no fix", () => {
  test("is not touched, not held and not asked for plain", async () => {
    const { upstream, proxy } = await start({ upstream: { includeUsage: "never" } });
    upstream.on(/./, events(STREAM));
    const response = await rawRequest(proxy.url, { ...CALL, headers: [["accept-encoding", "gzip"]] });
    expect(response.text).toBe(STREAM.join(""));
    expect((await upstream.nextWhole()).header("accept-encoding")).toBe("gzip");
    const { end, bodies } = await proxy.ended();
    expect("fixes" in end || "clientResponseBytes" in end).toBe(false);
    expect(bodies.some(({ side }) => side === "client-response")).toBe(false);
  });

  test("calls that the fix is not for, or that declare no tool", async () => {
    const { upstream, proxy } = await start(FIXED);
    upstream.on(/./, events(STREAM));
    const gzip = [["accept-encoding", "gzip"]] as const;
    await rawRequest(proxy.url, { method: "GET", target: "/openai/v1/models", headers: gzip });
    expect((await upstream.nextWhole()).header("accept-encoding")).toBe("gzip");
    expect((await proxy.ended(0)).end.fixes).toBeUndefined();
    expect((await rawRequest(proxy.url, { ...CALL, body: '{"model":"m"}', headers: gzip })).text).toBe(STREAM.join(""));
    expect((await upstream.nextWhole()).header("accept-encoding")).toBe("gzip");
    const { end, bodies } = await proxy.ended(1);
    expect(end.fixes).toEqual({ configured: [FIX], applied: [], warnings: [] });
    expect(bodies.some(({ side }) => side === "client-response")).toBe(false);
  });

  test.each(["metadata", "off"] as const)("capture %s keeps no client's copy, and `off` no names", async (capture) => {
    const { upstream, proxy } = await start({ upstream: { ...FIXED.upstream, capture } });
    upstream.on(/./, events(STREAM));
    expect((await rawRequest(proxy.url, CALL)).text).toContain("tool_calls");
    const { end, bodies } = await proxy.ended();
    expect(bodies.some(({ side }) => side === "client-response")).toBe(false);
    expect(end.fixes?.applied.map((applied) => applied.function)).toEqual([
      capture === "off" ? undefined : "read_file",
    ]);
  });
});
