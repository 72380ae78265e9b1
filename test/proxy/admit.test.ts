/** @module Managed keys between real sockets: who comes in, and that a key goes no further. */

import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { toPeer } from "../../src/proxy/peer.ts";
import { json } from "../support/step.ts";
import { startProxy, type TestProxy, type TestProxyOptions } from "../support/proxy.ts";
import { createUpstream, type Upstream } from "../support/upstream.ts";
import { makeKey } from "./managed-key.ts";

const CREDENTIAL = { mode: "bearer", header: "authorization", from: "the test", read: () => "sk-upstream" } as const;
const REMOTE = toPeer("203.0.113.9");

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

function ask(path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Response> {
  return fetch(`${proxy?.url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function refusalOf(answer: Response): Promise<[number, string | null]> {
  await answer.arrayBuffer();
  return [answer.status, answer.headers.get("x-modeltap-error")];
}

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const CHAT = "/openai/v1/chat/completions";
const BATCH = "/anthropic/v1/messages/batches";
const BODY = { model: "gpt-5", messages: [] };

describe("a managed key", () => {
  test("is taken out, noted, masked, and the upstream gets its own credential", async () => {
    const key = makeKey();
    const { ended } = start({ keys: [key.object], keyHeaders: true });
    const answer = await ask(
      `${CHAT}?a=1&key=${key.secret}&b=%20`,
      { ...bearer(key.secret), "x-api-key": key.secret, "x-odd": `is ${key.secret}` },
      BODY,
    );
    expect(answer.status).toBe(200);
    const sent = upstream.requests[0];
    expect(JSON.stringify([sent?.target, sent?.headers])).not.toContain(key.secret);
    expect(sent?.header("authorization")).toBe("Bearer sk-upstream");
    expect(sent?.target).toBe("/v1/chat/completions?a=1&b=%20");
    const exchange = await ended();
    expect(JSON.stringify(exchange)).not.toContain(key.secret);
    expect(exchange.head.keyId).toBe(key.id);
    const removed = exchange.end.edits.filter(({ kind }) => kind === "key_removed").map(({ detail }) => detail);
    expect(removed.toSorted((a = "", b = "") => a.localeCompare(b))).toEqual([
      "?",
      "authorization",
      "x-api-key",
      "x-odd",
    ]);
  });

  test("is attributed and removed also where none is required; another bearer is the provider's own", async () => {
    const key = makeKey();
    start({ keys: [key.object], upstream: {} });
    expect((await ask(CHAT, bearer("sk-own"), BODY)).status).toBe(200);
    expect(upstream.requests[0]?.header("authorization")).toBe("Bearer sk-own");
    expect((await proxy?.ended())?.head.keyId).toBeUndefined();
  });

  test("without any credential to send instead is refused before anything is sent, unless the upstream needs none", async () => {
    const key = makeKey();
    start({ keys: [key.object], upstream: {} });
    const refused = await ask(CHAT, bearer(key.secret), BODY);
    expect(await refused.text()).toContain("[providers.openai.auth]");
    expect([refused.status, refused.headers.get("x-modeltap-error")]).toEqual([502, "credential_missing"]);
    expect((await proxy?.ended())?.end.errorCode).toBe("credential_missing");
    // The client's own credential may stand beside it.
    expect(
      (await ask("/anthropic/v1/messages", { ...bearer(key.secret), "x-api-key": "sk-ant-own" }, BODY)).status,
    ).toBe(200);
    expect(upstream.requests.map((sent) => [sent.header("authorization"), sent.header("x-api-key")])).toEqual([
      [undefined, "sk-ant-own"],
    ]);
    await proxy?.[Symbol.asyncDispose]();
    start({ keys: [key.object], upstream: { local: true } });
    expect((await ask(CHAT, bearer(key.secret), BODY)).status).toBe(200);
  });

  test.each([
    ["a revoked one", makeKey({ revokedAtMs: 1 })],
    ["an expired one", makeKey({ expiresAtMs: 1 })],
  ])("%s is refused everywhere", async (_, key) => {
    start({ keys: [key.object], upstream: {} });
    expect(await refusalOf(await ask(CHAT, bearer(key.secret), BODY))).toEqual([401, "key_invalid"]);
    expect(upstream.requests).toEqual([]);
    expect(proxy?.exchanges).toEqual([]);
  });

  test("that nobody knows any more is known by its look, and goes to no provider", async () => {
    start({ upstream: {} });
    const { secret } = makeKey();
    for (const headers of [bearer(secret), { "x-api-key": secret }, bearer(`${secret}, Bearer sk-own`)]) {
      expect(await refusalOf(await ask(CHAT, headers, BODY))).toEqual([401, "key_invalid"]);
    }
    expect(await refusalOf(await ask(`/gemini/v1beta/models?key=${secret}`))).toEqual([401, "key_invalid"]);
    expect(upstream.requests).toEqual([]);
    expect(proxy?.refused).toEqual(["key_invalid", "key_invalid", "key_invalid", "key_invalid"]);
  });

  test.each<[string, Record<string, string>, string]>([
    ["a field of any name", { "x-odd": "KEY" }, ""],
    ["a cookie", { cookie: "a=1; k=KEY" }, ""],
    ["a second field", { authorization: "Bearer sk-own", "x-odd": "KEY" }, ""],
    ["the name of a parameter", {}, "?KEY"],
  ])("in %s opens nothing, and is taken out where none is asked for", async (_, headers, query) => {
    const { secret, object } = makeKey();
    const fill = (text: string) => text.replace("KEY", secret).replace("HEX", secret.slice(3));
    const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)]));
    start({ keys: [object], upstream: {} });
    expect((await ask(CHAT + fill(query), filled, BODY)).status).toBe(200);
    const [sent] = upstream.requests;
    expect(decodeURIComponent(JSON.stringify([sent?.target, sent?.headers]))).not.toContain(secret);
    expect(sent?.header("authorization")).toBe(headers["authorization"]);
    const exchange = await proxy?.ended();
    expect(decodeURIComponent(JSON.stringify(exchange))).not.toContain(secret);
    expect(exchange?.head.keyId).toBeUndefined();
    expect(exchange?.end.edits.map(({ kind }) => kind)).toContain("key_removed");
    await proxy?.[Symbol.asyncDispose]();
    start({ keys: [object], upstream: {}, peer: REMOTE });
    expect((await ask(CHAT + fill(query), filled, BODY)).status).toBe(401);
  });

  test.each<[string, (secret: string) => Record<string, string>]>([
    ["as the user", (secret) => ({ authorization: `Basic ${btoa(`${secret}:`)}` })],
    ["as the password", (secret) => ({ authorization: `basic ${btoa(`me:${secret}`)}` })],
    ["alone", (secret) => ({ authorization: `Basic ${btoa(secret)}` })],
  ])("in Basic authorization, %s, is refused: nobody takes it out there", async (_, toHeaders) => {
    const { secret, object } = makeKey();
    start({ keys: [object], upstream: {} });
    expect(await refusalOf(await ask(CHAT, toHeaders(secret), BODY))).toEqual([401, "key_invalid"]);
    expect(upstream.requests).toEqual([]);
    expect((await ask(CHAT, { authorization: `Basic ${btoa("me:pass")}` }, BODY)).status).toBe(200);
  });

  test("in the path is refused, and recorded nowhere", async () => {
    const { secret, object } = makeKey();
    start({ keys: [object], upstream: {} });
    for (const path of [`/openai/v1/${secret}`, `/${secret}/v1/models`, `/openai/%6Dt_${secret.slice(3)}/x%zz`]) {
      expect(await refusalOf(await ask(path, bearer(secret)))).toEqual([401, "key_invalid"]);
    }
    expect([upstream.requests, proxy?.exchanges]).toEqual([[], []]);
  });

  test("beside a second one is refused: neither may reach a provider", async () => {
    const [one, two] = [makeKey(), makeKey()];
    start({ keys: [one.object, two.object], upstream: { local: true }, keyHeaders: true });
    for (const [path, headers] of [
      [CHAT, { ...bearer(one.secret), "x-api-key": two.secret }],
      [`${CHAT}?key=${two.secret}`, bearer(one.secret)],
      [`${CHAT}?key=${two.secret}&key=${one.secret}`, {}],
    ] as const) {
      expect(await refusalOf(await ask(path, headers, BODY))).toEqual([401, "key_invalid"]);
    }
    expect((await ask(CHAT, { ...bearer(one.secret), "x-odd": two.secret }, BODY)).status).toBe(200);
    expect(JSON.stringify(upstream.requests.map(({ target, headers }) => [target, headers]))).not.toContain("mt_");
  });

  test.each([["x-api-key"], ["x-goog-api-key"], ["api-key"], ["x-proxy-key"], ["?key="]])(
    "in %s is accepted only with key_headers",
    async (place) => {
      const key = makeKey();
      const path = place === "?key=" ? `/gemini/v1beta/models?key=${key.secret}` : CHAT;
      const headers: Record<string, string> = place === "?key=" ? {} : { [place]: key.secret };
      start({ keys: [key.object] });
      expect(await refusalOf(await ask(path, headers, BODY))).toEqual([401, "key_invalid"]);
      await proxy?.[Symbol.asyncDispose]();
      start({ keys: [key.object], keyHeaders: true, requireKey: true, peer: REMOTE });
      expect((await ask(path, headers, BODY)).status).toBe(200);
      expect(JSON.stringify(upstream.requests.map(({ target, headers: fields }) => [target, fields]))).not.toContain(
        key.secret,
      );
    },
  );

  test("is revoked from the next snapshot on", async () => {
    const key = makeKey();
    start({ keys: [key.object], requireKey: true });
    expect((await ask(CHAT, bearer(key.secret), BODY)).status).toBe(200);
    proxy?.receiveKeys(2, [{ ...key.object, value: { ...(key.object.value as object), revokedAtMs: 5 } }]);
    expect(await refusalOf(await ask(CHAT, bearer(key.secret), BODY))).toEqual([401, "key_invalid"]);
  });
});

describe("where a key is required", () => {
  test.each([
    ["require_api_key", { requireKey: true }],
    ["another machine", { peer: REMOTE }],
  ])("by %s, nothing else comes in", async (_, options) => {
    const key = makeKey();
    start({ keys: [key.object], ...options });
    expect(await refusalOf(await ask(CHAT, {}, BODY))).toEqual([401, "key_required"]);
    expect(await refusalOf(await ask(CHAT, bearer("sk-own"), BODY))).toEqual([401, "key_invalid"]);
    expect(await refusalOf(await ask(CHAT, { authorization: `Basic ${key.secret}` }, BODY))).toEqual([
      401,
      "key_invalid",
    ]);
    // What is served here is told to nobody without a key.
    expect(await refusalOf(await ask("/nobody/v1/models"))).toEqual([401, "key_required"]);
    expect(upstream.requests).toEqual([]);
    expect((await ask(CHAT, bearer(key.secret), BODY)).status).toBe(200);
  });

  test("fields about forwarding make no one local", async () => {
    start({ peer: REMOTE });
    const forged = { "x-forwarded-for": "127.0.0.1", forwarded: "for=127.0.0.1", "x-real-ip": "::1" };
    expect(await refusalOf(await ask(CHAT, forged, BODY))).toEqual([401, "key_required"]);
  });

  test("the refusal has the shape that the client's dialect reads", async () => {
    start({ requireKey: true });
    const anthropic = (await (await ask("/anthropic/v1/messages", {}, BODY)).json()) as { error: { type: string } };
    expect(anthropic).toMatchObject({ type: "error", error: { type: "authentication_error" } });
    const gemini = await (await ask("/gemini/v1beta/models/gemini-2.5-pro:generateContent", {}, BODY)).json();
    expect(gemini).toMatchObject({ error: { code: 401, status: "UNAUTHENTICATED" } });
  });
});

test("a key in any other parameter of the query is accepted nowhere, and goes nowhere", async () => {
  const key = makeKey();
  start({ keys: [key.object], keyHeaders: true, upstream: {} });
  for (const query of [
    `?note=${key.secret}`,
    `?a=%6dt_${key.secret.slice(3)}`,
    `?%6eote=${key.secret}`,
    `?a=1&b=x%20${key.secret}&c`,
  ]) {
    expect(await refusalOf(await ask(`${CHAT}${query}`, {}, BODY))).toEqual([401, "key_invalid"]);
  }
  expect((await ask(`${CHAT}?note=mt_not_one&key=AIza`, {}, BODY)).status).toBe(200);
  expect(upstream.requests.length).toBe(1);
});

describe("lists of a key", () => {
  test("another provider is refused and recorded, before anything is sent", async () => {
    const key = makeKey({ allowedProviders: ["openai"] });
    start({ keys: [key.object] });
    expect((await ask(CHAT, bearer(key.secret), BODY)).status).toBe(200);
    const refused = await ask("/anthropic/v1/messages", bearer(key.secret), BODY);
    expect(await refused.json()).toMatchObject({
      type: "error",
      error: { type: "permission_error", code: "provider_not_allowed" },
    });
    expect((await proxy?.ended(1))?.end).toMatchObject({ errorCode: "provider_not_allowed", statusCode: 403 });
    expect(upstream.requests).toHaveLength(1);
  });

  test.each<[string, string, unknown, number]>([
    ["its own model", CHAT, { model: "gpt-5" }, 200],
    ["one of a family", CHAT, { model: "o4-mini" }, 200],
    ["another model", CHAT, { model: "gpt-5-mini" }, 403],
    ["no model", CHAT, { prompt: { id: "pmpt_1" } }, 403],
    ["two models, of which parsers take either", CHAT, '{"model":"gpt-6","model":"gpt-5"}', 403],
    ["a model in another letter case beside it", CHAT, '{"Model":"gpt-6","model":"gpt-5"}', 403],
    ["a model written with escapes beside it", CHAT, String.raw`{"mod\u0065l":"gpt-6","model":"gpt-5"}`, 403],
    ["Gemini's model in the path", "/gemini/v1beta/models/o4-mini:generateContent", {}, 200],
    ["another one in the path", "/gemini/v1beta/models/gemini-2.5-pro:generateContent", { model: "gpt-5" }, 403],
    ["Azure's deployment", "/azure/openai/deployments/gpt-6/chat/completions", { model: "gpt-5" }, 403],
    ["Gemini's model before an encoded colon", "/gemini/v1beta/models/gemini-2.5-pro%3AgenerateContent", BODY, 403],
    ["a path with a slash at its end", "/gemini/v1beta/models/gemini-2.5-pro:generateContent/", BODY, 403],
    ["a path with two slashes", "/gemini/v1beta/models//gemini-2.5-pro:generateContent", BODY, 403],
    ["a tuned model", "/gemini/v1beta/tunedModels/mine:generateContent", BODY, 403],
    ["a path that leads elsewhere", "/gemini/v1beta/models/o4-mini%2F..%2Fgemini-2.5-pro:generateContent", {}, 403],
    ["two deployments", "/azure/deployments/gpt-5/openai/deployments/gpt-6/chat/completions", {}, 403],
    ["a model of Bedrock with colons", "/openai/model/o4-x.v1%3A0/converse", {}, 200],
    ["another one at Bedrock", "/openai/model/anthropic.claude-v1%3A0/converse", BODY, 403],
    ["OpenRouter's alternatives", CHAT, { model: "gpt-5", models: ["o4-mini", "gpt-6"] }, 403],
    ["alternatives of its own", CHAT, { model: "gpt-5", models: ["o4-mini"] }, 200],
    ["two lists of alternatives", CHAT, '{"model":"gpt-5","models":["gpt-6"],"models":[]}', 403],
    ["a batch with another model inside", BATCH, { model: "gpt-5", requests: [{ params: { model: "gpt-6" } }] }, 403],
    ["a batch with its own models", BATCH, { requests: [{ params: BODY }, { params: { model: "o4-x" } }] }, 200],
    ["a batch with a call that names none", BATCH, { requests: [{ params: BODY }, {}] }, 403],
    ["a deployment of its own", "/azure/openai/deployments/gpt-5/chat/completions", {}, 200],
  ])("with a list of models, %s", async (_, path, body, status) => {
    const key = makeKey({ allowedModels: ["gpt-5", "o4-*"] });
    start({ keys: [key.object] });
    const answer = await fetch(`${proxy?.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...bearer(key.secret) },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.headers.get("x-modeltap-error")).toBe("model_not_allowed");
    expect(upstream.requests).toHaveLength(status === 200 ? 1 : 0);
  });

  test("a compressed body cannot be read, so it is refused; lists of models may be read", async () => {
    const key = makeKey({ allowedModels: ["gpt-5"], allowedProviders: ["anthropic"] });
    start({ keys: [key.object] });
    expect((await ask("/v1/models", bearer(key.secret))).status).toBe(200);
    const packed = await fetch(`${proxy?.url}/anthropic/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip", ...bearer(key.secret) },
      body: Bun.gzipSync(JSON.stringify(BODY)),
    });
    expect(await refusalOf(packed)).toEqual([403, "model_not_allowed"]);
  });
});
