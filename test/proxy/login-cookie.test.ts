import { describe, expect, test } from "bun:test";

import { createLoginCookies, findLoginCookie, LOGIN_COOKIE, withoutLoginCookie } from "../../src/proxy/login-cookie.ts";

let atMs = 1_000_000_000_000;
const OPTIONS = {
  secret: "a secret of sixteen",
  passwords: ["$argon2id$x", undefined],
  ttlMs: 10_000,
  clock: () => atMs,
};
const cookies = createLoginCookies(OPTIONS);

describe("a session's cookie", () => {
  test("is valid from its making until it expires", () => {
    const value = cookies.issue();
    expect(value).toMatch(/^\d{13}\.[\w-]{43}$/);
    expect(cookies.isValid(value)).toBe(true);
    const issuedMs = atMs;
    atMs = issuedMs + 9_999;
    expect(cookies.isValid(value)).toBe(true);
    atMs = issuedMs + 10_000;
    expect(cookies.isValid(value)).toBe(false);
    // The clock was set back: a little is forgiven.
    atMs = issuedMs - 60_000;
    expect(cookies.isValid(value)).toBe(true);
    atMs = issuedMs - 60_001;
    expect(cookies.isValid(value)).toBe(false);
    atMs = issuedMs;
  });

  test("of another secret, password or time is refused, and so is every text that is none", () => {
    const value = cookies.issue();
    const [issued = "", signature = ""] = value.split(".");
    expect(createLoginCookies({ ...OPTIONS, secret: "another secret" }).isValid(value)).toBe(false);
    expect(createLoginCookies({ ...OPTIONS, passwords: ["$argon2id$y", undefined] }).isValid(value)).toBe(false);
    expect(createLoginCookies({ ...OPTIONS, passwords: [undefined, "$argon2id$x"] }).isValid(value)).toBe(false);
    const last = signature.at(-2) === "A" ? "B" : "A";
    for (const wrong of [
      `${Number(issued) + 1}.${signature}`,
      `${issued}.${signature.slice(0, -2)}${last}${signature.at(-1)}`,
      `${issued}.`,
      `${issued}.${signature}=`,
      `-${value}`,
      "",
      ".",
    ]) {
      expect(cookies.isValid(wrong)).toBe(false);
    }
  });
});

test("is ended by a logout in each of its spellings, and no other with it", () => {
  const value = cookies.issue();
  atMs += 1;
  const other = cookies.issue();
  cookies.end(`${value}x`);
  cookies.end("");
  expect(cookies.isValid(value)).toBe(true);
  cookies.end(value);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  expect(alphabet.split("").filter((last) => cookies.isValid(value.slice(0, -1) + last))).toEqual([]);
  expect(cookies.isValid(other)).toBe(true);
});

test("is found among others by its whole name, and taken out without touching them", () => {
  const field = `a=1; ${LOGIN_COOKIE}=x.y=; b=2`;
  expect(findLoginCookie(field)).toBe("x.y=");
  expect(findLoginCookie(`x${LOGIN_COOKIE}=1; c=${LOGIN_COOKIE}`)).toBeUndefined();
  expect(findLoginCookie(null)).toBeUndefined();
  expect(withoutLoginCookie(field)).toBe("a=1; b=2");
  expect(withoutLoginCookie(`${LOGIN_COOKIE}=x`)).toBeUndefined();
});
