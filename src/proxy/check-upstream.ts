/** @module Whether the default upstream answers: one HEAD request without credentials; any status below 500 is an answer. */

import type { BreakerFacts } from "./breaker.ts";
import { toConnectionOptions } from "./network.ts";
import type { OutgoingNetwork } from "./options.ts";
import type { CheckResult } from "./readiness.ts";
import type { Upstream } from "../provider/upstream.ts";

export type UpstreamCheck = {
  readonly upstream: Upstream | undefined;
  readonly breaker: BreakerFacts | undefined;
  readonly network: OutgoingNetwork;
  /** No calls of our own. */
  readonly offline: boolean;
  readonly userAgent: string;
};

/** Rejects when nobody answers; the signal ends the wait. */
export async function checkUpstream(check: UpstreamCheck, signal: AbortSignal): Promise<CheckResult> {
  const { upstream, breaker } = check;
  if (upstream === undefined) return { status: "pass", output: "no default upstream is set" };
  const facts = { id: upstream.id };
  if (upstream.baseUrl === undefined) return { ...facts, status: "warn", output: "it has no base URL" };
  if (breaker?.state === "open") return { ...facts, status: "fail", output: "its breaker is open" };
  if (check.offline) return { ...facts, status: "pass", output: "not asked: offline" };
  const answer = await fetch(upstream.baseUrl, {
    method: "HEAD",
    redirect: "manual",
    headers: { "user-agent": check.userAgent },
    signal,
    ...toConnectionOptions(upstream, check.network),
  }).catch(() => undefined);
  if (answer === undefined) return { ...facts, status: "fail", output: "no answer" };
  await answer.body?.cancel();
  if (answer.status < 500) return { ...facts, status: "pass", statusCode: answer.status };
  return { ...facts, status: "fail", statusCode: answer.status, output: `answered with status ${answer.status}` };
}
