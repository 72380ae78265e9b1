import { afterEach, describe, expect, test } from "bun:test";

import type { Upstream as Target } from "../../src/provider/upstream.ts";
import { startProxy, type TestProxy } from "../support/proxy.ts";
import { toTestUpstream } from "../support/route-table.ts";
import { openRaw } from "../support/raw-request.ts";
import { close, keepOpen, post, start, two } from "./route-m.ts";
import * as step from "../support/step.ts";
import { blackhole, refusedPort } from "../support/unreachable.ts";
import { createUpstream } from "../support/upstream.ts";

afterEach(close);

describe("the next upstream answers", () => {
  test.each([429, 500, 503])("after %d, with an attempt for each on the row", async (status) => {
    const { upstream, proxy } = await start(two);
    upstream.on(/\/first\//, step.json({ error: "busy" }, { status }));
    upstream.on(/\/second\//, step.json({ ok: true }));
    const answer = await post(proxy);
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }]);
    expect(upstream.requests.map(({ target, text }) => [target.split("/")[1], text])).toEqual([
      ["first", '{"model":"m"}'],
      ["second", '{"model":"other"}'],
    ]);
    const { head, end } = await proxy.ended();
    expect(head.upstream).toBe("first");
    expect(end).toMatchObject({ state: "completed", statusCode: 200, served: { upstream: "second" } });
    expect(end.attempts).toMatchObject([
      { upstream: "first", statusCode: status },
      { upstream: "second", statusCode: 200 },
    ]);
    for (const { startedMs, endedMs } of end.attempts) expect(endedMs).toBeGreaterThanOrEqual(startedMs);
  });

  test("after a refused connection, a blackhole and a broken answer", async () => {
    const refused = `http://127.0.0.1:${await refusedPort()}`;
    const hole = await blackhole();
    keepOpen(hole);
    const { upstream, proxy } = await start((url) => [
      { upstream: toTestUpstream(refused, "refused") },
      { upstream: toTestUpstream(hole.url, "hole", { timeouts: { connectMs: 200, firstByteMs: 5000, idleMs: 5000 } }) },
      { upstream: toTestUpstream(url, "broken") },
      { upstream: toTestUpstream(url, "well") },
    ]);
    upstream.on(/\/broken\//, [step.reset()]);
    upstream.on(/\/well\//, step.json({ ok: true }));
    expect((await post(proxy)).status).toBe(200);
    const { end } = await proxy.ended();
    expect(end.attempts).toMatchObject([
      { upstream: "refused", errorCode: "upstream_connect_failed" },
      { upstream: "hole", errorCode: "upstream_connect_timeout" },
      { upstream: "broken", errorCode: "upstream_disconnected" },
      { upstream: "well", statusCode: 200 },
    ]);
  });

  test("while the first one's breaker is open, without asking it", async () => {
    const { upstream, proxy } = await start(two, {
      options: { breaker: { openAfterFailures: 1, halfOpenAfterMs: 60_000, evictAfterMs: 60_000 } },
    });
    upstream.on(/\/first\//, step.json({}, { status: 500 }));
    upstream.on(/\/second\//, step.json({ ok: true }));
    expect((await post(proxy)).status).toBe(200);
    expect((await post(proxy)).status).toBe(200);
    expect(upstream.requests.filter(({ target }) => target.startsWith("/first/"))).toHaveLength(1);
    expect((await proxy.ended(1)).end.attempts).toMatchObject([
      { upstream: "first", errorCode: "circuit_open" },
      { upstream: "second", statusCode: 200 },
    ]);
  });

  test("where the first one's credential is missing; the client's goes to neither that has its own", async () => {
    const read = (): string | undefined => undefined;
    const credential = { mode: "bearer", header: "authorization", from: "environment variable X", read } as const;
    const { upstream, proxy } = await start((url) => [
      { upstream: toTestUpstream(url, "first", { credential }) },
      { upstream: toTestUpstream(url, "second", { credential: { ...credential, read: () => "own" } }) },
    ]);
    upstream.on(/\/second\//, step.json({ ok: true }));
    expect((await post(proxy)).status).toBe(200);
    expect(upstream.requests.map((request) => [request.target.split("/")[1], request.header("authorization")])).toEqual(
      [["second", "Bearer own"]],
    );
  });
});

describe("the client gets one answer only", () => {
  test("the last one's, when all fail", async () => {
    const { upstream, proxy } = await start(two);
    upstream.on(/\/first\//, step.json({ n: 1 }, { status: 500 }));
    upstream.on(/\/second\//, step.json({ n: 2 }, { status: 429, headers: [["retry-after", "7"]] }));
    const answer = await post(proxy);
    expect([answer.status, answer.headers.get("retry-after"), await answer.json()]).toEqual([429, "7", { n: 2 }]);
  });

  test("the first one's, when no other may be asked", async () => {
    const { upstream, proxy } = await start(two, {
      options: { breaker: { openAfterFailures: 1, halfOpenAfterMs: 60_000, evictAfterMs: 60_000 } },
    });
    upstream.on(/\/first\//, step.json({ n: 1 }, { status: 429 }));
    upstream.on(/\/second\//, step.json({ n: 2 }, { status: 500 }));
    await post(proxy);
    const answer = await post(proxy);
    expect([answer.status, await answer.json()]).toEqual([429, { n: 1 }]);
  });

  test("a 4xx is the client's own: no other upstream is asked", async () => {
    const { upstream, proxy } = await start(two);
    upstream.on(/\/first\//, step.json({ error: "bad" }, { status: 400 }));
    expect((await post(proxy)).status).toBe(400);
    expect(upstream.requests).toHaveLength(1);
  });

  test("an answer that breaks after its first byte is broken for the client, too", async () => {
    const { upstream, proxy } = await start(two);
    upstream.on(/\/first\//, [
      step.head(200, [
        ["content-type", "text/event-stream"],
        ["transfer-encoding", "chunked"],
      ]),
      step.body("data: 1\n\n"),
      step.delay(30),
      step.reset(),
    ]);
    const answer = await post(proxy);
    const read = await answer.text().catch(() => "broken");
    expect(read).toBe("broken");
    expect((await proxy.ended()).end).toMatchObject({ state: "failed", errorCode: "upstream_disconnected" });
    expect(upstream.requests).toHaveLength(1);
  });

  test("a client that left is not served by the next upstream", async () => {
    const { upstream, proxy } = await start(two);
    upstream.on(/\/first\//, [step.never()]);
    const leaving = new AbortController();
    const answer = post(proxy, { signal: leaving.signal }).catch(() => undefined);
    await upstream.nextWhole();
    leaving.abort();
    await answer;
    expect((await proxy.ended()).end).toMatchObject({ state: "aborted", endedBy: "client" });
    expect(upstream.requests).toHaveLength(1);
  });
});

test("without a configured failover a failure is asked once", async () => {
  const { upstream, proxy } = await start((url) => [{ upstream: toTestUpstream(url, "only") }]);
  upstream.on(/./, step.json({}, { status: 503 }));
  expect((await post(proxy)).status).toBe(503);
  expect(upstream.requests).toHaveLength(1);
  expect((await proxy.ended()).end.attempts).toHaveLength(1);
});

test("the strictest capture mode of all upstreams that may see a request holds", async () => {
  const { upstream, proxy } = await start((url) => [
    { upstream: toTestUpstream(url, "first") },
    { upstream: toTestUpstream(url, "second", { capture: "off" }) },
  ]);
  upstream.on(/./, step.json({ ok: true }));
  await post(proxy);
  expect((await proxy.ended()).head.capture).toBe("off");
});

describe("an upstream with fallbacks", () => {
  async function startPrefix(more: Partial<Target> = {}) {
    const upstream = await createUpstream();
    const eu = toTestUpstream(upstream.url, "openai-eu", { provider: "openai", ...more });
    const openai = toTestUpstream(upstream.url, "openai", { fallbacks: [eu] });
    const proxy = startProxy({ baseUrl: upstream.url, options: { upstreams: new Map([["openai", openai]]) } });
    keepOpen(upstream, proxy);
    return { upstream, proxy };
  }
  const call = (proxy: TestProxy, body = "{}") =>
    fetch(`${proxy.url}/openai/v1/responses`, { method: "POST", headers: { authorization: "Bearer c" }, body });

  test("is left for them under its own prefix, and the row says who served", async () => {
    const { upstream, proxy } = await startPrefix();
    upstream.on(/\/openai\//, step.json({}, { status: 500 }));
    upstream.on(/\/openai-eu\//, step.json({ ok: true }));
    const body = JSON.stringify({ p: "x".repeat(100_000) });
    expect((await call(proxy, body)).status).toBe(200);
    expect(upstream.requests.map(({ target, text }) => [target, text === body])).toEqual([
      ["/openai/v1/responses", true],
      ["/openai-eu/v1/responses", true],
    ]);
    const { head, end } = await proxy.ended();
    expect([head.upstream, head.provider]).toEqual(["openai", "openai"]);
    expect(end.served).toMatchObject({ upstream: "openai-eu", provider: "openai" });
  });

  test("sends a client exactly one answer, wherever the first one fails", async () => {
    const head = (status: number) => step.head(status, [["content-length", "10"]]);
    const failures: readonly (readonly [string, readonly step.Step[], number | "broken"])[] = [
      ["before its head", [step.reset()], 200],
      ["in its head", [step.raw("HTTP/1.1 200 OK\r\ncontent-le"), step.reset()], 200],
      ["with nonsense", [step.raw("nonsense\r\n\r\n"), step.cut()], 200],
      ["in the body of an error", [head(500), step.body("abc"), step.delay(20), step.reset()], 200],
      ["in the body of a good answer", [head(200), step.body("abc"), step.delay(30), step.reset()], "broken"],
    ];
    for (const [where, script, expected] of failures) {
      const { upstream, proxy } = await startPrefix();
      upstream.on(/\/openai\//, script);
      upstream.on(/\/openai-eu\//, step.json({ ok: true }));
      await using client = await openRaw(proxy.url);
      await client.send(client.requestText({ method: "POST", target: "/openai/v1/responses", body: "{}" }));
      const seen = expected === "broken" ? await client.waitForEnd() : (await client.response()).status;
      if (expected === "broken") expect([where, seen]).not.toEqual([where, "open"]);
      else expect([where, seen]).toEqual([where, expected]);
      expect([where, client.text.split("HTTP/1.1 ").length - 1]).toEqual([where, 1]);
      expect([where, upstream.requests.length]).toEqual([where, expected === "broken" ? 1 : 2]);
    }
  });

  test("keeps a stream that was begun, when its body is too large to hold", async () => {
    const { upstream, proxy } = await startPrefix();
    upstream.on(/\/openai\//, step.json({ n: 1 }, { status: 500 }));
    upstream.on(/\/openai-eu\//, step.json({ n: 2 }));
    const stream = new ReadableStream({
      async start(controller) {
        controller.enqueue("a");
        await Bun.sleep(20);
        controller.enqueue("b");
        controller.close();
      },
    });
    const answer = await fetch(`${proxy.url}/openai/v1/responses`, { method: "POST", body: stream });
    expect([answer.status, await answer.json()]).toEqual([500, { n: 1 }]);
    expect(upstream.requests.map(({ text }) => text)).toEqual(["ab"]);
  });
});
