/** @module The cookie of a password session: when it was issued, and a signature that only this installation can make. */

import { createHmac, timingSafeEqual } from "node:crypto";

/** The name that agent-cli-proxy gave it. */
export const LOGIN_COOKIE = "__dashboard_session";

/** Clocks of one machine are set back now and then; more than this is no such thing. */
const MAX_FUTURE_MS = 60_000;
const MAX_ENDED = 10_000;

export type LoginCookies = {
  issue(): string;
  /** True for the value of a cookie that was issued here, has not expired and was not ended. */
  isValid(value: string): boolean;
  /** From now on the cookie opens nothing, whoever kept a copy. Known until the end of this process. */
  end(value: string): void;
};

export type LoginCookieOptions = {
  readonly secret: string | Uint8Array;
  /** What one logs in with, or its hash: another one ends all sessions. */
  readonly passwords: readonly (string | undefined)[];
  readonly ttlMs: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
};

/** `<issuedMs>.<base64url HMAC-SHA256>`. */
export function createLoginCookies({ secret, passwords, ttlMs, clock }: LoginCookieOptions): LoginCookies {
  function sign(issued: string): Buffer {
    return createHmac("sha256", secret)
      .update(JSON.stringify([issued, ...passwords.map((each) => each ?? null)]))
      .digest();
  }
  /** Only what is valid comes in: their number is that of logins. */
  const ended = new Set<string>();

  /** The cookie in its one spelling; the last character of a signature holds bits that nobody reads. */
  function read(value: string): string | undefined {
    const [, issued, signature] = /^(\d{1,15})\.([\w-]{43})$/.exec(value) ?? [];
    if (issued === undefined || signature === undefined) return undefined;
    const signed = sign(issued);
    if (!timingSafeEqual(Buffer.from(signature, "base64url"), signed)) return undefined;
    const ageMs = clock() - Number(issued);
    return ageMs >= -MAX_FUTURE_MS && ageMs < ttlMs ? `${issued}.${signed.toString("base64url")}` : undefined;
  }

  return {
    issue() {
      const issued = String(clock());
      return `${issued}.${sign(issued).toString("base64url")}`;
    },
    isValid(value) {
      const cookie = read(value);
      return cookie !== undefined && !ended.has(cookie);
    },
    end(value) {
      const cookie = read(value);
      if (cookie === undefined) return;
      const [oldest] = ended;
      if (ended.size >= MAX_ENDED && oldest !== undefined) ended.delete(oldest);
      ended.add(cookie);
    },
  };
}

/** Value of the cookie in a request's `cookie` field. */
export function findLoginCookie(cookie: string | null): string | undefined {
  if (cookie?.includes(LOGIN_COOKIE) !== true) return undefined;
  for (const pair of cookie.split(";")) {
    const at = pair.indexOf("=");
    if (at !== -1 && pair.slice(0, at).trim() === LOGIN_COOKIE) return pair.slice(at + 1).trim();
  }
  return undefined;
}

/** The field without our cookie: no upstream may have it. Undefined when nothing is left. */
export function withoutLoginCookie(cookie: string): string | undefined {
  const rest = cookie.split(";").filter((pair) => pair.split("=", 1)[0]?.trim() !== LOGIN_COOKIE);
  return rest.length === 0 ? undefined : rest.join(";").trim();
}
