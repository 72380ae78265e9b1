/** @module Upstreams, routes and settings that are stored through the API: in use at once, over restarts, and below files and variables. */

import { afterEach, expect, test } from "bun:test";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { startModeltap, type Modeltap } from "../support/modeltap.ts";
import * as step from "../support/step.ts";
import { createUpstream, type Upstream } from "../support/upstream.ts";

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

async function open(config: Record<string, unknown> = {}, env: Record<string, string> = {}) {
  const upstream = await createUpstream();
  upstream.on(/./, step.json({ ok: true }));
  opened.push(() => upstream.close());
  const modeltap = await startModeltap({ config: toConfig(upstream, config), env });
  opened.push(() => modeltap.destroy());
  return { upstream, modeltap };
}

const last = (upstream: Upstream) => {
  const request = upstream.requests.at(-1);
  const key = request?.headers.find(([name]) => name.toLowerCase() === "authorization")?.[1];
  return { target: request?.target, text: request?.text, key };
};

// Texts with a star in them name the scripted server.
const toConfig = (upstream: Upstream, config: Record<string, unknown>) =>
  JSON.parse(JSON.stringify(config).replaceAll("http://up", upstream.url));

type Body = {
  readonly error: { readonly message: string };
  readonly upstreams: readonly { readonly id: string }[];
  readonly routes: readonly unknown[];
  readonly fixes: readonly unknown[];
};

async function call(modeltap: Modeltap, method: string, path: string, body?: unknown) {
  const response = await fetch(`${modeltap.url}/admin/api${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  // Our own api's: each test reads the members of the answer it asked for.
  return { status: response.status, body: answer as Body };
}

const chat = async (modeltap: Modeltap, model: string) => {
  const response = await fetch(`${modeltap.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk-client-key-0123456789" },
    body: JSON.stringify({ model }),
  });
  return response.status;
};

test("an upstream and a route are in use as soon as they are stored, after a restart, and not when switched off", async () => {
  const { upstream, modeltap } = await open({}, { MINE_KEY: "sk-own-secret-key-0123456789" });
  const put = await call(modeltap, "POST", "/upstreams", {
    id: "mine",
    base_url: `${upstream.url}/mine/v1`,
    auth: { mode: "bearer", env: "MINE_KEY" },
  });
  expect(put).toMatchObject({
    status: 201,
    body: { id: "mine", source: "stored", in_use: true, auth_mode: "bearer", credential_there: true },
  });
  const route = { model: "team/*", upstream: "mine", upstream_model: "qwen3", priority: 7 };
  expect(await call(modeltap, "POST", "/routes", route)).toMatchObject({
    status: 201,
    body: {
      id: "team/*",
      match_type: "prefix",
      in_use: true,
      targets: [{ upstream: "mine", upstream_model: "qwen3" }],
    },
  });
  expect(await chat(modeltap, "team/a")).toBe(200);
  expect(last(upstream)).toMatchObject({ target: "/mine/v1/chat/completions", text: '{"model":"qwen3"}' });
  expect(last(upstream).key).toBe("Bearer sk-own-secret-key-0123456789");

  expect((await call(modeltap, "POST", "/routes", route)).status).toBe(409);
  await modeltap.stop();
  const again = await startModeltap({ home: modeltap.home, env: { MINE_KEY: "sk-own-secret-key-0123456789" } });
  opened.push(() => again.destroy());
  expect(await chat(again, "team/b")).toBe(200);
  expect(last(upstream).text).toBe('{"model":"qwen3"}');

  const path = `/routes/${encodeURIComponent("team/*")}`;
  expect((await call(again, "PATCH", path, { active: false })).body).toMatchObject({ active: false, in_use: false });
  expect(await again.stats("/admin/api/routes/simulate?path=/v1/x&model=team/c")).toMatchObject({ rule: "default" });
  await call(again, "PATCH", path, { active: true });
  // Without its upstream the route is left out and says so; nothing breaks.
  expect(await call(again, "DELETE", "/upstreams/mine")).toMatchObject({ status: 200, body: { deleted: true } });
  expect((await call(again, "GET", path)).body).toMatchObject({
    in_use: false,
    problem: 'upstream must be the id of a provider, not "mine"',
  });
  expect(await again.stats("/admin/api/routes/simulate?path=/v1/x&model=team/c")).toMatchObject({ rule: "default" });
  expect(await call(again, "DELETE", path)).toMatchObject({ status: 200 });
  expect((await call(again, "GET", path)).status).toBe(404);
  for (const file of ["objects.json", "modeltap.db", "modeltap.db-wal"]) {
    expect(readFileSync(join(again.dataDir, file)).includes("sk-own-secret")).toBe(false);
  }
}, 60_000);

test("files come before what is stored, and say so; what a file names cannot be deleted", async () => {
  const { upstream, modeltap } = await open({
    providers: { mine: { base_url: "http://up/config" } },
    routes: [{ model: "m", upstream: "mine" }],
  });
  await call(modeltap, "POST", "/upstreams", { id: "mine", base_url: `${upstream.url}/stored` });
  await call(modeltap, "POST", "/upstreams", { id: "other", base_url: `${upstream.url}/other` });
  await call(modeltap, "POST", "/routes", { model: "m", upstream: "other" });
  const { upstreams } = (await call(modeltap, "GET", "/upstreams")).body;
  expect(upstreams.find(({ id }) => id === "gemini")).toMatchObject({
    source: "catalogue",
    aliases: ["google"],
    key_env: "GEMINI_API_KEY",
    key_there: false,
  });
  expect(upstreams.filter(({ id }) => id === "mine")).toMatchObject([
    { source: "config", in_use: true, read_only_by: expect.stringContaining("config.toml:") },
    { source: "stored", in_use: false, hidden_by: expect.stringContaining("config.toml:") },
  ]);
  expect((await call(modeltap, "GET", "/routes")).body.routes).toMatchObject([
    { source: "config", id: "routes[0] of config.toml", in_use: true },
    { source: "stored", id: "m", in_use: false, hidden_by: "routes[0] of config.toml" },
  ]);
  expect(await chat(modeltap, "m")).toBe(200);
  expect(last(upstream).target).toBe("/config/v1/chat/completions");

  appendFileSync(modeltap.configPath, '\n[[routes]]\nmodel = "n"\nupstream = "other"\n');
  expect(await call(modeltap, "POST", "/reload")).toMatchObject({ body: { reloaded: true, problems: [] } });
  expect(await chat(modeltap, "n")).toBe(200);
  expect(last(upstream).target).toBe("/other/v1/chat/completions");
  expect(await call(modeltap, "DELETE", "/upstreams/other")).toMatchObject({
    status: 409,
    body: { error: { message: expect.stringContaining("routes[1] of config.toml") } },
  });
  appendFileSync(modeltap.configPath, "\n[nonsense]\n");
  expect(await call(modeltap, "POST", "/reload")).toMatchObject({
    status: 409,
    body: { reloaded: false, problems: [expect.stringContaining("unknown key nonsense")] },
  });
  expect(await chat(modeltap, "n")).toBe(200);
}, 60_000);

test("default upstream and fallback are stored, cleared and forgotten; a variable wins and is named", async () => {
  const { upstream, modeltap } = await open(
    {
      providers: { groq: { base_url: "http://up/groq" }, xai: { base_url: "http://up/xai" } },
      fallback: { upstream: "groq" },
    },
    { MODELTAP_FALLBACK_MODEL: "small" },
  );
  expect(await chat(modeltap, "x")).toBe(200);
  expect(last(upstream)).toMatchObject({ target: "/groq/v1/chat/completions", text: '{"model":"small"}' });
  expect(await call(modeltap, "PUT", "/settings/fallback.model", { value: "big" })).toMatchObject({
    status: 409,
    body: { error: { message: expect.stringContaining("environment MODELTAP_FALLBACK_MODEL") } },
  });
  expect((await call(modeltap, "PUT", "/settings/fallback.upstream", { value: "" })).body).toMatchObject({
    value: "",
    source: "stored settings",
  });
  expect((await call(modeltap, "PUT", "/settings/upstream", { value: "xai" })).status).toBe(200);
  expect(await chat(modeltap, "x")).toBe(200);
  expect(last(upstream)).toMatchObject({ target: "/xai/v1/chat/completions", text: '{"model":"x"}' });
  expect(await call(modeltap, "PUT", "/settings/upstream", { value: "nobody" })).toMatchObject({ status: 400 });
  expect(await call(modeltap, "PUT", "/settings/port", { value: 1 })).toMatchObject({ status: 404 });
  expect((await call(modeltap, "DELETE", "/settings/fallback.upstream")).body).toMatchObject({
    value: "groq",
    stored: false,
  });
}, 60_000);

test("a stored route and a stored default name fixes, which hold at once", async () => {
  const { upstream, modeltap } = await open({ upstream: "groq", providers: { groq: { base_url: "http://up/groq" } } });
  const fix = "qwen-tagged-tool-call-rewrite";
  const fixesOf = async (model: string): Promise<unknown> => {
    const simulated: unknown = await modeltap.stats(
      `/admin/api/routes/simulate?path=/v1/chat/completions&model=${model}`,
    );
    return (simulated as { targets: { fixes: unknown }[] }).targets[0]?.fixes;
  };
  const route = { model: "m", upstream: "groq" };
  expect((await call(modeltap, "POST", "/routes", { ...route, fixes: ["qwen"] })).body.error.message).toContain(
    `fixes must name compatibility fixes, not "qwen"`,
  );
  expect((await call(modeltap, "POST", "/routes", { ...route, fixes: [fix] })).body).toMatchObject({ fixes: [fix] });
  expect([await fixesOf("m"), await fixesOf("other")]).toEqual([[fix], []]);
  expect((await call(modeltap, "GET", "/routes")).body.fixes).toMatchObject([{ id: fix, risk: expect.any(String) }]);

  expect((await call(modeltap, "PUT", "/settings/default_fixes", { value: [fix, fix] })).status).toBe(400);
  expect((await call(modeltap, "PUT", "/settings/default_fixes", { value: [fix] })).body).toMatchObject({
    value: [fix],
    source: "stored settings",
  });
  expect((await call(modeltap, "PUT", `/routes/m`, { ...route, fixes: [] })).body).toMatchObject({ fixes: [] });
  expect([await fixesOf("m"), await fixesOf("other")]).toEqual([[], [fix]]);

  const block = "<tool_call>\n<function=now>\n</function>\n</tool_call>";
  upstream.on(/./, step.json({ choices: [{ message: { reasoning: block }, finish_reason: "stop" }] }));
  const answer = await fetch(`${modeltap.url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "other", tools: [{ type: "function", name: "now" }] }),
  });
  expect(await answer.json()).toMatchObject({ choices: [{ message: { tool_calls: [{ type: "function" }] } }] });

  expect((await call(modeltap, "DELETE", "/settings/default_fixes")).body).toMatchObject({ value: [], stored: false });
  expect(await fixesOf("other")).toEqual([]);
}, 60_000);

test("default fixes of the models file win over the setting and say so", async () => {
  const fix = "qwen-tagged-tool-call-rewrite";
  const { modeltap } = await open({ models_json: JSON.stringify({ default_fixes: fix, model_routes: [] }) });
  expect(await call(modeltap, "PUT", "/settings/default_fixes", { value: [] })).toMatchObject({
    status: 409,
    body: { error: { message: expect.stringContaining("default_fixes of the models file") } },
  });
}, 60_000);

test("everything wrong is told with its place, and no secret is taken", async () => {
  const { modeltap } = await open();
  const refused = async (path: string, body: unknown) => {
    const answer = await call(modeltap, "POST", path, body);
    expect(answer.status).toBe(400);
    return answer.body.error.message;
  };
  const wrong = await refused("/upstreams", {
    id: "mine",
    base_url: "ftp://x",
    lokal: true,
    timeouts: { idle: "soon" },
  });
  for (const part of ["base_url must be an http", "unknown key lokal", "timeouts.idle must be a duration"]) {
    expect(wrong).toContain(part);
  }
  expect(await refused("/upstreams", { id: "admin", base_url: "http://x" })).toContain('"admin" is taken');
  expect(await refused("/upstreams", { id: "mine" })).toContain("base_url must be set");
  expect(await refused("/upstreams", { id: "google" })).toContain("another name of gemini");
  const secrets = [
    { id: "mine", base_url: "http://u:s3cret-s3cret-s3cret@x" },
    { id: "mine", base_url: "http://x", headers: { set: { authorization: "Bearer s3cret-s3cret-s3cret" } } },
    { id: "mine", base_url: "http://x", auth: { mode: "bearer", env: "sk-s3cret-s3cret-s3cret" } },
    { id: "mine", base_url: "http://x", auth: { mode: "bearer", value: "s3cret-s3cret-s3cret" } },
  ];
  for (const body of secrets) expect(await refused("/upstreams", body)).not.toContain("s3cret");
  expect(await refused("/routes", { model: "a*b", upstream: "opnai", weigth: 1 })).toBe(
    'weigth is not supported (did you mean "weight"?); model may have a * at its end only',
  );
  // It could not be named in the path that deletes it.
  expect(await refused("/routes", { model: "a".repeat(301), upstream: "openai" })).toContain("at most 300 characters");
  expect(await refused("/routes", { model: "a", upstream: "opnai" })).toContain('did you mean "openai"?');
  expect(
    await refused("/routes", { model: "a", upstream: "openai", api_key_env: "sk-s3cret-s3cret-s3cret" }),
  ).not.toContain("s3cret");
  expect(await refused("/routes", { model: "a", upstream: "openai", api_key: "s3cret" })).toBe(
    "api_key is not supported",
  );
}, 60_000);
