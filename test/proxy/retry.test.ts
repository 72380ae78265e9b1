import { describe, expect, test } from "bun:test";

import { ProxyError, type ErrorCode } from "../../src/domain/error.ts";
import {
  findRateLimitWaitMs,
  findRetryAfterMs,
  isSafeToRepeat,
  isWorthRepeating,
  toBackoffMs,
} from "../../src/proxy/retry.ts";

const failed = (code: ErrorCode, cause?: string) =>
  new ProxyError(code, "x", cause === undefined ? {} : { cause: { code: cause } });
const answer = (status: number, headers: Record<string, string> = {}) => new Response("x", { status, headers });

describe("a POST is sent again", () => {
  const isSafe = (error: ProxyError, reused = false, afterMs = 5) =>
    isSafeToRepeat({ method: "POST", error, reused, afterMs });

  test.each(["ECONNREFUSED", "ConnectionRefused", "ENOTFOUND", "EHOSTUNREACH", "FailedToOpenSocket"])(
    "when it was never sent (%s)",
    (code) => expect(isSafe(failed("upstream_connect_failed", code))).toBe(true),
  );

  test("when the connection had served before and was found dead at once, not on a new one and not later", () => {
    const error = failed("upstream_disconnected", "ECONNRESET");
    expect([isSafe(error, true), isSafe(error, false), isSafe(error, true, 1500)]).toEqual([true, false, false]);
  });

  test.each([
    "upstream_connect_timeout",
    "upstream_tls_failed",
    "upstream_first_byte_timeout",
    "upstream_idle_timeout",
    "upstream_invalid_response",
    "circuit_open",
    "credential_missing",
    "request_aborted",
  ] as const)("never after %s: it may have been begun, or would fail again", (code) => {
    expect(isSafe(failed(code), true)).toBe(false);
  });

  test("never after a failure that is not known to come before sending", () => {
    expect(isSafe(failed("upstream_connect_failed", "SomethingNew"))).toBe(false);
    expect(isSafe(failed("upstream_connect_failed"))).toBe(false);
  });

  test("never for what was answered", () => {
    for (const status of [500, 502, 503, 504]) expect(isWorthRepeating("POST", answer(status))).toBe(false);
  });
});

test.each(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])(
  "a %s may be sent twice, except where it cannot help",
  (method) => {
    const isSafe = (code: ErrorCode) => isSafeToRepeat({ method, error: failed(code), reused: false, afterMs: 9000 });
    expect([isSafe("upstream_disconnected"), isSafe("upstream_connect_timeout")]).toEqual([true, true]);
    expect([isSafe("upstream_tls_failed"), isSafe("upstream_first_byte_timeout")]).toEqual([false, false]);
    const statuses = [200, 400, 404, 429, 500, 501, 502, 503, 504];
    expect(statuses.filter((status) => isWorthRepeating(method, answer(status)))).toEqual([502, 503, 504]);
    expect(isWorthRepeating(method, answer(503, { "retry-after": "1" }))).toBe(false);
  },
);

test("the pause before a try lies anywhere under a bound that doubles up to five seconds", () => {
  expect([0, 1, 2, 3, 10].map((tries) => toBackoffMs(tries, 1))).toEqual([200, 400, 800, 1600, 5000]);
  expect([toBackoffMs(3, 0), toBackoffMs(3, 0.5)]).toEqual([0, 800]);
});

describe("a rate limit", () => {
  const AT_MS = Date.parse("2026-11-21T12:00:00Z");
  const waitMs = (response: Response, draw = 0, tries = 0) =>
    findRateLimitWaitMs(response, { tries, draw, maxMs: 60_000, atMs: AT_MS });

  test.each([
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "1.5" }, 1500],
    [{ "retry-after": "Sat, 21 Nov 2026 12:00:30 GMT" }, 30_000],
    [{ "retry-after": "Sat, 21 Nov 2026 11:00:00 GMT" }, 0],
    [{ "retry-after-ms": "250", "retry-after": "1" }, 250],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "-3" }, undefined],
    [{}, undefined],
  ] as [Record<string, string>, number | undefined][])("%p asks for %p ms", (headers, expected) => {
    expect(findRetryAfterMs(new Headers(headers), AT_MS)).toBe(expected as number);
  });

  test("is waited for with a little jitter, and not at all when it asks for more than the cap", () => {
    expect([waitMs(answer(429, { "retry-after": "7" })), waitMs(answer(503, { "retry-after": "7" }), 1)]).toEqual([
      7000, 7700,
    ]);
    expect(waitMs(answer(429, { "retry-after": "61" }))).toBeUndefined();
  });

  test("that does not say when is backed off from at 429, and none at 503; other statuses are no rate limit", () => {
    expect([waitMs(answer(429), 1), waitMs(answer(429), 1, 3), waitMs(answer(429), 1, 30)]).toEqual([
      1000, 8000, 60_000,
    ]);
    expect([waitMs(answer(503), 1), waitMs(answer(500, { "retry-after": "1" }))]).toEqual([undefined, undefined]);
  });
});
