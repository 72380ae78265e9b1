import { afterEach, describe, expect, test } from "bun:test";

import type { Upstream as Target } from "../../src/provider/upstream.ts";
import type { WaitEnd, Waits } from "../../src/proxy/waits.ts";
import { startProxy, type TestProxy, type TestProxyOptions } from "../support/proxy.ts";
import { toTestUpstream } from "../support/route-table.ts";
import { openRaw } from "../support/raw-request.ts";
import { close, keepOpen, post, start, two } from "./route-m.ts";
import * as step from "../support/step.ts";
import { refusedPort } from "../support/unreachable.ts";

afterEach(close);

describe("the same upstream again", () => {
  const RETRIES = { max: 2, rateLimitMax: 0, maxWaitMs: 60_000 };
  /** Waits that take no time, and what they were to take. */
  function fakeWaits(end: WaitEnd = "over"): Waits & { readonly asked: number[] } {
    const asked: number[] = [];
    return {
      asked,
      wait(ms) {
        asked.push(ms);
        return Promise.resolve(end);
      },
      stop() {},
    };
  }
  const only = (url: string) => [{ upstream: toTestUpstream(url, "only") }];
  const again = (retries: Partial<typeof RETRIES> = {}, more: Partial<TestProxyOptions> = {}) =>
    start(only, { ...more, options: { ...more.options, retries: { ...RETRIES, ...retries } } });

  test("after a refused connection, with jittered pauses, and each try on the row", async () => {
    const refused = `http://127.0.0.1:${await refusedPort()}`;
    const waits = fakeWaits();
    const { proxy } = await start(() => [{ upstream: toTestUpstream(refused, "only") }], {
      waits,
      options: { retries: RETRIES },
    });
    const answer = await post(proxy);
    expect([answer.status, answer.headers.get("x-modeltap-error")]).toEqual([502, "upstream_connect_failed"]);
    expect(waits.asked).toHaveLength(2);
    expect(waits.asked[0]).toBeLessThanOrEqual(200);
    expect(waits.asked[1]).toBeLessThanOrEqual(400);
    const { end } = await proxy.ended();
    expect(end.attempts.map(({ errorCode }) => errorCode)).toEqual(Array(3).fill("upstream_connect_failed"));
    for (const { startedMs, endedMs } of end.attempts) expect(endedMs).toBeGreaterThanOrEqual(startedMs);
  });

  test("a model call that was answered, or may have been begun, is sent once", async () => {
    for (const script of [step.json({}, { status: 503 }), step.json({}, { status: 429 }), [step.reset()]]) {
      const { upstream, proxy } = await again();
      upstream.on(/./, script);
      expect([429, 502, 503]).toContain((await post(proxy)).status);
      expect(upstream.requests).toHaveLength(1);
      expect((await proxy.ended()).end.attempts).toHaveLength(1);
    }
  });

  test("a model call whose kept connection was dead goes out on a new one, once", async () => {
    const { upstream, proxy } = await again({}, { waits: fakeWaits() });
    upstream.on(/./, ({ count }) =>
      count === 1 || count === 3 || count === 4 ? [step.reset()] : step.json({ count }),
    );
    expect(await (await post(proxy)).json()).toEqual({ count: 0 });
    expect(await (await post(proxy)).json()).toEqual({ count: 2 });
    expect((await proxy.ended(1)).end.attempts).toMatchObject([
      { errorCode: "upstream_disconnected" },
      { statusCode: 200 },
    ]);
    // The new connection breaks as well: that one was not old, so the call may have been begun.
    expect((await post(proxy)).status).toBe(502);
    expect(upstream.requests).toHaveLength(5);
  });

  test("a connection that the upstream said it would close is no kept one", async () => {
    const { upstream, proxy } = await again({}, { waits: fakeWaits() });
    upstream.on(/./, ({ count }) =>
      count === 0 ? step.json({}, { headers: [["connection", "close"]] }) : [step.reset()],
    );
    await (await post(proxy)).text();
    expect((await post(proxy)).status).toBe(502);
    expect(upstream.requests).toHaveLength(2);
  });

  test("a GET is tried again after 503 and a broken answer, never after the head of a good one", async () => {
    const { upstream, proxy } = await again({}, { waits: fakeWaits() });
    upstream.on("GET /openai/v1/models", ({ count }) =>
      count === 0 ? step.json({}, { status: 503 }) : step.json({ data: [] }),
    );
    const answer = await fetch(`${proxy.url}/v1/models`);
    expect([answer.status, await answer.json()]).toEqual([200, { data: [] }]);
    expect((await proxy.ended()).end.attempts).toMatchObject([{ statusCode: 503 }, { statusCode: 200 }]);
    upstream.on("GET /openai/v1/cut", [
      step.head(200, [["content-length", "1000000000"]]),
      step.body("x"),
      step.delay(30),
      step.reset(),
    ]);
    await using client = await openRaw(proxy.url);
    await client.send(client.requestText({ target: "/v1/cut" }));
    expect(await client.waitForEnd()).not.toBe("open");
    expect(upstream.requests.filter(({ target }) => target.endsWith("/cut"))).toHaveLength(1);
  });

  test("a rate limit is waited for when that is switched on, as long as it says", async () => {
    const waits = fakeWaits();
    const { upstream, proxy } = await again({ rateLimitMax: 2 }, { waits });
    upstream.on(/./, ({ count }) =>
      count < 2 ? step.json({}, { status: 429, headers: [["retry-after", "3"]] }) : step.json({ ok: true }),
    );
    const answer = await post(proxy);
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }]);
    for (const ms of waits.asked) expect(ms >= 3000 && ms <= 3300).toBe(true);
    expect((await proxy.ended()).end.attempts.map(({ statusCode }) => statusCode)).toEqual([429, 429, 200]);
  });

  test("one that asks for more than the cap, or never ends, goes to the client with its fields", async () => {
    const waits = fakeWaits();
    const { upstream, proxy } = await again({ rateLimitMax: 2 }, { waits });
    upstream.on(/./, ({ count }) =>
      step.json({ count }, { status: 429, headers: [["retry-after", count === 0 ? "3600" : "1"]] }),
    );
    const far = await post(proxy);
    expect([far.status, far.headers.get("retry-after"), waits.asked.length]).toEqual([429, "3600", 0]);
    const near = await post(proxy);
    expect([near.status, await near.json(), waits.asked.length]).toEqual([429, { count: 3 }, 2]);
  });

  test("the wait ends when the client goes: nothing more is sent, and the row says who left", async () => {
    const { upstream, proxy } = await again({ rateLimitMax: 2 });
    upstream.on(/./, step.json({}, { status: 429, headers: [["retry-after", "30"]] }));
    const leaving = new AbortController();
    const answer = post(proxy, { signal: leaving.signal }).catch(() => undefined);
    await upstream.nextWhole();
    await Bun.sleep(50);
    leaving.abort();
    await answer;
    expect((await proxy.ended()).end).toMatchObject({ state: "aborted", endedBy: "client" });
    expect(upstream.requests).toHaveLength(1);
    expect(proxy.serverErrors).toEqual([]);
  });

  test("the wait ends when modeltap stops: the client gets the answer there is", async () => {
    const { upstream, proxy } = await again({ rateLimitMax: 2 });
    upstream.on(/./, step.json({ n: 1 }, { status: 429, headers: [["retry-after", "30"]] }));
    const answer = post(proxy);
    await upstream.nextWhole();
    await Bun.sleep(50);
    proxy.stopWaiting();
    expect([(await answer).status, await (await answer).json()]).toEqual([429, { n: 1 }]);
    expect((await proxy.ended()).end).toMatchObject({ state: "completed", statusCode: 429 });
  });

  test("a body that passed as a stream cannot be sent again; one for which waiting is switched on is held", async () => {
    const body = JSON.stringify({ model: "x", p: "y".repeat(2_000_000) });
    const call = (proxy: TestProxy) =>
      fetch(`${proxy.url}/openai/v1/responses`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
    const limited = step.json({}, { status: 429, headers: [["retry-after", "0"]] });
    const held = await again({ rateLimitMax: 1 }, { waits: fakeWaits() });
    held.upstream.on(/./, ({ count }) => (count === 0 ? limited : step.json({ ok: true })));
    expect((await call(held.proxy)).status).toBe(200);
    expect(held.upstream.requests.map(({ text }) => text === body)).toEqual([true, true]);
    const refused = startProxy({
      baseUrl: `http://127.0.0.1:${await refusedPort()}`,
      options: { retries: RETRIES },
      waits: fakeWaits(),
    });
    keepOpen(refused);
    expect((await call(refused)).status).toBe(502);
    expect((await refused.ended()).end.attempts).toHaveLength(1);
  });

  test("for the breaker the tries of one request are one failure", async () => {
    const { proxy } = await start(() => [{ upstream: toTestUpstream("http://127.0.0.1:1", "only") }], {
      waits: fakeWaits(),
      options: {
        retries: RETRIES,
        breaker: { openAfterFailures: 2, halfOpenAfterMs: 60_000, evictAfterMs: 60_000 },
      },
    });
    const codes: (string | null)[] = [];
    for (let call = 0; call < 3; call++) codes.push((await post(proxy)).headers.get("x-modeltap-error"));
    expect(codes).toEqual(["upstream_connect_failed", "upstream_connect_failed", "circuit_open"]);
    expect((await proxy.ended(1)).end.attempts).toHaveLength(3);
  });

  test("another upstream comes before another try at the same one", async () => {
    const waits = fakeWaits();
    const { upstream, proxy } = await start(two, { waits, options: { retries: { ...RETRIES, rateLimitMax: 3 } } });
    upstream.on(/\/first\//, step.json({}, { status: 429, headers: [["retry-after", "1"]] }));
    upstream.on(/\/second\//, step.json({ ok: true }));
    expect((await post(proxy)).status).toBe(200);
    expect([waits.asked, upstream.requests.length]).toEqual([[], 2]);
  });
});

describe("an upstream of another provider", () => {
  const CLIENT = "Bearer client-key-0123";
  const other = (url: string, more: Partial<Target>) => [
    { upstream: toTestUpstream(url, "first") },
    { upstream: toTestUpstream(url, "other", more) },
  ];
  const own = { mode: "bearer", header: "authorization", from: "a test", read: () => "sk-other-0123456789" } as const;

  test("never gets the client's credential: without one of its own it is not asked", async () => {
    const { upstream, proxy } = await start((url) => other(url, {}));
    upstream.on(/\/first\//, step.json({ error: "busy" }, { status: 529 }));
    upstream.on(/\/other\//, step.json({ ok: true }));
    const answer = await post(proxy);
    expect([answer.status, await answer.json()]).toEqual([529, { error: "busy" }]);
    expect(upstream.requests.map((request) => request.header("authorization"))).toEqual([CLIENT]);
  });

  test.each([
    ["its own is sent instead", { credential: own }, "Bearer sk-other-0123456789"],
    ["one on this machine needs none", { local: true }, undefined],
  ] as const)("%s", async (_name, more, sent) => {
    const { upstream, proxy } = await start((url) => other(url, more));
    upstream.on(/\/first\//, step.json({ error: "busy" }, { status: 503 }));
    upstream.on(/\/other\//, step.json({ ok: true }));
    expect((await post(proxy)).status).toBe(200);
    expect(upstream.requests.map((request) => request.header("authorization"))).toEqual([CLIENT, sent]);
  });

  test("is asked for a client that has no credential", async () => {
    const { upstream, proxy } = await start((url) => other(url, {}));
    upstream.on(/\/first\//, step.json({ error: "busy" }, { status: 503 }));
    upstream.on(/\/other\//, step.json({ ok: true }));
    expect((await post(proxy, { headers: { "content-type": "application/json" } })).status).toBe(200);
  });
});
