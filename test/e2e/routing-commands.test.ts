/** @module `modeltap providers` and `modeltap routes` beside a running modeltap and without one. */

import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { startModeltap, type Modeltap } from "../support/modeltap.ts";
import * as step from "../support/step.ts";
import { createUpstream, type Upstream } from "../support/upstream.ts";

const ROOT = join(import.meta.dir, "..", "..");
const SECRET = "sk-own-secret-key-0123456789";
const CONFIG = {
  providers: { missing: { base_url: "http://127.0.0.1:9", auth: { mode: "bearer", env: "NOT_THERE" } } },
  routes: [{ model: "fixed", upstream: "missing" }],
};

let upstream: Upstream;
let modeltap: Modeltap;
beforeAll(async () => {
  upstream = await createUpstream();
  upstream.on(/./, step.json({ ok: true }));
  modeltap = await startModeltap({ config: CONFIG, env: { MINE_KEY: SECRET } });
}, 30_000);
afterAll(async () => {
  await modeltap.destroy();
  await upstream.close();
});

/** The command line of somebody else: it has not the environment of the running one. */
async function run(args: readonly string[], input = "") {
  const home = modeltap.home;
  const child = Bun.spawn([process.execPath, "--no-env-file", join(ROOT, "src", "main.ts"), ...args], {
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      XDG_CONFIG_HOME: join(home, "config"),
      XDG_DATA_HOME: join(home, "data"),
      XDG_STATE_HOME: join(home, "state"),
      XDG_CACHE_HOME: join(home, "cache"),
      XDG_RUNTIME_DIR: join(home, "run"),
    },
    stdin: Buffer.from(input),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out, err };
}

const document = () => ({
  upstreams: [{ id: "mine", active: true, base_url: `${upstream.url}/v1`, auth: { mode: "bearer", env: "MINE_KEY" } }],
  routes: [
    { model: "offered", upstream: "mine", active: false, generated: true },
    { model: "team/*", upstream: "mine", upstream_model: "qwen3" },
  ],
  settings: { "fallback.upstream": "mine" },
});

test("a document is stored whole, is in use at once, and comes out again as it went in", async () => {
  const file = join(modeltap.home, "routing.json");
  writeFileSync(file, JSON.stringify(document()));
  expect(await run(["routes", "import", file, "--check"])).toMatchObject({
    code: 0,
    out: "checked: 1 upstreams, 2 routes, 1 settings\n",
  });
  expect(JSON.parse((await run(["routes", "export"])).out)).toEqual({ upstreams: [], routes: [], settings: {} });

  expect(await run(["routes", "import", "-"], JSON.stringify(document()))).toMatchObject({
    code: 0,
    out: "stored: 1 upstreams, 2 routes, 1 settings\n",
  });
  const answer = await fetch(`${modeltap.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"model":"team/a"}',
  });
  expect(answer.status).toBe(200);
  expect(upstream.requests.at(-1)?.text).toBe('{"model":"qwen3"}');
  const exported = JSON.parse((await run(["routes", "export"])).out);
  expect(exported).toEqual(document());
}, 30_000);

test("a document with problems changes nothing, and each problem has its place", async () => {
  const wrong = {
    upstreams: [{ id: "mine", base_url: "ftp://x", colour: "red" }],
    routes: [
      { model: "a", upstream: "nobody" },
      { model: "b", upstream: "mine" },
      { model: "b", upstream: "mine" },
    ],
    settings: { port: 1, upstream: "nobody" },
  };
  const { code, err } = await run(["routes", "import", "-"], JSON.stringify(wrong));
  expect(code).toBe(1);
  for (const problem of [
    "upstreams[0]: base_url must be",
    "upstreams[0]: unknown key colour",
    'routes[0]: upstream must be the id of a provider, not "nobody"',
    "route b is there twice",
    "settings: port cannot be stored",
    "settings: upstream must be",
  ]) {
    expect(err).toContain(problem);
  }
  const { out } = await run(["routes", "export"]);
  expect(out).not.toContain("ftp://x");
  expect(err).not.toContain("    at ");
  expect((await run(["routes", "import", "-"], "{")).err).toContain("-: is not JSON");
}, 30_000);

test("a secret is refused wherever it stands, and not repeated", async () => {
  const secret = "sk-s3cret-s3cret-s3cret";
  for (const wrong of [
    { upstreams: [{ id: "x", base_url: "http://x", headers: { set: { authorization: `Bearer ${secret}` } } }] },
    { upstreams: [{ id: "x", base_url: "http://x", auth: { mode: "bearer", env: secret } }] },
    { routes: [{ model: "m", upstream: "groq", api_key: secret }] },
    { routes: [{ model: "m", upstream: "groq", api_key_env: secret }] },
  ]) {
    const { code, out, err } = await run(["routes", "import", "-"], JSON.stringify(wrong));
    expect(code).toBe(1);
    expect(out + err + modeltap.logs()).not.toContain("s3cret");
  }
}, 30_000);

test("show and list tell what the running modeltap has, with the credential's place and never the credential", async () => {
  const { out } = await run(["providers", "show"]);
  const lines = out.split("\n");
  // The one who asks has not the variable; the running one has.
  expect(lines.find((line) => line.startsWith("mine "))).toMatch(
    /http:\/\/127\.0\.0\.1:\d+\/v1\s+openai\s+bearer from environment variable MINE_KEY\s+stored$/,
  );
  expect(lines.find((line) => line.startsWith("missing "))).toContain(
    "environment variable NOT_THERE, which is MISSING",
  );
  expect(out).toMatch(/and \d+ of the catalogue that no key is set for/);
  expect((await run(["providers", "show", "--all"])).out).toMatch(
    /\ngroq\s+https:\/\/api.groq.com\s+openai\s+preserve/,
  );
  const json = await run(["providers", "--json"]);
  expect(JSON.parse(json.out)).toContainEqual(
    expect.objectContaining({ id: "gemini", dialects: ["gemini", "openai"], source: "catalogue" }),
  );
  const routes = await run(["routes"]);
  expect(routes.out).toMatch(/\nteam\/\*\s+mine as qwen3\s+50\s+on\s+stored/);
  expect(routes.out).toMatch(
    /\nfixed\s+missing \(environment variable NOT_THERE is MISSING\)\s+0\s+on\s+routes\[0\] of config.toml/,
  );
  expect(routes.out).toMatch(/\noffered\s+mine\s+50\s+off\s+price row/);
  for (const text of [out, json.out, routes.out]) expect(text).not.toContain(SECRET);
}, 30_000);

test("simulate asks the running modeltap, and says the same as its page", async () => {
  const { out, code } = await run(["routes", "simulate", "post", "/v1/chat/completions?x=1", "--model", "team/a"]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    rule: "model-route",
    targets: [{ upstream: "mine", credential_there: true }],
  });
  expect(JSON.parse(out)).toEqual(
    await modeltap.stats("/admin/api/routes/simulate?path=/v1/chat/completions&model=team/a"),
  );
  expect(await run(["routes", "simulate", "GET", "/nobody/v1"])).toMatchObject({ code: 1 });
}, 30_000);

test("what a stream adds is told when the question says that it is one", async () => {
  const args = ["routes", "simulate", "POST", "/v1/chat/completions", "--model", "team/a"];
  expect((await run(args)).out).not.toContain("include_usage_added");
  expect((await run([...args, "--stream"])).out).toContain("include_usage_added");
}, 30_000);

test("reload reads the files again, and says what is wrong with them", async () => {
  expect(await run(["providers", "reload"])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^providers: \d+ in use\n$/),
  });
  const before = readFileSync(modeltap.configPath, "utf8");
  writeFileSync(modeltap.configPath, `${before}\n[providers.groq]\nbase_ulr = "https://x.example"\n`);
  const { code, err } = await run(["providers", "reload"]);
  writeFileSync(modeltap.configPath, before);
  expect(code).toBe(1);
  expect(err).toContain("base_ulr");
}, 30_000);

test("without a running modeltap all is read from the files, and an import takes the lock", async () => {
  await modeltap.stop();
  expect((await run(["providers"])).out).toMatch(
    /\nmine\s+\S+\s+openai\s+bearer from environment variable MINE_KEY, which is MISSING\s+stored\n/,
  );
  expect((await run(["routes"])).out).toMatch(/\nteam\/\*\s+mine as qwen3/);
  expect(JSON.parse((await run(["routes", "export"])).out)).toEqual(document());
  expect((await run(["routes", "simulate", "POST", "/v1/x", "--model", "team/b"])).out).toContain(
    '"rule": "model-route"',
  );
  const more = { routes: [{ model: "later", upstream: "mine" }] };
  const wrong = { routes: [{ model: "later", upstream: "nobody" }] };
  expect(await run(["routes", "import", "-"], JSON.stringify(wrong))).toMatchObject({
    code: 1,
    err: expect.stringContaining("routes[0]: upstream must be the id of a provider"),
  });
  expect(await run(["routes", "import", "-"], JSON.stringify(more))).toMatchObject({ code: 0, err: "" });
  expect((await run(["routes"])).out).toMatch(/\nlater\s+mine .*\s+50\s+on\s+stored/);
  expect(await run(["providers", "reload"])).toMatchObject({ code: 1 });
  const file = join(modeltap.home, "config", "modeltap", "providers.json");
  expect((await run(["providers", "path"])).out).toBe(`${file} (not there)\n`);
  writeFileSync(file, '{"providers":[]}');
  expect((await run(["providers", "path"])).out).toBe(`${file}\n`);
  writeFileSync(modeltap.configPath, "");
  const again = await startModeltap({ home: modeltap.home });
  const { routes } = (await again.stats("/admin/api/routes")) as {
    readonly routes: readonly { readonly id: string }[];
  };
  await again.stop();
  expect(routes.map(({ id }) => id)).toContain("later");
}, 40_000);
