/** @module When a request may be sent again to the same upstream, and how long to wait before: rules only, no clock of its own. */

import type { ProxyError } from "../domain/error.ts";
import { wasNeverSent } from "./upstream-error.ts";

/** RFC 9110 §9.2.2: sent twice they do what they do once. */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
const PASSING_CODES: ReadonlySet<string> = new Set([
  "upstream_connect_failed",
  "upstream_connect_timeout",
  "upstream_disconnected",
]);
const PASSING_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);
/** A dead connection shows itself within a round trip; what breaks later may have been at work. */
const STALE_WITHIN_MS = 1000;

export type Failure = {
  readonly method: string;
  readonly error: ProxyError;
  /** The connection had served another request before. */
  readonly reused: boolean;
  /** From forwarding to the failure. */
  readonly afterMs: number;
};

/** True when the upstream cannot have begun with it, or when beginning twice does no harm. A model call is never doubled. */
export function isSafeToRepeat({ method, error, reused, afterMs }: Failure): boolean {
  if (wasNeverSent(error)) return true;
  if (error.code === "upstream_disconnected" && reused && afterMs <= STALE_WITHIN_MS) return true;
  return IDEMPOTENT.has(method) && PASSING_CODES.has(error.code);
}

/** True for an answer of a passing failure, to a request that may be repeated. One that says when to come back has its own rule. */
export function isWorthRepeating(method: string, { status, headers }: Response): boolean {
  return IDEMPOTENT.has(method) && PASSING_STATUSES.has(status) && findRetryAfterMs(headers, 0) === undefined;
}

const FIRST_STEP_MS = 200;
const LONGEST_STEP_MS = 5000;
const RATE_LIMIT_STEP_MS = 1000;

/**
 * Full jitter: anywhere between nothing and a bound that doubles with each try.
 * @param tries how many further tries there were already
 * @param draw a number from 0 up to 1
 */
export function toBackoffMs(tries: number, draw: number): number {
  return draw * Math.min(LONGEST_STEP_MS, FIRST_STEP_MS * 2 ** tries);
}

/** Wait after a rate limit; undefined when the answer is none, or asks for more than `maxMs`. */
export function findRateLimitWaitMs(
  { status, headers }: Response,
  { tries, draw, maxMs, atMs }: { tries: number; draw: number; maxMs: number; atMs: number },
): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  const asked = findRetryAfterMs(headers, atMs);
  if (asked === undefined) {
    return status === 429 ? draw * Math.min(maxMs, RATE_LIMIT_STEP_MS * 2 ** tries) : undefined;
  }
  // Those who were told the same moment should not all come back in it.
  return asked > maxMs ? undefined : asked + draw * Math.min(1000, asked / 10);
}

/** `retry-after` in seconds or as a date (RFC 9110 §10.2.3), or OpenAI's `retry-after-ms`; milliseconds from now. */
export function findRetryAfterMs(headers: Headers, atMs: number): number | undefined {
  const exact = headers.get("retry-after-ms");
  if (exact !== null && /^\d+(?:\.\d+)?$/.test(exact)) return Number(exact);
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return Number(value) * 1000;
  const date = /^[A-Z][a-z]/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - atMs);
}
