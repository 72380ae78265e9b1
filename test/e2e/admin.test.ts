/** @module The doors to modeltap itself, with the real program: token, password, session, and the commands that use them. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ROOT } from "../support/modeltap.ts";
import { rawRequest } from "../support/raw-request.ts";
import { json } from "../support/step.ts";
import { createStage, type Stage } from "./stage.ts";

const TOKEN = "an-admin-token-of-the-test";
const PASSWORD = "correct horse battery";

function call(stage: Stage, method: string, path: string, headers: Record<string, string> = {}, body?: unknown) {
  return fetch(`${stage.url}${path}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function refusalOf(asked: Promise<Response>): Promise<[number, string | null]> {
  const answer = await asked;
  await answer.arrayBuffer();
  return [answer.status, answer.headers.get("x-modeltap-error")];
}

async function run(home: string, args: readonly string[], env: Record<string, string>, input = "") {
  const child = Bun.spawn([process.execPath, "--no-env-file", "src/main.ts", ...args], {
    cwd: ROOT,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      XDG_CONFIG_HOME: join(home, "config"),
      XDG_DATA_HOME: join(home, "data"),
      ...env,
    },
    stdin: new Blob([input]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out: out.trim(), err };
}

describe("with a token", () => {
  let stage: Stage;
  const env = { ADMIN_API_KEY: TOKEN };
  beforeAll(async () => {
    stage = await createStage({ env });
    stage.upstream.on(/./, json({ ok: true }));
  });
  afterAll(async () => stage[Symbol.asyncDispose]());

  test("everything of ours asks for it, traffic does not", async () => {
    for (const path of ["/admin/api-keys", "/stats/summary", "/admin/breakers", "/api/openapi.json", "/ready"]) {
      expect(await refusalOf(call(stage, "GET", path))).toEqual([403, "admin_required"]);
      expect((await call(stage, "GET", path, { "x-admin-token": TOKEN })).status).toBeLessThan(400);
    }
    expect((await call(stage, "GET", "/openai/v1/models")).status).toBe(200);
    expect((await call(stage, "GET", "/dashboard")).status).toBe(200);
    expect((await call(stage, "GET", "/health")).status).toBe(200);
    const session = await (await call(stage, "GET", "/admin/session")).json();
    expect(session).toEqual({ authenticated: false, loginConfigured: true });
    const login = await call(stage, "POST", "/admin/session/login", {}, { password: TOKEN });
    const cookie = login.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect((await call(stage, "GET", "/stats/summary", { cookie })).status).toBe(200);
  });

  test("it reaches no provider: refused where a credential stands, its own field is taken out", async () => {
    const before = stage.upstream.requests.length;
    for (const [path, headers] of [
      ["/openai/v1/models", { authorization: `Bearer ${TOKEN}` }],
      ["/openai/v1/models", { "x-api-key": TOKEN }],
      ["/openai/v1/models", { authorization: "Bearer sk-own", "api-key": TOKEN }],
      [`/gemini/v1beta/models?key=${TOKEN}`, {}],
      ["/openai/v1/models", { authorization: `Basic ${btoa(`user:${TOKEN}`)}` }],
      [`/openai/v1/models?foo=${TOKEN}`, {}],
      [`/openai/v1/models?foo=%${TOKEN.charCodeAt(0).toString(16)}${TOKEN.slice(1)}`, {}],
      [`/openai/v1/models?bad=%zz&foo=%${TOKEN.charCodeAt(0).toString(16)}${TOKEN.slice(1)}`, {}],
      [`/openai/v1/${TOKEN}/models`, {}],
      ["/openai/v1/models", { "x-foo": `is ${TOKEN}` }],
      ["/openai/v1/models", { cookie: `mine=${TOKEN}` }],
    ] as const) {
      expect(await refusalOf(call(stage, "GET", path, headers))).toEqual([401, "key_invalid"]);
    }
    expect(stage.upstream.requests.length).toBe(before);
    const cookie = "a=1; __dashboard_session=1.x; b=2";
    expect((await call(stage, "GET", "/openai/v1/models", { "x-admin-token": TOKEN, cookie })).status).toBe(200);
    const sent = stage.upstream.requests.at(-1);
    expect([sent?.header("x-admin-token"), sent?.header("cookie")]).toEqual([undefined, "a=1; b=2"]);
  });

  test("commands on this machine use it", async () => {
    const { home } = stage.modeltap;
    expect((await run(home, ["keys", "create", "ci"], env)).out).toMatch(/^mt_/);
    const refused = await run(home, ["keys", "list"], {});
    expect([refused.code, refused.err.includes("no admin token or session")]).toEqual([1, true]);
    expect(await run(home, ["prices", "backfill"], env)).toMatchObject({ code: 0 });
    const place = ["--data-dir", join(home, "data", "modeltap")];
    expect((await run(tmpdir(), ["keys", "list", ...place], env)).out).toContain("ci");
    expect(await run(tmpdir(), ["prices", ...place, "backfill"], env)).toMatchObject({ code: 0 });
  });

  test("nothing of it is on the disk or in the log", async () => {
    const found = readdirSync(stage.modeltap.home, { recursive: true, encoding: "utf8" })
      .map((name) => join(stage.modeltap.home, name))
      .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
      .filter((path) => readFileSync(path).includes(TOKEN));
    expect(found).toEqual([]);
    expect(stage.modeltap.logs()).not.toContain(TOKEN);
    const shown = await (await call(stage, "GET", "/admin/config", { "x-admin-token": TOKEN })).text();
    expect(shown).toContain('"hasAdminApiKey":true');
    expect(shown).not.toContain(TOKEN);
  });
});

describe("with a password", () => {
  let stage: Stage;
  let env: Record<string, string>;
  beforeAll(async () => {
    const made = await run(tmpdir(), ["password"], {}, `${PASSWORD}\n`);
    expect(made.out).toStartWith("$argon2id$");
    env = { DASHBOARD_PASSWORD_HASH: made.out, LOGIN_RATE_LIMIT_MAX_ATTEMPTS: "3", TRUST_PROXY_HEADERS: "true" };
    stage = await createStage({ env });
  });
  afterAll(async () => stage[Symbol.asyncDispose]());

  const logIn = (password: string, headers: Record<string, string> = {}) =>
    call(stage, "POST", "/admin/session/login", headers, { password });

  test("a login gives a session; changes with it need x-csrf; logging out ends it, also for who kept the cookie", async () => {
    expect(await refusalOf(call(stage, "GET", "/stats/summary"))).toEqual([403, "admin_required"]);
    const answer = await logIn(PASSWORD);
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }]);
    const set = answer.headers.get("set-cookie") ?? "";
    expect(set).toMatch(/^__dashboard_session=\d{13}\.[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=604800$/);
    const cookie = set.split(";")[0] ?? "";
    expect((await call(stage, "GET", "/stats/summary", { cookie })).status).toBe(200);
    expect(await (await call(stage, "GET", "/admin/session", { cookie })).json()).toEqual({
      authenticated: true,
      loginConfigured: true,
    });
    const asked = call(stage, "POST", "/admin/api-keys", { cookie }, { name: "x" });
    expect(await refusalOf(asked)).toEqual([403, "csrf_required"]);
    expect((await call(stage, "POST", "/admin/api-keys", { cookie, "x-csrf": "1" }, { name: "x" })).status).toBe(201);
    const out = await call(stage, "POST", "/admin/session/logout", { cookie, "x-csrf": "1" }, {});
    expect(out.headers.get("set-cookie")).toStartWith("__dashboard_session=; HttpOnly");
    expect(await refusalOf(call(stage, "GET", "/stats/summary", { cookie }))).toEqual([403, "admin_required"]);
  });

  test("over HTTPS in front the cookie is secure, and its client must be in admin_hosts", async () => {
    const relayed = { "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9" };
    expect(await refusalOf(logIn(PASSWORD, relayed))).toEqual([403, "peer_not_allowed"]);
  });

  test("commands on this machine make a session of their own", async () => {
    const { code, out } = await run(stage.modeltap.home, ["keys", "create", "by-command"], env);
    expect([code, out.startsWith("mt_")]).toEqual([0, true]);
  });

  test("too many wrong passwords make the address wait, also with the right one, also many at once", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => refusalOf(logIn("wrong password"))));
    const limited = answers.filter(([status]) => status === 429).length;
    expect(answers.filter(([status, code]) => status === 401 && code === "login_failed").length).toBe(6 - limited);
    expect(limited).toBeGreaterThanOrEqual(3);
    let last = await logIn("wrong password");
    for (let at = 0; at < 4 && last.status === 401; at++) last = await logIn("wrong password");
    expect([last.status, Number(last.headers.get("retry-after")) > 1]).toEqual([429, true]);
    expect(await refusalOf(logIn(PASSWORD))).toEqual([429, "login_limited"]);
  });

  test("only JSON logs in, from a page of ours", async () => {
    const target = "/admin/session/login";
    const body = JSON.stringify({ password: PASSWORD });
    const text = await rawRequest(stage.url, {
      method: "POST",
      target,
      body,
      headers: [["content-type", "text/plain"]],
    });
    expect(text.header("x-modeltap-error")).toBe("json_required");
    const foreign = await call(stage, "POST", target, { origin: "https://evil.example" }, { password: PASSWORD });
    expect(foreign.headers.get("x-modeltap-error")).toBe("origin_not_allowed");
    expect((await logIn("")).headers.get("x-modeltap-error")).toBe("login_failed");
  });
});
