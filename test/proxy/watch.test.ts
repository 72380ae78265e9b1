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
