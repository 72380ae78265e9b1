import { afterEach, describe, expect, test } from "bun:test";
import { createProxyCase, startProxy } from "../support/proxy.ts";
import { openRaw, rawRequest } from "../support/raw-request.ts";
import * as step from "../support/step.ts";
import { blackhole } from "../support/unreachable.ts";

const { opened, start, close } = createProxyCase();
afterEach(close);

const CHUNK = '{"choices":[{"delta":{"content":"hi"}}],"usage":null}';

describe("time limits", () => {
  const timeouts = { connectMs: 200, firstByteMs: 400, idleMs: 200 };

  test("a host that takes no connection is given up after the connect limit", async () => {
    const hole = await blackhole();
    opened.push(hole);
    const proxy = startProxy({ baseUrl: hole.url, options: { timeouts: { ...timeouts, firstByteMs: 60_000 } } });
    opened.push(proxy);
    const response = await rawRequest(proxy.url, { method: "POST", target: "/openai/v1/x", body: "{}" });
    expect([response.status, response.header("x-modeltap-error")]).toEqual([504, "upstream_connect_timeout"]);
  });

  test("a slow answer of a reachable host is not mistaken for an unreachable one", async () => {
    const { upstream, proxy } = await start({ options: { timeouts: { ...timeouts, firstByteMs: 60_000 } } });
    upstream.on(/./, [step.delay(700), ...step.json({ ok: 1 })]);
    expect((await rawRequest(proxy.url, { method: "POST", target: "/openai/v1/x", body: "{}" })).status).toBe(200);
  });

  test("an upstream that never answers is given up after the first-byte limit", async () => {
    const { upstream, proxy } = await start({ options: { timeouts } });
    upstream.on(/./, [step.never()]);
    const response = await rawRequest(proxy.url, { method: "POST", target: "/openai/v1/x", body: "{}" });
    expect([response.status, response.header("x-modeltap-error")]).toEqual([504, "upstream_first_byte_timeout"]);
    expect(upstream.requests.length).toBe(1);
  });

  test("a stream that falls silent is broken off after the idle limit; a slow client is not", async () => {
    const { upstream, proxy } = await start({ options: { timeouts } });
    upstream.on("GET /silent", [...step.sse([CHUNK]).slice(0, -1), step.never()]);
    const client = await openRaw(proxy.url);
    opened.push(client);
    await client.send(client.requestText({ target: "/openai/silent" }));
    expect(await client.waitForEnd()).not.toBe("open");
    expect((await proxy.ended()).end).toMatchObject({
      state: "failed",
      endedBy: "upstream",
      errorCode: "upstream_idle_timeout",
    });
  });
});

describe("an upload", () => {
  const timeouts = { connectMs: 2000, firstByteMs: 300, idleMs: 400 };
  const PIECE = "x".repeat(1000);
  const begin = async (url: string) => {
    const client = await openRaw(url);
    opened.push(client);
    const headers: [string, string][] = [["Transfer-Encoding", "chunked"]];
    await client.send(client.requestText({ method: "POST", target: "/openai/v1/files", headers, body: "" }));
    return client;
  };

  test("may take longer than the limit for the head, which begins when the request has gone up", async () => {
    const { upstream, proxy } = await start({ options: { timeouts } });
    upstream.on(/./, step.json({ ok: 1 }));
    const client = await begin(proxy.url);
    for (let piece = 0; piece < 6; piece++) {
      await client.send(`3e8\r\n${PIECE}\r\n`);
      await Bun.sleep(150);
    }
    await client.send("0\r\n\r\n");
    expect((await client.response()).status).toBe(200);
    expect(upstream.requests[0]?.text).toBe(PIECE.repeat(6));
    upstream.on(/./, [step.never()]);
    const late = await begin(proxy.url);
    await late.send(`3e8\r\n${PIECE}\r\n0\r\n\r\n`);
    expect((await late.response()).header("x-modeltap-error")).toBe("upstream_first_byte_timeout");
  });

  test("that stops is the client's fault: 408, nothing for the breaker, the upstream let go", async () => {
    const { upstream, proxy } = await start({
      options: { timeouts, breaker: { openAfterFailures: 1, halfOpenAfterMs: 60_000, evictAfterMs: 60_000 } },
    });
    upstream.on("GET /v1/models", step.json({ data: [] }));
    const client = await begin(proxy.url);
    await client.send(`3e8\r\n${PIECE}\r\n`);
    const begun = await upstream.next();
    const answer = await client.response();
    expect([answer.status, answer.header("x-modeltap-error")]).toEqual([408, "request_timeout"]);
    expect(await client.waitForEnd()).not.toBe("open");
    await begun.disconnected;
    expect((await proxy.ended()).end).toMatchObject({ state: "failed", endedBy: "client", statusCode: 408 });
    expect((await rawRequest(proxy.url, { target: "/openai/v1/models" })).status).toBe(200);
  });
});

describe("a body that is held", () => {
  const timeouts = { connectMs: 2000, firstByteMs: 60_000, idleMs: 300 };
  const SIZE = 2 * 1024 * 1024;
  const begin = async (url: string, size: number) => {
    const client = await openRaw(url);
    opened.push(client);
    const headers: [string, string][] = [
      ["Content-Type", "application/json"],
      ["Content-Length", String(size)],
    ];
    await client.send(client.requestText({ method: "POST", target: "/openai/v1/chat/completions", headers, body: "" }));
    return client;
  };

  test.each([
    ["small", 1000],
    ["large", SIZE],
  ] as const)(
    "and stops coming, %s: its memory is free again, and the row says who was waited for",
    async (_name, size) => {
      const { upstream, proxy } = await start({ options: { timeouts } });
      const client = await begin(proxy.url, size);
      await client.send('{"model":"m","stream":true,');
      const { end } = await proxy.ended();
      expect(end).toMatchObject({ state: "failed", endedBy: "client", errorCode: "request_timeout" });
      expect(await client.waitForEnd()).not.toBe("open");
      expect(proxy.heldBytes).toBe(0);
      expect(upstream.requests).toEqual([]);
    },
    15_000,
  );

  test("may come slowly in one go, for longer than the limit", async () => {
    const { upstream, proxy } = await start({ options: { timeouts } });
    upstream.on(/./, step.json({ ok: 1 }));
    const text = JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "x".repeat(2000) }] });
    const client = await begin(proxy.url, text.length);
    for (let at = 0; at < text.length; at += 300) {
      await client.send(text.slice(at, at + 300));
      await Bun.sleep(150);
    }
    expect((await client.response()).status).toBe(200);
  });

  test("and breaks off is forwarded to nobody, however much of it came", async () => {
    for (const size of [1000, SIZE]) {
      const { upstream, proxy } = await start({ options: { timeouts } });
      upstream.on(/./, step.json({ ok: 1 }));
      const client = await begin(proxy.url, size);
      await client.send(`{"model":"m","stream":true,"pad":"${"x".repeat(size / 2)}"}`);
      await Bun.sleep(50);
      await client[Symbol.asyncDispose]();
      expect((await proxy.ended()).end).toMatchObject({ state: "aborted", endedBy: "client" });
      await Bun.sleep(50);
      expect(upstream.requests).toEqual([]);
      expect(proxy.heldBytes).toBe(0);
    }
  });

  test("may come slowly, if it comes", async () => {
    const { upstream, proxy } = await start({ options: { timeouts } });
    upstream.on(/./, step.json({ ok: 1 }));
    const text = JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "x".repeat(SIZE) }] });
    const client = await begin(proxy.url, text.length);
    const piece = Math.ceil(text.length / 8);
    for (let at = 0; at < text.length; at += piece) {
      await client.send(text.slice(at, at + piece));
      await Bun.sleep(100);
    }
    expect((await client.response()).status).toBe(200);
    expect(upstream.requests[0]?.text).toContain("x".repeat(SIZE));
  });
});

test("an error answer that stops in its middle is a matter of the idle limit, be it looked into or not", async () => {
  const { upstream, proxy } = await start({
    options: { timeouts: { connectMs: 5000, firstByteMs: 60_000, idleMs: 200 } },
  });
  upstream.on(/./, [
    step.head(503, [
      ["content-type", "application/json"],
      ["content-length", "100"],
    ]),
    step.body("{"),
    step.never(),
  ]);
  const answer = await rawRequest(proxy.url, { method: "POST", target: "/openai/v1/x", body: "{}" });
  expect([answer.status, answer.header("x-modeltap-error")]).toEqual([504, "upstream_idle_timeout"]);
  expect((await proxy.ended()).end).toMatchObject({ state: "failed", endedBy: "upstream" });
});

describe("limits of their own", () => {
  const timeouts = { connectMs: 2000, firstByteMs: 60_000, idleMs: 60_000 };
  const call = (body: string, headers: [string, string][] = []) => ({
    method: "POST",
    target: "/openai/v1/x",
    body,
    headers,
  });

  test.each([
    ["a small body", '{"stream":true}', '{"stream":false}'],
    ["a body that is not held", `{"p":"${"x".repeat(200_000)}","stream":true}`, `{"p":"${"x".repeat(200_000)}"}`],
  ])("the wait for the head of a stream and of another answer differ: %s", async (_, stream, plain) => {
    const { upstream, proxy } = await start({ options: { timeouts: { ...timeouts, streamFirstByteMs: 250 } } });
    upstream.on(/./, [step.delay(900), ...step.json({ ok: 1 })]);
    const [streamed, other] = await Promise.all([
      rawRequest(proxy.url, call(stream)),
      rawRequest(proxy.url, call(plain)),
    ]);
    expect([streamed.status, streamed.header("x-modeltap-error")]).toEqual([504, "upstream_first_byte_timeout"]);
    expect(other.status).toBe(200);
  });

  test("the total limit ends an answer that trickles, and cancels it at the upstream; a stream goes on", async () => {
    const { upstream, proxy } = await start({ options: { timeouts: { ...timeouts, totalMs: 400 } } });
    const pieces = ["a", "b", "c", "d", "e", "f"];
    upstream.on("POST /v1/x", step.answer({ body: pieces.join(""), framing: "chunked", pieces: 6, paceMs: 200 }));
    upstream.on("POST /v1/sse", step.sse(pieces, { paceMs: 200 }));
    const [plain, stream] = await Promise.all([
      fetch(`${proxy.url}/openai/v1/x`, { method: "POST", body: "{}" }).then((answer) =>
        answer.text().catch(() => "broken"),
      ),
      rawRequest(proxy.url, { method: "POST", target: "/openai/v1/sse", body: "{}" }),
    ]);
    expect(plain).toBe("broken");
    expect([stream.complete, stream.text.includes("data: f")]).toEqual([true, true]);
    await upstream.requests.find(({ target }) => target === "/v1/x")?.disconnected;
    const codes = [await proxy.ended(0), await proxy.ended(1)].map(({ end }) => end.errorCode ?? "none");
    expect(codes.toSorted((a, b) => a.localeCompare(b))).toEqual(["none", "upstream_total_timeout"]);
  });

  test("the total limit before the head is a clean 504", async () => {
    const { upstream, proxy } = await start({ options: { timeouts: { ...timeouts, connectMs: 100, totalMs: 300 } } });
    upstream.on(/./, [step.never()]);
    const response = await rawRequest(proxy.url, call("{}"));
    expect([response.status, response.header("x-modeltap-error")]).toEqual([504, "upstream_total_timeout"]);
  });

  test("the total limit of streams counts neither the time a client rests nor the other kind", async () => {
    const { upstream, proxy } = await start({ options: { timeouts: { ...timeouts, streamTotalMs: 500 } } });
    const size = 30_000_000;
    upstream.on(/./, [
      step.head(200, [
        ["content-type", "text/event-stream"],
        ["content-length", String(size)],
      ]),
      step.pattern(size),
    ]);
    const answer = await fetch(`${proxy.url}/openai/v1/x`, { method: "POST", body: '{"stream":true}' });
    const reader = answer.body?.getReader();
    let got = (await reader?.read())?.value?.length ?? 0;
    await Bun.sleep(1200);
    for (;;) {
      const piece = await reader?.read();
      if (piece === undefined || piece.done) break;
      got += piece.value.length;
    }
    expect(got).toBe(size);
    expect((await proxy.ended()).end.state).toBe("completed");
  });

  test("an upstream's own limits replace the general ones", async () => {
    const own = { ...timeouts, totalMs: 300 };
    const { upstream, proxy } = await start({ options: { timeouts }, upstream: { timeouts: own } });
    upstream.on(/./, step.answer({ body: "abcdef", framing: "chunked", pieces: 6, paceMs: 200 }));
    const answer = await fetch(`${proxy.url}/openai/v1/x`, { method: "POST", body: "{}" });
    expect(await answer.text().catch(() => "broken")).toBe("broken");
    expect((await proxy.ended()).end.errorCode).toBe("upstream_total_timeout");
  });
});
