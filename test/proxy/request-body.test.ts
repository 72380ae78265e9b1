import { afterEach, describe, expect, test } from "bun:test";
import { createRouteIndex } from "../../src/provider/model-route.ts";
import { eventually } from "../support/gate.ts";
import { createProxyCase } from "../support/proxy.ts";
import { openRaw, type RawClient, rawRequest } from "../support/raw-request.ts";
import { toTestTable } from "../support/route-table.ts";
import * as step from "../support/step.ts";

const { start, close } = createProxyCase();
afterEach(close);

const STREAM_CALL = { method: "POST", target: "/openai/v1/chat/completions", body: '{"model":"m","stream":true}' };

describe("held bodies", () => {
  test("are refused over the cap, by declared length and by count, in the client's error shape", async () => {
    const { upstream, proxy } = await start({ options: { maxHeldBytes: 1000 } });
    upstream.on(/./, step.json({}));
    const big = JSON.stringify({ stream: true, pad: "x".repeat(2000) });
    const root = { ...STREAM_CALL, target: "/v1/chat/completions", body: big };
    const before = await rawRequest(proxy.url, root);
    proxy.reload(toTestTable(upstream.url, () => ({ modelRoutes: createRouteIndex([]) })));
    const declared = await rawRequest(proxy.url, root);
    expect([declared.status, declared.header("x-modeltap-error")]).toEqual([413, "request_too_large"]);
    const counted = await rawRequest(proxy.url, {
      method: "POST",
      target: root.target,
      headers: [["transfer-encoding", "chunked"]],
      body: `${big.length.toString(16)}\r\n${big}\r\n0\r\n\r\n`,
    });
    expect(counted.status).toBe(413);
    // Nothing but a route needs to know its model: without one it passes as it is, unasked for usage.
    expect(before.status).toBe(200);
    expect(upstream.requests.map(({ text }) => text)).toEqual([big]);
    const streamed = await rawRequest(proxy.url, { method: "POST", target: "/openai/v1/files", body: big });
    expect(streamed.status).toBe(200);
  });

  test("share one budget, which is given back", async () => {
    const { upstream, proxy } = await start({ options: { bodyMemoryBytes: 300_000 } });
    const gate = Promise.withResolvers<void>();
    upstream.on(/./, [step.wait(gate.promise), ...step.json({})]);
    const big = JSON.stringify({ stream: true, pad: "x".repeat(200_000) });
    const first = rawRequest(proxy.url, { ...STREAM_CALL, body: big });
    await eventually(() => (proxy.heldBytes > 0 ? true : undefined), "the first body to be held");
    const second = await rawRequest(proxy.url, { ...STREAM_CALL, body: big });
    expect([second.status, second.header("x-modeltap-error")]).toEqual([503, "overloaded"]);
    gate.resolve();
    expect((await first).status).toBe(200);
    await proxy.ended(0);
    expect(proxy.heldBytes).toBe(0);
  });
});

describe("bodies nobody looks into", () => {
  const SIZE = 300_000;

  /** Sends all but the last byte. */
  async function sendMost(url: string): Promise<RawClient> {
    const client = await openRaw(url);
    await client.send(`POST /openai/v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${SIZE}\r\n\r\n`);
    await client.send("x".repeat(SIZE - 1));
    await Bun.sleep(150);
    return client;
  }

  test("are read before they are forwarded when they are not large, and stream when the budget has no room", async () => {
    const { upstream, proxy } = await start({ options: { bodyMemoryBytes: SIZE + 1 } });
    upstream.on(/./, step.json({}));
    const first = await sendMost(proxy.url);
    expect(upstream.requests.length).toBe(0);
    expect(proxy.heldBytes).toBe(SIZE);
    const second = await sendMost(proxy.url);
    expect(upstream.requests.length).toBe(1);
    for (const client of [first, second]) {
      await client.send("y");
      await client.waitFor("200 OK");
      await client[Symbol.asyncDispose]();
    }
    for (const exchange of [await proxy.ended(0), await proxy.ended(1)]) {
      expect(exchange.end.requestBytes).toBe(SIZE);
      expect(Buffer.from(proxy.body(exchange, "request")).toString().endsWith("xy")).toBe(true);
    }
    expect(proxy.heldBytes).toBe(0);
  });
});
