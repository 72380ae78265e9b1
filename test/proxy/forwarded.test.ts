import { expect, test } from "bun:test";

import { findForwardedAddress, isForwardedHttps, isRelayed } from "../../src/proxy/forwarded.ts";

const headers = (fields: Record<string, string> = {}) => new Headers(fields);

test.each(["x-forwarded-for", "forwarded", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "cf-connecting-ip"])(
  "%s tells of another proxy",
  (name) => {
    expect(isRelayed(headers({ [name]: "x" }))).toBe(true);
    expect(isRelayed(headers({ accept: "*/*", via: "1.1 x" }))).toBe(false);
  },
);

test("the address is what the nearest proxy saw, not what the client said before", () => {
  expect(findForwardedAddress(headers({ "x-forwarded-for": "127.0.0.1, 203.0.113.9" }))).toBe("203.0.113.9");
  expect(findForwardedAddress(headers({ "cf-connecting-ip": "203.0.113.8" }))).toBe("203.0.113.8");
  expect(findForwardedAddress(headers({ "x-forwarded-for": "10.0.0.1," }))).toBeUndefined();
  expect(findForwardedAddress(headers())).toBeUndefined();
});

test.each([
  [{ "x-forwarded-proto": "https" }, true],
  [{ "x-forwarded-proto": "https, http" }, false],
  [{ "x-forwarded-proto": "http", forwarded: "proto=https" }, false],
  [{ forwarded: 'for=1.2.3.4;proto="https"' }, true],
  [{ "cf-visitor": '{"scheme":"https"}' }, true],
  [{ "cf-visitor": '{"scheme":"http"}' }, false],
  [{}, false],
] as const)("%j is HTTPS: %p", (fields, isHttps) => {
  expect(isForwardedHttps(headers(fields))).toBe(isHttps);
});
