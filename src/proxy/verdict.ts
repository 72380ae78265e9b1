/** @module What the end of an exchange says about its upstream: well, failing, or nothing. */

import type { ErrorCode } from "../domain/error.ts";
import type { FailureClass, Verdict } from "./breaker.ts";
import type { LiveExchange, Outcome } from "./live.ts";

const FAILURES: Readonly<Partial<Record<ErrorCode, FailureClass>>> = {
  upstream_connect_failed: "connect",
  upstream_connect_timeout: "connect",
  upstream_tls_failed: "connect",
  upstream_first_byte_timeout: "timeout",
  upstream_idle_timeout: "timeout",
  upstream_total_timeout: "timeout",
  upstream_disconnected: "broken",
  upstream_invalid_response: "broken",
};

/** True for errors after which another upstream may do better: it could not be reached, or said nothing of use. */
export function isUpstreamFailure(code: ErrorCode): boolean {
  return FAILURES[code] !== undefined;
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
  const failureClass = code === undefined ? undefined : FAILURES[code];
  if (code !== undefined && failureClass !== undefined) return { kind: "failure", reason: code, class: failureClass };
  if (statusCode === undefined || statusCode === 429 || isChainedRefusal) return { kind: "neutral" };
  if (statusCode < 500) return { kind: "success" };
  return { kind: "failure", reason: `status ${statusCode}`, class: "status" };
}
