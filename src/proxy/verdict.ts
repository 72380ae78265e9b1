/** @module What the end of an exchange says about its upstream: well, failing, or nothing. */

import type { ErrorCode } from "../domain/error.ts";
import type { Verdict } from "./breaker.ts";
import type { LiveExchange, Outcome } from "./live.ts";

const FAILURES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "upstream_connect_failed",
  "upstream_connect_timeout",
  "upstream_tls_failed",
  "upstream_first_byte_timeout",
  "upstream_idle_timeout",
  "upstream_disconnected",
  "upstream_invalid_response",
]);

/** True for errors after which another upstream may do better: it could not be reached, or said nothing of use. */
export function isUpstreamFailure(code: ErrorCode): boolean {
  return FAILURES.has(code);
}

/**
 * Connect failures, time limits, 5xx and cut streams count. What the client caused does not, nor a 429, nor the 503 of
 * a breaker further up the line (another modeltap), which says nothing about the machine we talk to.
 */
export function toVerdict(live: LiveExchange, outcome: Outcome): Verdict {
  const { error, endedBy } = outcome;
  if (endedBy === "client" || endedBy === "proxy" || live.attempts.length === 0) return { kind: "neutral" };
  return toAttemptVerdict(error?.code, live.statusCode, live.chainedRefusal);
}

/** What one attempt says, by its error or its status. */
export function toAttemptVerdict(
  code: ErrorCode | undefined,
  statusCode: number | undefined,
  isChainedRefusal: boolean,
): Verdict {
  if (code !== undefined && FAILURES.has(code)) return { kind: "failure", reason: code };
  if (statusCode === undefined || statusCode === 429 || isChainedRefusal) return { kind: "neutral" };
  return statusCode >= 500 ? { kind: "failure", reason: `status ${statusCode}` } : { kind: "success" };
}
