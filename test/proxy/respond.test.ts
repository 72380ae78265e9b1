import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createGate, eventually } from "../support/gate.ts";
import { createProxyCase, startProxy } from "../support/proxy.ts";
import { openRaw, rawRequest } from "../support/raw-request.ts";
import * as step from "../support/step.ts";
import { refusedPort } from "../support/unreachable.ts";
import type { Upstream } from "../support/upstream.ts";

const { opened, start, close } = createProxyCase();
afterEach(close);

const STREAM_CALL = { method: "POST", target: "/openai/v1/chat/completions", body: '{"model":"m","stream":true}' };
const CHUNK = '{"choices":[{"delta":{"content":"hi"}}],"usage":null}';

describe("ends", () => {
  async function goneWithin(upstream: Upstream, act: () => void | Promise<void>): Promise<number> {
    const request = upstream.requests.at(-1);
    const at = performance.now();
    await act();
    await request?.disconnected;
    return performance.now() - at;
  }

  test("a client that goes while the upstream is silent stops the upstream at once", async () => {
    const { upstream, proxy } = await start();
    upstream.on(/./, [step.never()]);
    const client = await openRaw(proxy.url);
    await client.send(client.requestText({ method: "POST", target: "/openai/v1/x", body: "{}" }));
    await upstream.nextWhole();
    expect(await goneWithin(upstream, () => client[Symbol.asyncDispose]())).toBeLessThan(100);
    const { end } = await proxy.ended();
    expect(end).toMatchObject({ state: "aborted", endedBy: "client", errorCode: "request_aborted" });
    expect(end.statusCode).toBeUndefined();
  });

  test("a client that goes in mid-stream stops the upstream, and what came is kept", async () => {
    const { upstream, proxy } = await start();
    upstream.on(/./, [...step.sse([CHUNK, CHUNK]).slice(0, -1), step.never()]);
    const client = await openRaw(proxy.url);
    await client.send(client.requestText({ ...STREAM_CALL, target: "/groq/v1/responses" }));
    await client.waitFor("hi");
    expect(await goneWithin(upstream, () => client[Symbol.asyncDispose]())).toBeLessThan(100);
    const exchange = await proxy.ended();
    expect(exchange.end).toMatchObject({ state: "aborted", endedBy: "client", statusCode: 200 });
    expect(proxy.body(exchange, "response").toString()).toContain("hi");
  });

  test("a client that goes while it sends its body stops the upstream", async () => {
    const { upstream, proxy } = await start();
    upstream.on(/./, [step.readBody()], { at: "head" });
    const client = await openRaw(proxy.url);
    await client.send("POST /openai/v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\nabc");
    await upstream.next();
    expect(await goneWithin(upstream, () => client[Symbol.asyncDispose]())).toBeLessThan(100);
    expect((await proxy.ended()).end).toMatchObject({ state: "aborted", endedBy: "client" });
  });

  test.each(["cut", "reset"] as const)(
    "an upstream that breaks off in mid-stream (%s) breaks the client's connection",
    async (how) => {
      const { upstream, proxy } = await start();
      upstream.on(/./, [
        step.head(200, [
          ["content-type", "text/event-stream"],
          ["transfer-encoding", "chunked"],
        ]),
        step.body("data: 1\n\n"),
        step.delay(30),
        how === "cut" ? step.cut() : step.reset(),
      ]);
      const client = await openRaw(proxy.url);
      opened.push(client);
      await client.send(client.requestText({ method: "POST", target: "/anthropic/v1/messages", body: "{}" }));
      expect(await client.waitForEnd()).not.toBe("open");
      expect(client.text).toContain("data: 1");
      expect(client.text.endsWith("0\r\n\r\n")).toBe(false);
      expect((await proxy.ended()).end).toMatchObject({
        state: "failed",
        endedBy: "upstream",
        statusCode: 200,
        errorCode: "upstream_disconnected",
      });
      expect(proxy.serverErrors.filter((text) => text.includes("twice"))).toEqual([]);
    },
  );

  test.each([0, 50, 5000])("an answer shorter than it declared (%d of 10000 bytes) never ends clean", async (bytes) => {
    const { upstream, proxy } = await start();
    upstream.on(/./, [
      step.head(200, [
        ["content-type", "application/json"],
        ["content-length", "10000"],
      ]),
      step.body("x".repeat(bytes)),
      step.delay(30),
      step.cut(),
    ]);
    const client = await openRaw(proxy.url);
    opened.push(client);
    await client.send(client.requestText({ method: "POST", target: "/openai/v1/x", body: "{}" }));
    expect(await client.waitForEnd()).not.toBe("open");
    expect(client.text.split("x").length - 1).toBeGreaterThanOrEqual(bytes === 0 ? 0 : bytes);
    expect(client.text.endsWith("0\r\n\r\n")).toBe(false);
    expect((await proxy.ended()).end).toMatchObject({ state: "failed", endedBy: "upstream" });
  });

  test("a refused, reset or nonsense connection is a 502 in the client's own error shape", async () => {
    const port = await refusedPort();
    const refused = startProxy({ baseUrl: `http://127.0.0.1:${port}` });
    opened.push(refused);
    const anthropic = await rawRequest(refused.url, { method: "POST", target: "/v1/messages", body: "{}" });
    expect(anthropic.status).toBe(502);
    expect(JSON.parse(anthropic.text)).toMatchObject({ type: "error", error: { type: "api_error" } });
    expect(anthropic.header("x-modeltap-error")).toBe("upstream_connect_failed");
    const gemini = await rawRequest(refused.url, {
      method: "POST",
      target: "/v1beta/models/x:generateContent",
      body: "{}",
    });
    expect(JSON.parse(gemini.text)).toMatchObject({ error: { code: 502, status: "UNAVAILABLE" } });
    const ollama = await rawRequest(refused.url, { method: "POST", target: "/api/chat", body: "{}" });
    expect(typeof JSON.parse(ollama.text).error).toBe("string");

    const { proxy } = await start({}, { accept: "reset" });
    const reset = await rawRequest(proxy.url, { method: "POST", target: "/openai/v1/x", body: "{}" });
    expect([reset.status, reset.header("x-modeltap-error")]).toEqual([502, "upstream_disconnected"]);
    expect(JSON.parse(reset.text)).toMatchObject({ error: { code: "upstream_disconnected", type: "api_error" } });
    expect((await proxy.ended()).end).toMatchObject({ state: "failed", endedBy: "upstream", statusCode: 502 });
  });
});

describe("an answer that is cut", () => {
  const PROMISED: readonly [string, string][] = [
    ["content-type", "text/event-stream"],
    ["transfer-encoding", "chunked"],
  ];
  const countBody = (text: string): number => text.split("x").length - 1;

  type Late = { readonly body: number; readonly end: "closed" | "reset"; readonly isWhole: boolean };

  /** A client that asks and does not read before `ms` have passed. Bun's own sockets drop what came before a reset; Node's do not. */
  async function readLate(port: number, ms: number, fields = ""): Promise<Late> {
    const script = join(import.meta.dir, "..", "support", "late-reader.cjs");
    const child = Bun.spawn(["node", script, String(port), String(ms), fields], { stdout: "pipe" });
    // Written by the script.
    return JSON.parse(await new Response(child.stdout).text()) as Late;
  }

  // What comes in one read with the cut is lost in Bun's fetch: the cut waits until all before it has been read.
  test.each([20_000, 200_000, 40_000_000])(
    "gives a client that reads late all %d bytes that came before, and no clean end",
    async (size) => {
      const { upstream, proxy } = await start();
      const gate = createGate();
      upstream.on(/./, [step.head(200, PROMISED), step.body("x".repeat(size)), step.wait(gate.opened), step.reset()]);
      const reading = readLate(proxy.port, 700);
      const hasPassed = (): boolean => {
        const last = proxy.exchanges[0]?.bodies.findLast(({ side }) => side === "response");
        return last !== undefined && last.offset + last.bytes.length === size;
      };
      await eventually(() => (hasPassed() ? true : undefined), "all of it to pass", 30_000);
      gate.open();
      const { body, end, isWhole } = await reading;
      expect([body, isWhole]).toEqual([size, false]);
      if (size === 200_000) expect(end).toBe("closed");
      expect((await proxy.ended()).end).toMatchObject({
        state: "failed",
        errorCode: "upstream_disconnected",
        responseBytes: size,
      });
    },
  );

  test("tells a client that keeps up of the cut at once", async () => {
    const { upstream, proxy } = await start();
    const events = Array.from({ length: 30 }, () => [step.body("data: x\n\n"), step.delay(5)]).flat();
    upstream.on(/./, [step.head(200, PROMISED), ...events, step.cut()]);
    const client = await openRaw(proxy.url);
    opened.push(client);
    await client.send(client.requestText(STREAM_CALL));
    const { end } = await proxy.ended();
    const endedAt = performance.now();
    expect(end).toMatchObject({ errorCode: "upstream_disconnected" });
    expect(await client.waitForEnd()).toBe("reset");
    // The server's own timer would take up to four seconds.
    expect(performance.now() - endedAt).toBeLessThan(2000);
    expect(countBody(client.text.slice(client.text.indexOf("\r\n\r\n")))).toBe(30);
  });

  test("keeps back nothing of an event that the cut left unfinished", async () => {
    const { upstream, proxy } = await start();
    upstream.on(/./, [step.head(200, PROMISED), step.body(`data: ${"x".repeat(100)}`), step.delay(20), step.cut()]);
    const client = await openRaw(proxy.url);
    opened.push(client);
    await client.send(client.requestText(STREAM_CALL));
    expect(await client.waitForEnd()).toBe("reset");
    expect(client.text).toContain(`data: ${"x".repeat(100)}`);
    expect(client.text.endsWith("0\r\n\r\n")).toBe(false);
  });

  test("resets a client that reads until the close, for which a close would be a whole answer", async () => {
    const { upstream, proxy } = await start();
    upstream.on(/./, [step.head(200, PROMISED), step.body("x".repeat(100)), step.delay(20), step.cut()]);
    expect((await readLate(proxy.port, 0, "Connection: close\r\n")).end).toBe("reset");
  });

  test("leaves nothing behind: the next request has a new connection and its own answer", async () => {
    const { upstream, proxy } = await start();
    upstream.on("POST /v1/z", [step.head(200, PROMISED), step.body("x"), step.reset()]);
    upstream.on("GET /v1/well", step.json({ ok: true }));
    const cut = fetch(`${proxy.url}/openai/v1/z`, { method: "POST", body: "{}" });
    expect(await cut.then((answer) => answer.text()).catch(() => "broken")).toBe("broken");
    expect(await (await fetch(`${proxy.url}/openai/v1/well`)).json()).toEqual({ ok: true });
    expect(proxy.running).toBe(0);
  });
});
