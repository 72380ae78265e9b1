/** @module One list of models over real sockets: who is asked with what, who is left out, and what the row says of it. */

import { afterEach, describe, expect, test } from "bun:test";

import type { UpstreamCredential } from "../../src/provider/upstream.ts";
import type { ProxyOptions } from "../../src/proxy/options.ts";
import { simulateRoute } from "../../src/proxy/simulate.ts";
import { createGate, eventually } from "../support/gate.ts";
import { startProxy, type TestProxyOptions } from "../support/proxy.ts";
import { openRaw, rawRequest } from "../support/raw-request.ts";
import { toTestRoute, toTestTable } from "../support/route-table.ts";
import * as step from "../support/step.ts";
import { createUpstream } from "../support/upstream.ts";
import { makeKey } from "./managed-key.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each[Symbol.asyncDispose]();
});

const CLIENT_KEY = "Bearer sk-client-0123456789abcdef";
const own = (secret: string | undefined): UpstreamCredential => ({
  mode: "bearer",
  header: "authorization",
  from: "environment variable K",
  read: () => secret,
});

/** Default openai with the client's key, groq with one of its own, anthropic and vllm without, mistral with a missing one. */
async function start(setup: Partial<TestProxyOptions> = {}, options: Partial<ProxyOptions> = {}, timeoutMs = 5000) {
  const upstream = await createUpstream();
  const list = (...ids: string[]) => step.json({ object: "list", data: ids.map((id) => ({ id, owned_by: "o" })) });
  upstream.on("GET /openai/v1/models", list("gpt-x", "llama-y"));
  upstream.on("GET /groq/v1/models", list("llama-x"));
  upstream.on(
    "GET /anthropic/v1/models",
    step.json({ data: [{ type: "model", id: "claude-x", display_name: "C", created_at: "2026-01-02T00:00:00Z" }] }),
  );
  const table = toTestTable(upstream.url, (get) => ({
    mergedModels: { timeoutMs },
    routes: [
      toTestRoute("llama-*", [{ upstream: { ...get("groq"), credential: own("gsk-own-0123456789abcdef") } }]),
      toTestRoute("claude-*", [{ upstream: get("anthropic") }]),
      toTestRoute("quick", [{ upstream: get("vllm"), model: "qwen" }]),
      toTestRoute("m-*", [{ upstream: { ...get("mistral"), credential: own(undefined) } }]),
    ],
  }));
  const proxy = startProxy({ baseUrl: upstream.url, ...setup, options: { ...table, ...options } });
  opened.push(proxy, { [Symbol.asyncDispose]: () => upstream.close() });
  const ask = (headers: Record<string, string> = {}, path = "/v1/models") =>
    fetch(`${proxy.url}${path}`, { headers: { authorization: CLIENT_KEY, ...headers } });
  const sentTo = (id: string) => upstream.requests.find(({ target }) => target.startsWith(`/${id}/`));
  return { upstream, proxy, table, ask, sentTo, list };
}

type List = { readonly object?: string; readonly data: readonly { readonly id: string }[] };
const idsOf = async (answer: Response) => ((await answer.json()) as List).data.map(({ id }) => id);

describe("the list", () => {
  test("has what a request would reach; each upstream gets its own credential, the client's goes to its own", async () => {
    const { proxy, ask, sentTo, upstream } = await start();
    const answer = await ask({ "openai-organization": "org", "if-none-match": "x", "accept-encoding": "gzip" });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(answer.headers.get("x-modeltap-models-left-out")).toBe("vllm 501, mistral credential_missing");
    const list = (await answer.json()) as List;
    expect({ ...list, data: list.data.toSorted((a, b) => a.id.localeCompare(b.id)) }).toEqual({
      object: "list",
      data: [
        expect.objectContaining({ id: "claude-x", object: "model", owned_by: "anthropic" }),
        { id: "gpt-x", object: "model", created: 0, owned_by: "o" },
        { id: "llama-x", object: "model", created: 0, owned_by: "o" },
        { id: "quick", object: "model", created: 0, owned_by: "vllm" },
      ],
    });
    const [openai, groq, anthropic, vllm] = ["openai", "groq", "anthropic", "vllm"].map(sentTo);
    expect([openai?.header("authorization"), openai?.header("openai-organization")]).toEqual([CLIENT_KEY, "org"]);
    expect([openai?.header("if-none-match"), openai?.header("accept-encoding")]).toEqual([undefined, "identity"]);
    expect(groq?.header("authorization")).toBe("Bearer gsk-own-0123456789abcdef");
    for (const other of [anthropic, vllm]) expect(other?.header("authorization")).toBeUndefined();
    expect([groq, anthropic, vllm].map((each) => each?.header("openai-organization"))).toEqual(
      Array.from({ length: 3 }, () => undefined),
    );
    expect([anthropic?.header("anthropic-version"), anthropic?.target]).toEqual([
      "2023-06-01",
      "/anthropic/v1/models?limit=1000",
    ]);
    expect(upstream.requests).toHaveLength(4);

    const { head, end, responseHead, bodies } = await proxy.ended();
    expect(head).toMatchObject({ provider: "modeltap", upstream: "modeltap", upstreamUrl: "", path: "/v1/models" });
    expect(end).toMatchObject({ state: "completed", endedBy: "proxy", statusCode: 200 });
    const tries = end.attempts.map(({ upstream: id, statusCode, errorCode }) => `${id} ${statusCode ?? errorCode}`);
    expect(tries.sort()).toEqual(["anthropic 200", "groq 200", "mistral credential_missing", "openai 200", "vllm 501"]);
    expect(end.attempts.every(({ startedMs, endedMs = -1 }) => endedMs >= startedMs)).toBe(true);
    expect(end.edits.filter(({ side }) => side === "response").map(({ kind, detail }) => `${kind} ${detail}`)).toEqual([
      expect.stringMatching(/^models_merged (?=.*openai)(?=.*groq)(?=.*anthropic)/),
      "models_left_out vllm 501",
      "models_left_out mistral credential_missing",
    ]);
    expect(responseHead?.statusCode).toBe(200);
    expect(JSON.parse(Buffer.concat(bodies.map(({ bytes }) => bytes)).toString())).toEqual(list);
    expect(JSON.stringify([head, end])).not.toMatch(/gsk-own|sk-client/);
    expect(proxy.serverErrors).toEqual([]);
  });

  test("Anthropic's clients read it in their shape", async () => {
    const { ask, sentTo } = await start();
    const answer = await ask({ "anthropic-version": "2023-06-01", "x-api-key": "sk-ant-client" }, "/v1/models?limit=2");
    expect(await answer.json()).toEqual({
      data: [
        { type: "model", id: "quick", display_name: "quick", created_at: "1970-01-01T00:00:00Z" },
        { type: "model", id: "claude-x", display_name: "C", created_at: "2026-01-02T00:00:00Z" },
        { type: "model", id: "llama-x", display_name: "llama-x", created_at: "1970-01-01T00:00:00Z" },
      ],
      has_more: false,
      first_id: "quick",
      last_id: "llama-x",
    });
    expect(sentTo("anthropic")?.header("x-api-key")).toBe("sk-ant-client");
    expect(sentTo("anthropic")?.target).toBe("/anthropic/v1/models?limit=1000");
    expect(sentTo("openai")).toBeUndefined();
  });

  test("a managed key sees what it may use, and goes nowhere", async () => {
    const key = makeKey({ allowedProviders: ["groq", "vllm"], allowedModels: ["llama-*"] });
    const { ask, upstream, sentTo } = await start({ keys: [key.object], requireKey: true });
    expect(await idsOf(await ask({ authorization: `Bearer ${key.secret}` }))).toEqual(["llama-x"]);
    expect(upstream.requests.map(({ target }) => target).sort()).toEqual(["/groq/v1/models", "/vllm/v1/models"]);
    expect(sentTo("vllm")?.header("authorization")).toBeUndefined();

    const none = makeKey({ allowedProviders: ["xai"] });
    const other = await start({ keys: [none.object], requireKey: true });
    const refused = await other.ask({ authorization: `Bearer ${none.secret}` });
    expect([refused.status, refused.headers.get("x-modeltap-error")]).toEqual([403, "provider_not_allowed"]);
  });

  test.each(["metadata", "off"] as const)("one upstream that captures %s decides for the row", async (capture) => {
    const { proxy, ask } = await start({}, {});
    const table = toTestTable("http://127.0.0.1:9", (get) => ({
      mergedModels: { timeoutMs: 500 },
      routes: [toTestRoute("quick", [{ upstream: { ...get("vllm"), capture } }])],
    }));
    proxy.reload(table);
    expect(await idsOf(await ask())).toEqual(["quick"]);
    expect((await proxy.ended()).head.capture).toBe(capture);
  });
});

describe("what goes wrong", () => {
  test("one that is slow, cut, no list, or not there is left out in time; the others are listed", async () => {
    const { proxy, ask, upstream } = await start({}, {}, 300);
    upstream.on("GET /openai/v1/models", [step.delay(3000)]);
    upstream.on("GET /groq/v1/models", [...step.json({ data: [] }).slice(0, 1), step.body('{"da'), step.cut()]);
    upstream.on("GET /vllm/v1/models", step.json({ error: "no list" }));
    const before = performance.now();
    const answer = await ask();
    expect(performance.now() - before).toBeLessThan(2000);
    expect(await idsOf(answer)).toEqual(["quick", "claude-x"]);
    const told = answer.headers.get("x-modeltap-models-left-out");
    for (const each of [
      "openai upstream_first_byte_timeout",
      /groq upstream_(?:disconnected|invalid_response)/,
      "vllm upstream_invalid_response",
    ]) {
      expect(told).toMatch(each);
    }
    expect((await proxy.ended()).end.state).toBe("completed");
  });

  test("when nobody answers and no route has a name, the client is told why, in its own shape", async () => {
    const { proxy, ask } = await start();
    proxy.reload(
      toTestTable("http://127.0.0.1:9", (get) => ({
        mergedModels: { timeoutMs: 500 },
        routes: [toTestRoute("llama-*", [{ upstream: get("groq") }])],
      })),
    );
    const answer = await ask();
    expect([answer.status, answer.headers.get("x-modeltap-error")]).toEqual([502, "upstream_invalid_response"]);
    const body: unknown = await answer.json();
    expect(body).toMatchObject({ error: { message: expect.stringContaining("groq upstream_connect_failed") } });
    expect((await proxy.ended()).end).toMatchObject({ state: "failed", errorCode: "upstream_invalid_response" });
  });

  test("a resting upstream is not asked, and asking opens no breaker", async () => {
    const { ask, upstream, proxy } = await start({}, { breaker: { ...BREAKER, openAfterFailures: 1 } });
    for (let turn = 0; turn < 3; turn++) await (await ask()).arrayBuffer();
    expect(upstream.requests.filter(({ target }) => target === "/vllm/v1/models")).toHaveLength(3);
    await rawRequest(proxy.url, { method: "POST", target: "/v1/chat/completions", body: '{"model":"quick"}' });
    const answer = await ask();
    expect(answer.headers.get("x-modeltap-models-left-out")).toContain("vllm circuit_open");
    expect(upstream.requests.filter(({ target }) => target === "/vllm/v1/models")).toHaveLength(3);
  });

  test("an upstream that is modeltap itself is not asked", async () => {
    const { ask, upstream } = await start({ isSelf: () => true });
    expect((await ask()).headers.get("x-modeltap-models-left-out")).toContain("openai upstream_not_configured");
    expect(upstream.requests).toHaveLength(0);
  });

  test("a client that goes ends all that were asked", async () => {
    const { proxy, upstream } = await start();
    const gate = createGate();
    upstream.on(/models/, [step.wait(gate.opened)]);
    const client = await openRaw(proxy.url);
    await client.send(client.requestText({ method: "GET", target: "/v1/models" }));
    await eventually(() => (upstream.requests.length === 4 ? true : undefined), "all to be asked");
    client.abort();
    expect((await proxy.ended()).end).toMatchObject({ state: "aborted", endedBy: "client" });
    await eventually(() => (upstream.openConnections === 0 ? true : undefined), "the connections to end");
    gate.open();
  });
});

const BREAKER = { openAfterFailures: 5, halfOpenAfterMs: 30_000, evictAfterMs: 300_000 };

test("off, and wherever an upstream is named, the upstream's bytes pass as they come", async () => {
  const { proxy, ask, upstream, table } = await start();
  const bytes = '{ "object":"list", "data": [ ] }\n';
  upstream.on(/models/, step.answer({ body: bytes, contentType: "application/json" }));
  for (const [headers, path] of [
    [{ "x-provider": "groq" }, "/v1/models"],
    [{ "x-goog-api-key": "k" }, "/v1/models"],
    [{}, "/groq/v1/models"],
    [{}, "/v1/models/gpt-x"],
  ] as const) {
    const answer = await ask(headers, path);
    expect([await answer.text(), answer.headers.get("x-modeltap-models-left-out")]).toEqual([bytes, null]);
  }
  const { mergedModels: _, ...off } = table;
  proxy.reload(off);
  expect(await (await ask()).text()).toBe(bytes);
  expect(upstream.requests.at(-1)?.target).toBe("/openai/v1/models");
  expect((await proxy.ended(4)).head.provider).toBe("openai");
});

test("the simulator tells whom a list would ask, and with what", async () => {
  const { table, upstream } = await start();
  const told = simulateRoute(table, { method: "GET", path: "/v1/models", headers: new Headers() });
  if (told.outcome !== "forwarded") throw new Error(told.outcome);
  expect(told.rule).toBe("merged-models");
  expect(told.targets.map(({ upstream: id, url, credential }) => `${id} ${url} ${credential}`).sort()).toEqual([
    `anthropic ${upstream.url}/anthropic/v1/models none`,
    `groq ${upstream.url}/groq/v1/models environment variable K`,
    `mistral ${upstream.url}/mistral/v1/models environment variable K`,
    `openai ${upstream.url}/openai/v1/models client`,
    `vllm ${upstream.url}/vllm/v1/models none`,
  ]);
});
