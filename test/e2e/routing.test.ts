/** @module Routing by the real program over real sockets: credentials, header rules, hosts in the path, and files that change under way. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname, join } from "node:path";

import { stringify } from "smol-toml";

import { createCertificate } from "../support/certificate.ts";
import { eventually } from "../support/gate.ts";
import { startModeltap } from "../support/modeltap.ts";
import * as step from "../support/step.ts";
import { createUpstream } from "../support/upstream.ts";
import { createStage, type Stage } from "./stage.ts";

const CHAT = "/v1/chat/completions";
const CLIENT = "sk-of-the-client-0123456789";
const OWN = "sk-of-the-upstream-0123456789";

describe("credentials and header rules", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await createStage({
      env: { OWN_KEY: OWN },
      providers: {
        groq: {
          auth: { mode: "bearer", env: "OWN_KEY" },
          headers: {
            remove: ["x-noise"],
            set: { "x-team": "agents" },
            default: { "x-priority": "low", "x-kept": "ours" },
          },
        },
        xai: { auth: { mode: "x-api-key", env: "OWN_KEY" } },
        mistral: { auth: { mode: "header:x-gateway-key", env: "OWN_KEY" } },
        deepseek: { auth: { mode: "none" } },
        together: { auth: { mode: "bearer", env: "NOT_THERE" } },
        mine: { type: "anthropic" },
      },
      config: { routes: [{ model: "routed", upstream: "xai", upstream_model: "other" }] },
    });
    stage.upstream.on(/./, step.json({ ok: true }));
  }, 30_000);
  afterAll(() => stage[Symbol.asyncDispose]());

  const post = (id: string, headers: Record<string, string> = {}) =>
    fetch(`${stage.url}/${id}${CHAT}?key=${CLIENT}&other=1`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${CLIENT}`,
        "x-api-key": CLIENT,
        "x-goog-api-key": CLIENT,
        "api-key": CLIENT,
        "content-type": "application/json",
        ...headers,
      },
      body: '{"model":"m"}',
    });

  test.each([
    ["groq", "authorization", `Bearer ${OWN}`],
    ["xai", "x-api-key", OWN],
    ["mistral", "x-gateway-key", OWN],
    ["deepseek", "authorization", undefined],
  ])("%s gets its own in %s, and nothing of the client's", async (id, field, value) => {
    expect((await post(id)).status).toBe(200);
    const sent = stage.upstream.requests.at(-1);
    expect(sent?.header(field)).toBe(value);
    expect(JSON.stringify([sent?.headers, sent?.target])).not.toContain(CLIENT);
    expect(sent?.target).toContain("other=1");
    const row = await stage.takeRow();
    const detail = JSON.stringify(await stage.detail(row));
    for (const secret of [OWN, CLIENT]) expect(detail).not.toContain(secret);
  });

  test("preserve passes the client's in every field", async () => {
    expect((await post("cerebras")).status).toBe(200);
    const sent = stage.upstream.requests.at(-1);
    for (const field of ["x-api-key", "x-goog-api-key", "api-key"]) expect(sent?.header(field)).toBe(CLIENT);
    expect(sent?.header("authorization")).toBe(`Bearer ${CLIENT}`);
    await stage.takeRow();
  });

  test("a missing variable is told before anything is sent", async () => {
    const before = stage.upstream.requests.length;
    const answer = await post("together");
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({
      error: { code: "credential_missing", message: expect.stringContaining("NOT_THERE") },
    });
    expect(stage.upstream.requests.length).toBe(before);
    expect(await stage.takeRow()).toMatchObject({ error_code: "credential_missing" });
  });

  test("fields are removed, set and filled in, each listed; nobody else's are touched", async () => {
    await post("groq", { "x-noise": "1", "x-team": "mine", "x-kept": "theirs", "user-agent": "client/1" });
    const sent = stage.upstream.requests.at(-1);
    expect(["x-noise", "x-team", "x-priority", "x-kept", "user-agent"].map((name) => sent?.header(name))).toEqual([
      undefined,
      "agents",
      "low",
      "theirs",
      "client/1",
    ]);
    const { edits } = await stage.detail(await stage.takeRow());
    const told = edits.map(({ kind, detail }) => `${kind} ${detail}`);
    for (const each of ["header_removed x-noise", "header_set x-team", "header_defaulted x-priority"]) {
      expect(told).toContain(each);
    }
    const simulated = (await stage.modeltap.stats(
      `/admin/api/routes/simulate?path=/groq${CHAT}&header=x-noise:1&header=x-team:mine&header=x-kept:theirs`,
    )) as { readonly targets: readonly { readonly edits: readonly string[] }[] };
    for (const each of simulated.targets[0]?.edits ?? ["no target"]) expect(told).toContain(each);
  });

  test.each<[headers: Record<string, string>, body: { model: string; provider?: string; stream: boolean }]>([
    [
      { "x-provider": "groq", "x-modeltap-session": "s", "x-modeltap-tag-a": "b", "x-noise": "1" },
      { model: "m", stream: true },
    ],
    [{}, { model: "routed", stream: true }],
    [{ "x-agent-name": "n" }, { model: "m", provider: "xai", stream: false }],
    [{ "x-provider": "openrouter" }, { model: "m", stream: true }],
  ])("the simulator lists every edit of live traffic: %j %j", async (headers, body) => {
    // What fetch sends by itself is said, so that nothing stands in for it.
    const fields = { authorization: `Bearer ${CLIENT}`, accept: "*/*", "user-agent": "t", ...headers };
    await fetch(stage.url + CHAT, {
      method: "POST",
      headers: { "content-type": "application/json", ...fields },
      body: JSON.stringify(body),
    });
    const { edits } = await stage.detail(await stage.takeRow());
    const asked = new URLSearchParams({ path: CHAT, model: body.model, stream: String(body.stream) });
    if (body.provider !== undefined) asked.set("provider", body.provider);
    for (const [name, value] of Object.entries(fields)) asked.append("header", `${name}:${value}`);
    const told = (await stage.modeltap.stats(`/admin/api/routes/simulate?${asked}`)) as {
      readonly targets: readonly { readonly edits: readonly string[] }[];
    };
    expect(told.targets[0]?.edits).toEqual(
      edits.map(({ kind, detail }) => (detail === undefined ? kind : `${kind} ${detail}`)),
    );
  });

  test("anthropic-version is the default of an anthropic-type provider of one's own, and of no other", async () => {
    for (const [id, version] of [
      ["mine", "2023-06-01"],
      ["anthropic", undefined],
    ] as const) {
      await post(id);
      expect(stage.upstream.requests.at(-1)?.header("anthropic-version")).toBe(version);
      await stage.takeRow();
    }
    await post("mine", { "anthropic-version": "2024-10-22" });
    expect(stage.upstream.requests.at(-1)?.header("anthropic-version")).toBe("2024-10-22");
    await stage.takeRow();
  });
});

test("a host in the path is reached if it is in the list, and no other", async () => {
  await using upstream = await createUpstream();
  await using other = await createUpstream();
  upstream.on(/./, step.json({ from: "listed" }));
  other.on(/./, step.json({ from: "unlisted" }));
  const [listed, unlisted] = [new URL(upstream.url).host, new URL(other.url).host];
  await using own = await createUpstream();
  own.on(/./, step.json({ from: "own" }));
  await using modeltap = await startModeltap({
    config: { allowed_upstream_hosts: [listed], providers: { anthropic: { base_url: own.url } } },
  });
  const ask = async (path: string) => (await fetch(modeltap.url + path, { method: "POST", body: "{}" })).json();
  expect(await ask(`/anthropic/${listed}/v1/messages?x=1`)).toEqual({ from: "listed" });
  expect(upstream.requests.at(-1)?.target).toBe("/v1/messages?x=1");
  // What is no host of the list is a path of the provider.
  expect(await ask(`/anthropic/${unlisted}/v1/messages`)).toEqual({ from: "own" });
  expect(own.requests.at(-1)?.target).toBe(`/${unlisted}/v1/messages`);
  expect(await ask(`/anthropic/${listed}.evil.example/v1/messages`)).toEqual({ from: "own" });
  expect(await ask(`/anthropic/x/../${listed}/v1/messages`)).toEqual({ from: "listed" });
  expect(other.requests).toHaveLength(0);
}, 30_000);

test("a changed providers.json is taken over while a stream goes on; a wrong one changes nothing and is told", async () => {
  await using before = await createUpstream();
  await using after = await createUpstream();
  const released = Promise.withResolvers<void>();
  before.on(/./, [
    step.head(200, [
      ["content-type", "text/event-stream"],
      ["content-length", "11"],
    ]),
    step.body("data: "),
    step.wait(released.promise),
    step.body("old\n\n"),
  ]);
  after.on(/./, step.json("new"));
  await using modeltap = await startModeltap();
  const file = join(modeltap.home, "config", "modeltap", "providers.json");
  const write = (upstreamBaseUrl: string): void =>
    writeFileSync(
      file,
      JSON.stringify({
        providers: [{ id: "mine", type: "openai-compatible", paths: [CHAT], upstreamBaseUrl, models: ["glm"] }],
      }),
    );
  const reload = () =>
    fetch(`${modeltap.url}/admin/api/reload`, { method: "POST", headers: { "content-type": "application/json" } });
  const post = () => fetch(modeltap.url + CHAT, { method: "POST", body: '{"model":"glm-5"}' });
  const target = async (): Promise<unknown> => {
    const told = await modeltap.stats(`/admin/api/routes/simulate?path=${CHAT}&model=glm-5`);
    return (told as { readonly targets: readonly { readonly url: string }[] }).targets[0]?.url;
  };

  mkdirSync(dirname(file), { recursive: true });
  write(before.url);
  // On file change, without a word from anybody.
  await eventually(async () => (await target()) === before.url + CHAT || undefined, "the new file to be taken over");
  const streaming = await post();
  expect(streaming.status).toBe(200);

  write(after.url);
  expect(await (await reload()).json()).toEqual({ reloaded: true, problems: [], needs_restart: [] });
  expect(await (await post()).json()).toBe("new");
  released.resolve();
  expect(await streaming.text()).toBe("data: old\n\n");

  write("ftp://nowhere");
  const refused = await reload();
  expect(refused.status).toBe(409);
  expect(await refused.json()).toEqual({
    reloaded: false,
    needs_restart: [],
    problems: [`${file}: providers[0].upstreamBaseUrl must be an http:// or https:// URL`],
  });
  expect(await (await post()).json()).toBe("new");
}, 30_000);

test("an upstream that rests is asked at once when a reload gives it another address", async () => {
  await using broken = await createUpstream();
  await using sound = await createUpstream();
  broken.on(/./, step.json({ error: "down" }, { status: 500 }));
  sound.on(/./, step.json("well"));
  const config = (base_url: string) => ({ providers: { openai: { base_url } }, breaker: { open_after_failures: 1 } });
  await using modeltap = await startModeltap({ config: config(broken.url) });
  const post = () => fetch(modeltap.url + CHAT, { method: "POST", body: '{"model":"m"}' });
  expect((await post()).status).toBe(500);
  expect((await post()).headers.get("x-modeltap-error")).toBe("circuit_open");
  const asked = broken.requests.length;

  writeFileSync(join(modeltap.home, "config", "modeltap", "config.toml"), stringify(config(sound.url)));
  const headers = { "content-type": "application/json" };
  expect((await fetch(`${modeltap.url}/admin/api/reload`, { method: "POST", headers })).status).toBe(200);
  expect(await (await post()).json()).toBe("well");
  expect(broken.requests.length).toBe(asked);
}, 30_000);

test("the token of a ChatGPT account goes to ChatGPT, a key to the API, through the proxy of the network", async () => {
  await using upstream = await createUpstream({ tls: await createCertificate() });
  upstream.on(/./, step.json({ ok: true }));
  const asked: string[] = [];
  using network = Bun.listen<{ socket?: Socket }>({
    hostname: "127.0.0.1",
    port: 0,
    data: {},
    socket: {
      open(client) {
        client.data = {};
      },
      data(client, bytes) {
        const { socket } = client.data;
        if (socket !== undefined) {
          socket.write(bytes);
          return;
        }
        asked.push(/^CONNECT (\S+)/.exec(bytes.toString("latin1"))?.[1] ?? "");
        const tunnel = connect(upstream.port, "127.0.0.1", () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
        tunnel.on("data", (answer) => client.write(answer));
        tunnel.on("error", () => client.end());
        client.data.socket = tunnel;
      },
      close(client) {
        client.data.socket?.destroy();
      },
    },
  });
  await using modeltap = await startModeltap({
    config: {
      https_proxy: `http://127.0.0.1:${network.port}`,
      providers: { openai: { tls_insecure: true } },
      routes: [{ model: "gpt*", upstream: "openai" }],
    },
  });
  const ask = (path: string, token: string) =>
    fetch(modeltap.url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: '{"model":"gpt-5"}',
    });
  for (const [path, token, host, target] of [
    ["/v1/responses", "aaa.bbb.ccc", "chatgpt.com", "/backend-api/codex/responses"],
    ["/openai/api.openai.com/v1/responses?x=1", "aaa.bbb.ccc", "chatgpt.com", "/backend-api/codex/responses?x=1"],
    ["/openai/v1/responses", "sk-aaa.bbb.ccc", "api.openai.com", "/v1/responses"],
  ] as const) {
    expect((await ask(path, token)).status).toBe(200);
    const sent = upstream.requests.at(-1);
    expect([sent?.header("host"), sent?.target, sent?.header("authorization")]).toEqual([
      host,
      target,
      `Bearer ${token}`,
    ]);
  }
  expect(new Set(asked)).toEqual(new Set(["chatgpt.com:443", "api.openai.com:443"]));
  const [row] = await modeltap.waitForRows(3);
  expect(row).toMatchObject({ provider: "openai", model: "gpt-5" });
}, 30_000);
