import { expect, test } from "bun:test";

import { createAttemptCount } from "../../src/proxy/attempt-count.ts";
import { createLogin } from "../../src/proxy/login.ts";
import { createLoginCookies } from "../../src/proxy/login-cookie.ts";

const hash = await Bun.password.hash("right", { algorithm: "bcrypt", cost: 4 });
const cookies = createLoginCookies({ secret: "s", passwords: [hash], ttlMs: 60_000, clock: Date.now });
const FACTS = { address: "127.0.0.1", isHttps: true, isAuthenticated: false };

function createCase(most = 5, password = hash) {
  const attempts = createAttemptCount({ windowMs: 60_000, most, now: () => 0 });
  const login = createLogin({
    passwordHash: password,
    isToken: (secret) => secret === "token",
    cookies,
    ttlMs: 60_000,
    attempts,
  });
  return (body: string, facts = FACTS) =>
    login.answer(
      new Request("http://x/", { method: "POST", body, headers: { "content-length": String(body.length) } }),
      "/admin/session/login",
      facts,
    );
}

test("a bcrypt hash is understood; over HTTPS the cookie says so", async () => {
  const answer = await createCase()('{"password":"right"}');
  expect(answer.status).toBe(200);
  expect(answer.headers.get("set-cookie")).toEndWith("; Secure");
  expect(answer.headers.get("cache-control")).toBe("no-store");
});

test.each([
  '{"password":"wrong"}',
  '{"password":1}',
  "{}",
  "[]",
  "null",
  "{",
  '"right"',
  '{"password":""}',
  "x".repeat(5000),
])("%.30s is no password, and no cookie is given", async (body) => {
  const answer = await createCase()(body);
  expect([answer.status, answer.headers.get("set-cookie")]).toEqual([401, null]);
});

test("the admin token logs in, too, without a password as well; with neither nobody does", async () => {
  expect((await createCase()('{"password":"token"}')).status).toBe(200);
  const attempts = createAttemptCount({ windowMs: 60_000, most: 5, now: () => 0 });
  const isToken = (secret: string) => secret === "token";
  const login = createLogin({ passwordHash: undefined, isToken, cookies, ttlMs: 60_000, attempts });
  const ask = (to: typeof login, password: string) => {
    const body = JSON.stringify({ password });
    const headers = { "content-length": String(body.length) };
    return to.answer(new Request("http://x/", { method: "POST", body, headers }), "/admin/session/login", FACTS);
  };
  expect((await ask(login, "token")).headers.get("set-cookie")).toContain("__dashboard_session=");
  expect((await ask(login, "tokens")).status).toBe(401);
  const refused = await ask(createLogin(), "token");
  expect([refused.status, refused.headers.get("x-modeltap-error")]).toEqual([403, "login_not_configured"]);
});

test("a hash that cannot be read lets nobody in", async () => {
  expect((await createCase(5, "$2b$nonsense")('{"password":"right"}')).status).toBe(401);
});

test("an attempt that was right does not count, one that was wrong does", async () => {
  const ask = createCase(1);
  for (let at = 0; at < 3; at++) expect((await ask('{"password":"right"}')).status).toBe(200);
  expect((await ask('{"password":"wrong"}')).status).toBe(401);
  const limited = await ask('{"password":"right"}');
  expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "60"]);
  expect((await ask('{"password":"right"}', { ...FACTS, address: "10.0.0.1" })).status).toBe(200);
});

test("more than two at once wait: each costs memory", async () => {
  const ask = createCase();
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask('{"password":"right"}')));
  expect(answers.filter(({ status }) => status === 200).length).toBe(2);
  expect(answers.filter(({ status }) => status === 429).length).toBe(3);
});
