/** @module Managed keys with the real program: made on the command line and over the api, used by SDKs, revoked, never kept. */

import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";

import { startModeltap, ROOT } from "../support/modeltap.ts";
import { eventually } from "../support/gate.ts";
import { json } from "../support/step.ts";
import { createStage, type Stage } from "./stage.ts";

const CREDENTIAL = "sk-upstream-0123456789abcdef";
const AUTH = { auth: { mode: "bearer", env: "UPSTREAM_CREDENTIAL" } };

const CHAT = {
  id: "c",
  object: "chat.completion",
  created: 1,
  model: "gpt-5",
  choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};
const MESSAGE = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-opus-4-8",
  content: [{ type: "text", text: "hi" }],
  stop_reason: "end_turn",
  usage: { input_tokens: 3, output_tokens: 2 },
};

/** Runs a command of the program in a home, as its user would. */
async function run(
  home: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; out: string; err: string }> {
  const child = Bun.spawn([process.execPath, "--no-env-file", "src/main.ts", ...args], {
    cwd: ROOT,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      XDG_CONFIG_HOME: join(home, "config"),
      XDG_DATA_HOME: join(home, "data"),
      XDG_RUNTIME_DIR: join(home, "run"),
      ...env,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out: out.trim(), err };
}

/** What an SDK's call was refused with. */
async function failureOf(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (failure) {
    return failure;
  }
  throw new Error("it was not refused");
}

/** Every file below a folder whose bytes hold one of the texts. */
function filesWith(folder: string, texts: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .filter((path) => {
      const bytes = readFileSync(path);
      return texts.some((text) => bytes.includes(text));
    });
}

describe("with a running program", () => {
  let stage: Stage;
  let key = "";

  beforeAll(async () => {
    stage = await createStage({
      config: { key_headers: true, require_api_key: true },
      providers: { openai: AUTH, anthropic: { auth: { mode: "x-api-key", env: "UPSTREAM_CREDENTIAL" } } },
      env: { UPSTREAM_CREDENTIAL: CREDENTIAL },
    });
    stage.upstream.on(/chat\/completions/, json(CHAT));
    stage.upstream.on(/messages/, json(MESSAGE));
    const made = await run(stage.modeltap.home, ["keys", "create", "ci", "--models", "gpt-5,claude-*"]);
    expect(made.code).toBe(0);
    expect(made.out).toMatch(/^mt_[0-9a-f]{64}$/);
    key = made.out;
  });
  afterAll(async () => stage[Symbol.asyncDispose]());

  test("the SDKs get in with it, the upstream gets its own credential, and the rows know the key", async () => {
    const openai = new OpenAI({ apiKey: key, baseURL: `${stage.modeltap.url}/openai/v1`, maxRetries: 0 });
    const answer = await openai.chat.completions.create({ model: "gpt-5", messages: [{ role: "user", content: "x" }] });
    expect(answer.choices[0]?.message.content).toBe("hi");
    // This SDK sends x-api-key.
    const anthropic = new Anthropic({ apiKey: key, baseURL: `${stage.modeltap.url}/anthropic`, maxRetries: 0 });
    const message = await anthropic.messages.create({
      model: "claude-opus-4-8",
      max_tokens: 5,
      messages: [{ role: "user", content: "x" }],
    });
    expect(message.content).toMatchObject([{ text: "hi" }]);
    const refused = await failureOf(anthropic.messages.create({ model: "other", max_tokens: 5, messages: [] }));
    expect(refused).toMatchObject({ status: 403, error: { error: { code: "model_not_allowed" } } });

    const sent = stage.upstream.requests;
    expect(sent.map((each) => each.header("authorization") ?? each.header("x-api-key"))).toEqual([
      `Bearer ${CREDENTIAL}`,
      CREDENTIAL,
    ]);
    expect(JSON.stringify(sent.map(({ target, headers }) => [target, headers]))).not.toContain(key);
    const rows = await stage.modeltap.waitForRows(3);
    expect(new Set(rows.map((row) => row.key_id)).size).toBe(1);
    const listed = await eventually(async () => {
      const { apiKeys } = (await stage.modeltap.stats("/admin/api-keys")) as {
        apiKeys: readonly { requestCount: number }[];
      };
      return apiKeys[0]?.requestCount === 3 ? apiKeys : undefined;
    }, "three requests of the key");
    expect(listed).toMatchObject([{ id: rows[0]?.key_id, name: "ci", totalTokens: 10 }]);
  });

  test("a client key opens none of our own pages, and nobody comes in without one", async () => {
    const openai = new OpenAI({ apiKey: "sk-own", baseURL: `${stage.modeltap.url}/openai/v1`, maxRetries: 0 });
    const refused = await failureOf(openai.chat.completions.create({ model: "gpt-5", messages: [] }));
    expect(refused).toMatchObject({ status: 401, code: "key_invalid" });
  });

  test("its tokens of a minute count as the record has read them", async () => {
    const made = await run(stage.modeltap.home, ["keys", "create", "small", "--tpm", "9"]);
    const call = () =>
      fetch(`${stage.modeltap.url}/openai/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${made.out}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "gpt-5", messages: [] }),
      });
    // Each answer has 5: two of them are over the limit, once the record has told.
    const refused = await eventually(
      async () => {
        const answer = await call();
        return answer.status === 429 ? answer : undefined;
      },
      "a refusal",
      10_000,
    );
    expect(refused.headers.get("x-modeltap-error")).toBe("rate_limited");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(1);
  });

  test("revoked on the command line, it opens nothing from that moment on", async () => {
    const { out } = await run(stage.modeltap.home, ["keys", "list", "--json"]);
    const list = JSON.parse(out) as readonly { id: string; name: string }[];
    expect(list.find(({ name }) => name === "ci")).toMatchObject({ models: ["gpt-5", "claude-*"], expiresAt: null });
    expect((await run(stage.modeltap.home, ["keys", "create", "x", "--providers", "opnai"])).err).toContain(
      'did you mean "openai"',
    );
    const id = list.find(({ name }) => name === "ci")?.id ?? "";
    expect(await run(stage.modeltap.home, ["keys", "revoke", id])).toMatchObject({ code: 0 });
    const answer = await fetch(`${stage.modeltap.url}/openai/v1/models`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect([answer.status, answer.headers.get("x-modeltap-error")]).toEqual([401, "key_invalid"]);
    expect((await run(stage.modeltap.home, ["keys", "list"])).out).toContain("revoked");
    expect((await run(stage.modeltap.home, ["keys", "revoke", "key_none"])).err).toContain("There is no such key");
    // An emergency does not wait for a file to be mended.
    const broken = { MODELTAP_UPSTREAM: "nobody" };
    const listed = await run(stage.modeltap.home, ["keys", "list"], broken);
    expect([listed.code, listed.out.includes("revoked"), listed.err.includes("MODELTAP_UPSTREAM")]).toEqual([
      0,
      true,
      true,
    ]);
    expect((await run(stage.modeltap.home, ["keys", "revoke", id], broken)).code).toBe(0);
    expect((await run(stage.modeltap.home, ["keys", "create", "x"], broken)).code).toBe(1);
  });

  test("neither the key nor the upstream's credential stands in any file, log or answer", async () => {
    const texts = [key, CREDENTIAL];
    const answers = await Promise.all(
      ["/admin/api-keys", "/stats/requests?all=true", "/admin/api/requests", "/health", "/admin/api/status"].map(
        (path) => fetch(`${stage.modeltap.url}${path}`).then((answer) => answer.text()),
      ),
    );
    const { rows } = JSON.parse(answers[2] ?? "") as { rows: readonly { exchange_id: string }[] };
    for (const { exchange_id: id } of rows) {
      answers.push(await (await fetch(`${stage.modeltap.url}/admin/api/requests/${id}`)).text());
    }
    answers.push(stage.modeltap.logs());
    expect(answers.length).toBeGreaterThan(6);
    expect(answers.filter((text) => texts.some((secret) => text.includes(secret)))).toEqual([]);
    expect(filesWith(stage.modeltap.home, texts)).toEqual([]);
    await stage.modeltap.stop();
    expect(filesWith(stage.modeltap.home, texts)).toEqual([]);
  });
});

describe("without a running program", () => {
  test("a public address is refused until there is a key; then it is bound and lets nobody in without", async () => {
    const home = await mkdtemp(join(tmpdir(), "modeltap-keys-"));
    try {
      const env = { MODELTAP_HOST: "0.0.0.0", MODELTAP_ALLOWED_HOSTS: "0.0.0.0" };
      const refused = await run(home, ["start", "--port", "0"], env);
      expect(refused.code).toBe(1);
      expect(refused.err).toContain("modeltap keys create NAME");
      const { out: key } = await run(home, ["keys", "create", "phone"]);
      expect(filesWith(home, [key])).toEqual([]);
      const rules = ["--providers", "openai", "--models", "gpt-5*", "--expires", "30d", "--rpm", "60", "--tpm", "9000"];
      expect((await run(home, ["keys", "create", "pad", ...rules])).code).toBe(0);
      const misspelt = await run(home, ["keys", "create", "x", "--providers", "opnai"]);
      expect([misspelt.code, misspelt.out]).toEqual([1, ""]);
      expect(misspelt.err).toContain('there is no provider "opnai" (did you mean "openai"?)');
      const [top, ...rows] = (await run(home, ["keys", "list"])).out.split("\n");
      expect(top).toMatch(/^ID +KEY +STATE +NAME +PROVIDERS +MODELS +EXPIRES +LIMITS +CREATED$/);
      expect(rows).toHaveLength(2);
      expect(rows.find((row) => row.includes("phone"))).toMatch(/valid +phone +all +all +never +none +2/);
      expect(rows.find((row) => row.includes("pad"))).toMatch(/pad +openai +gpt-5\* +\d{4}-\S+ +60 rpm, 9000 tpm +2/);
      expect(JSON.parse((await run(home, ["keys", "list", "--json"])).out)).toContainEqual(
        expect.objectContaining({ name: "pad", providers: ["openai"], models: ["gpt-5*"], tokensPerMinute: 9000 }),
      );

      await using modeltap = await startModeltap({ home, env });
      const address = Object.values(networkInterfaces())
        .flat()
        .find((each) => each?.family === "IPv4" && !each.internal)?.address;
      const port = new URL(modeltap.url).port;
      // A machine without a network has no other address to call from.
      if (address === undefined) return;
      const call = (headers: Record<string, string> = {}) =>
        fetch(`http://${address}:${port}/ollama/api/tags`, { headers: { host: `localhost:${port}`, ...headers } });
      expect((await call()).status).toBe(401);
      expect((await call({ "x-forwarded-for": "127.0.0.1" })).status).toBe(401);
      const own = await fetch(`http://${address}:${port}/admin/api-keys`, { headers: { host: `localhost:${port}` } });
      expect([own.status, own.headers.get("x-modeltap-error")]).toEqual([403, "peer_not_allowed"]);
      // Past the door: nothing answers at the upstream.
      expect((await call({ authorization: `Bearer ${key}` })).status).toBe(502);
      await modeltap.stop();

      const open = { ...env, MODELTAP_ADMIN_HOSTS: `${address}/32`, ADMIN_API_KEY: "an-admin-token" };
      await using again = await startModeltap({ home, env: open });
      // Also by its address: we listen on all of them.
      const ask = async (path: string, headers: Record<string, string> = {}) => {
        const answer = await fetch(`http://${address}:${new URL(again.url).port}${path}`, { headers });
        return [answer.status, await answer.text()] as const;
      };
      expect(await ask("/health")).toEqual([200, '{"status":"ok"}']);
      const token = { "x-admin-token": "an-admin-token" };
      for (const path of ["/admin/api-keys", "/stats/summary", "/metrics"]) {
        expect((await ask(path))[0]).toBe(403);
        expect((await ask(path, { authorization: `Bearer ${key}` }))[0]).toBe(403);
        expect((await ask(path, token))[0]).toBe(200);
      }
      expect((await ask("/ollama/api/tags", token))[0]).toBe(401);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });

  test("a bootstrap key is stored as a hash, once, and stays revoked", async () => {
    const env = { MODELTAP_BOOTSTRAP_KEY: "a-first-key-of-my-own-making", MODELTAP_REQUIRE_API_KEY: "true" };
    const first = await startModeltap({ env });
    const { home } = first;
    const headers = { authorization: `Bearer ${env.MODELTAP_BOOTSTRAP_KEY}` };
    expect((await fetch(`${first.url}/nobody/x`, { headers })).status).toBe(404);
    const { apiKeys } = (await first.stats("/admin/api-keys")) as { apiKeys: readonly { id: string; name: string }[] };
    expect(apiKeys).toMatchObject([{ name: "bootstrap" }]);
    expect((await run(home, ["keys", "revoke", apiKeys[0]?.id ?? ""])).code).toBe(0);
    await first.stop();
    expect(filesWith(home, [env.MODELTAP_BOOTSTRAP_KEY])).toEqual([]);
    await using second = await startModeltap({ home, env });
    expect((await fetch(`${second.url}/nobody/x`, { headers })).status).toBe(401);
  });
});
