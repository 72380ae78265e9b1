/** @module Limits between real sockets: who is refused, in which words, and what counts. */

import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { ProxyError } from "../../src/domain/error.ts";
import { parseKey } from "../../src/domain/key.ts";
import type { Caller } from "../../src/proxy/admit.ts";
import { createLimits } from "../../src/proxy/limits.ts";
import { json } from "../support/step.ts";
import { startProxy, type TestProxy, type TestProxyOptions } from "../support/proxy.ts";
import { createUpstream, type Upstream } from "../support/upstream.ts";
import { makeKey } from "./managed-key.ts";

const HEAD = { headers: new Headers(), fields: [], query: "" };
const CREDENTIAL = { mode: "bearer", header: "authorization", from: "the test", read: () => "sk-upstream" } as const;
let upstream: Upstream;
let proxy: TestProxy | undefined;

beforeEach(async () => {
  upstream = await createUpstream();
  upstream.on(/./, json({ ok: true }));
});
afterEach(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

function start(options: Partial<TestProxyOptions>): TestProxy {
  proxy = startProxy({ baseUrl: upstream.url, upstream: { credential: CREDENTIAL }, ...options });
  return proxy;
}

async function ask(
  path: string,
  headers: Record<string, string> = {},
): Promise<[number, string | null, string | null]> {
  const answer = await fetch(`${proxy?.url}${path}`, { method: "POST", headers, body: "{}" });
  await answer.arrayBuffer();
  return [answer.status, answer.headers.get("x-modeltap-error"), answer.headers.get("retry-after")];
}

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const PATH = "/openai/v1/chat/completions";

describe("a key's requests per minute", () => {
  test("are let through, and no more; another key has its own; nothing is sent or recorded", async () => {
    const [two, one, free] = [makeKey({ requestsPerMinute: 2 }), makeKey({ requestsPerMinute: 1 }), makeKey()];
    const running = start({ keys: [two.object, one.object, free.object] });
    expect(await ask(PATH, bearer(two.secret))).toEqual([200, null, null]);
    expect(await ask(PATH, bearer(two.secret))).toEqual([200, null, null]);
    expect(await ask(PATH, bearer(two.secret))).toEqual([429, "rate_limited", "30"]);
    expect((await ask(PATH, bearer(one.secret)))[0]).toBe(200);
    expect(await ask(PATH, bearer(one.secret))).toEqual([429, "rate_limited", "60"]);
    for (let at = 0; at < 20; at++) expect((await ask(PATH, bearer(free.secret)))[0]).toBe(200);
    expect((await ask(PATH))[0]).toBe(200);
    expect(upstream.requests.length).toBe(24);
    expect(running.exchanges.length).toBe(24);
    expect(running.refused).toEqual(["rate_limited", "rate_limited"]);
  });

  test.each([
    ["/anthropic/v1/messages", { type: "error", error: { type: "rate_limit_error", code: "rate_limited" } }],
    ["/gemini/v1beta/models/m:generateContent", { error: { code: 429, status: "RESOURCE_EXHAUSTED" } }],
    [PATH, { error: { type: "rate_limit_error", code: "rate_limited" } }],
    ["/ollama/api/chat", { code: "rate_limited" }],
  ])("are refused in the words of %s", async (path, shape) => {
    const key = makeKey({ requestsPerMinute: 1 });
    const running = start({ keys: [key.object] });
    await ask(path, bearer(key.secret));
    const answer = await fetch(`${running.url}${path}`, { method: "POST", headers: bearer(key.secret), body: "{}" });
    expect(answer.status).toBe(429);
    expect(await answer.json()).toMatchObject(shape);
  });

  test("are not less for a key that is changed, and follow its new limit", async () => {
    const key = makeKey({ requestsPerMinute: 1 });
    const running = start({ keys: [key.object] });
    await ask(PATH, bearer(key.secret));
    expect((await ask(PATH, bearer(key.secret)))[0]).toBe(429);
    const { requestsPerMinute: _, ...value } = key.object.value as Record<string, unknown>;
    running.receiveKeys(2, [{ ...key.object, value }]);
    expect((await ask(PATH, bearer(key.secret)))[0]).toBe(200);
  });
});

describe("a key's tokens per minute", () => {
  test("count once they are known; what was used over the limit is waited for", async () => {
    const key = makeKey({ tokensPerMinute: 1000 });
    const running = start({ keys: [key.object] });
    for (let at = 0; at < 3; at++) expect((await ask(PATH, bearer(key.secret)))[0]).toBe(200);
    const [first, second] = running.exchanges.map(({ head }) => head.tally ?? "none");
    expect(second).toBe(first as string);
    running.spend([[first as string, 900]]);
    expect((await ask(PATH, bearer(key.secret)))[0]).toBe(200);
    // Of a run of the proxy before this one.
    running.spend([["0123abcd-1", 900]]);
    expect((await ask(PATH, bearer(key.secret)))[0]).toBe(200);
    running.spend([[first as string, 1100]]);
    const [status, code, wait] = await ask(PATH, bearer(key.secret));
    expect([status, code]).toEqual([429, "rate_limited"]);
    expect(Number(wait)).toBeWithin(50, 63);
  });
});

describe("limits of clients", () => {
  test("hold each client apart, with and without a key", async () => {
    start({ clientLimits: { requestsPerMinute: 1 } });
    expect((await ask(PATH, { "x-agent-name": "a" }))[0]).toBe(200);
    expect((await ask(PATH, { "x-agent-name": "a" }))[1]).toBe("rate_limited");
    expect((await ask(PATH, { "x-agent-name": "b" }))[0]).toBe(200);
    expect((await ask(PATH, { authorization: "Bearer x", "user-agent": "curl/8" }))[0]).toBe(200);
    expect((await ask(PATH, { authorization: "Bearer y", "user-agent": "curl/8" }))[0]).toBe(200);
    expect((await ask(PATH, { authorization: "Bearer y", "user-agent": "curl/8" }))[0]).toBe(429);
  });
});

describe("without limits", () => {
  test("the caller stays the very same object, and the client is not asked for", () => {
    let asked = 0;
    const limits = createLimits({
      nameClient: () => {
        asked += 1;
        return "x";
      },
      now: () => 0,
    });
    const caller = {};
    expect(limits.admit(caller, HEAD)).toBe(caller);
    expect(asked).toBe(0);
  });

  test("a tally is remembered, however many others there were since", () => {
    let at = 0;
    const limits = createLimits({ client: { tokensPerMinute: 10 }, nameClient: () => `c${at}`, now: () => 0 });
    const admit = (client: number): string => {
      at = client;
      const caller = limits.admit({}, HEAD);
      if (caller instanceof ProxyError || caller.tally === undefined) throw new Error("no tally");
      return caller.tally;
    };
    const old = admit(0);
    for (let client = 1; client < 20_001; client++) admit(client);
    limits.spend([[old, 100]]);
    expect(admit(0)).not.toBe(old);
    limits.spend([[admit(0), 100]]);
    expect(limits.admit({}, HEAD)).toMatchObject({ code: "rate_limited", retryAfterSeconds: 546 });
  });

  test("a key's tally outlives any number of clients", () => {
    const { object } = makeKey({ tokensPerMinute: 10 });
    const key = parseKey(object);
    if (key === undefined) throw new Error("no key");
    let client = 0;
    const limits = createLimits({ client: { tokensPerMinute: 10 }, nameClient: () => `c${client}`, now: () => 0 });
    const admit = (caller: Caller) => limits.admit(caller, HEAD);
    const first = admit({ key });
    for (client = 1; client < 30_000; client++) admit({});
    client = 0;
    expect(admit({ key })).toEqual(first);
    limits.spend([[(first as Caller).tally ?? "", 100]]);
    expect(admit({ key })).toMatchObject({ code: "rate_limited" });
  });
});
