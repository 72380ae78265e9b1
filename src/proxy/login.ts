/** @module `/admin/session`: logging in with the password, out again, and whether one is in. */

import { ProxyError } from "../domain/error.ts";
import { toErrorResponse } from "../provider/error-body.ts";
import type { AttemptCount } from "./attempt-count.ts";
import { findLoginCookie, LOGIN_COOKIE, type LoginCookies } from "./login-cookie.ts";
import { answerJson, refuseMethod, refuseOwn } from "./own-answer.ts";

export type Login = {
  answer(request: Request, path: string, facts: LoginFacts): Promise<Response>;
};

export type LoginFacts = {
  /** Who asks, for the count of failures. */
  readonly address: string;
  readonly isHttps: boolean;
  readonly isAuthenticated: boolean;
};

export type LoginOptions = {
  /** Argon2 or bcrypt, as `Bun.password` makes them. */
  readonly passwordHash: string | undefined;
  /** The admin token logs in, too: a browser has no other way to show it. */
  readonly isToken: (secret: string) => boolean;
  readonly cookies: LoginCookies;
  readonly ttlMs: number;
  readonly attempts: AttemptCount;
};

/** Passwords looked at at once: each costs tens of megabytes and milliseconds. */
const MAX_LOOKS = 2;
const MAX_BODY_BYTES = 4096;

/** @param options absent when there is nothing to log in with */
export function createLogin(options?: LoginOptions): Login {
  let looks = 0;

  async function logIn(request: Request, { address, isHttps }: LoginFacts): Promise<Response> {
    if (options === undefined) return refuse("login_not_configured", "There is no password to log in with.");
    const { passwordHash, isToken, cookies, ttlMs, attempts } = options;
    const given = await readPassword(request);
    if (given === undefined) return refuse("login_failed", "The body must be JSON with a text called password.");
    const waitSeconds = looks >= MAX_LOOKS ? 1 : attempts.begin(address);
    if (waitSeconds !== undefined) return refuse("login_limited", "There were too many attempts.", waitSeconds);
    looks += 1;
    const isRight = isToken(given) || (passwordHash !== undefined && (await verify(given, passwordHash)));
    looks -= 1;
    if (!isRight) return refuse("login_failed", "The password is wrong.");
    attempts.forgive(address);
    return json({ ok: true }, toCookie(cookies.issue(), Math.floor(ttlMs / 1000), isHttps));
  }

  return {
    async answer(request, path, facts) {
      switch (path) {
        case "/admin/session":
          if (request.method !== "GET") return refuseMethod(request, ["GET"]);
          return json({ authenticated: facts.isAuthenticated, loginConfigured: options !== undefined });
        case "/admin/session/login":
          return request.method === "POST" ? logIn(request, facts) : refuseMethod(request, ["POST"]);
        case "/admin/session/logout":
          if (request.method !== "POST") return refuseMethod(request, ["POST"]);
          options?.cookies.end(findLoginCookie(request.headers.get("cookie")) ?? "");
          return json({ ok: true }, toCookie("", 0, facts.isHttps));
        default:
          return refuseOwn("not_found", "Nothing is there.");
      }
    },
  };
}

/** False also for a hash that cannot be read. */
async function verify(password: string, hash: string): Promise<boolean> {
  return Bun.password.verify(password, hash).catch(() => false);
}

async function readPassword(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get("content-length") ?? MAX_BODY_BYTES + 1) > MAX_BODY_BYTES) return undefined;
  const body: unknown = await request.json().catch(() => undefined);
  if (typeof body !== "object" || body === null || !("password" in body)) return undefined;
  return typeof body.password === "string" && body.password !== "" ? body.password : undefined;
}

/** Nothing but our own pages sends it, no script reads it; over plain HTTP a browser would drop one that is `Secure`. */
function toCookie(value: string, maxAgeSeconds: number, isHttps: boolean): string {
  const secure = isHttps ? "; Secure" : "";
  return `${LOGIN_COOKIE}=${value}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${maxAgeSeconds}${secure}`;
}

function json(value: unknown, cookie?: string): Response {
  const answer = answerJson(value);
  if (cookie !== undefined) answer.headers.set("set-cookie", cookie);
  return answer;
}

function refuse(
  code: "login_not_configured" | "login_failed" | "login_limited",
  message: string,
  retryAfterSeconds?: number,
): Response {
  const options = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return toErrorResponse(new ProxyError(code, message, options), "openai");
}
