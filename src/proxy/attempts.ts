/** @module The attempts of an exchange: its targets in turn, each again where that is safe, until one answers. */

import { ProxyError } from "../domain/error.ts";
import { createAttempt, type Answer, type AttemptOptions, type Call } from "./attempt.ts";
import { mayStandIn } from "../provider/outgoing-head.ts";
import type { Decision, Target } from "./decide.ts";
import type { LiveExchange } from "./live.ts";
import { findRateLimitWaitMs, isSafeToRepeat, isWorthRepeating, toBackoffMs } from "./retry.ts";
import { isUpstreamFailure, toAttemptVerdict } from "./verdict.ts";
import type { WaitEnd, Waits } from "./waits.ts";
import { originOf } from "./watch.ts";

export type Attempts = {
  /** The first answer that is worth passing on, or the last one. Throws ProxyError when no target gave one. */
  send(call: Call, decision: Decision): Promise<Answer>;
};

export type AttemptsOptions = AttemptOptions & {
  readonly waits: Waits;
  /** Epoch milliseconds, for upstreams that name a date. */
  readonly clock: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
};

export function createAttempts(deps: AttemptsOptions): Attempts {
  const { options, breakers, reuse, waits, now, clock, random } = deps;
  const attempt = createAttempt(deps);

  async function send(call: Call, { targets }: Decision): Promise<Answer> {
    for (const [index, target] of targets.entries()) {
      const others = targets.slice(index + 1);
      const mayRepeat = others.length > 0 || (options.retries?.rateLimitMax ?? 0) > 0;
      const hasOther = (): boolean => call.isRepeatable() && others.some((other) => mayBeUsed(other, call));
      const found = await trySame(call, target, { mayRepeat, hasOther });
      if (found !== undefined) return found;
    }
    throw new ProxyError("internal", "A decision without targets.");
  }

  /**
   * One upstream, again while that is safe and allowed; undefined when the next one shall be asked. A different
   * upstream comes before another try at the same one.
   */
  async function trySame(
    call: Call,
    target: Target,
    { mayRepeat, hasOther }: { readonly mayRepeat: boolean; readonly hasOther: () => boolean },
  ): Promise<Answer | undefined> {
    const { live } = call;
    const tries = { repeated: 0, rateLimited: 0 };
    for (;;) {
      const attemptsBefore = live.attempts.length;
      const startedMs = live.elapsedMs();
      live.begin(target.upstream);
      try {
        const found = await attempt(call, target, mayRepeat);
        const { answer } = found;
        if (!isWorthAnother(answer.status)) return found;
        if (hasOther()) {
          giveUp(live, undefined, answer.status);
          await discard(answer);
          return undefined;
        }
        const waitMs = call.isRepeatable() ? findWaitMs(call, answer, tries) : undefined;
        if (waitMs === undefined) return found;
        // A wait may be long: the breaker is told now, so that a probe does not hold up the others.
        giveUp(live, undefined, answer.status);
        // The answer is kept until the wait is over: when it ends early it is still the client's.
        const end = mayBeUsed(target, call) ? await pause(live, waitMs) : "stopping";
        if (end === "gone") throw new ProxyError("request_aborted", "The client closed the connection.");
        if (end === "stopping" || !mayBeUsed(target, call)) return found;
        await discard(answer);
      } catch (failure) {
        if (!(failure instanceof ProxyError) || !mayGoOn(live)) throw failure;
        // What was refused before it reached the network is an attempt, too: the row shows why the next one was needed.
        const wasSent = live.attempts.length > attemptsBefore;
        if (mayTryAnother(failure) && hasOther()) {
          if (!wasSent) {
            live.attempts.push({ upstream: target.upstream.id, url: target.upstream.baseUrl ?? "", startedMs });
          }
          giveUp(live, failure);
          return undefined;
        }
        const max = options.retries?.max ?? 0;
        if (!wasSent || tries.repeated >= max || !call.isRepeatable() || !isSafe(call, failure)) throw failure;
        // The pass is kept: for the breaker the tries of one request are one failure, if the last of them fails.
        endAttempt(live, failure);
        const waitMs = toBackoffMs(tries.repeated++, random());
        if (!mayBeUsed(target, call) || (await pause(live, waitMs)) !== "over" || !mayBeUsed(target, call))
          throw failure;
      }
    }
  }

  function isSafe({ request, live }: Call, error: ProxyError): boolean {
    const failure = { method: request.method, error, reused: live.reused, afterMs: now() - live.forwardedAt };
    if (error.code === "upstream_disconnected") reuse.drop(originOf(live));
    return isSafeToRepeat(failure);
  }

  /** Milliseconds before the same is asked again, counted as a try; undefined when it is not. */
  function findWaitMs(
    { request }: Call,
    answer: Response,
    tries: { repeated: number; rateLimited: number },
  ): number | undefined {
    const { retries } = options;
    if (retries === undefined) return undefined;
    if (tries.rateLimited < retries.rateLimitMax) {
      const facts = { tries: tries.rateLimited, draw: random(), maxMs: retries.maxWaitMs, atMs: clock() };
      const waitMs = findRateLimitWaitMs(answer, facts);
      if (waitMs !== undefined) tries.rateLimited += 1;
      if (waitMs !== undefined) return waitMs;
    }
    if (tries.repeated >= retries.max || !isWorthRepeating(request.method, answer)) return undefined;
    return toBackoffMs(tries.repeated++, random());
  }

  function pause(live: LiveExchange, ms: number): Promise<WaitEnd> {
    live.begin(live.upstream);
    // No limit of the watch belongs to this time.
    live.phase = "request";
    return waits.wait(ms, live.abort.signal);
  }

  function mayBeUsed({ upstream, isStandIn }: Target, { head, query }: Call): boolean {
    if (isStandIn === true && !mayStandIn(upstream, head.outgoing, query)) return false;
    return (breakers.find(upstream.id)?.retryAfterMs ?? 0) === 0;
  }

  /** The attempt is over whatever comes next: its breaker hears of it, and the row. */
  function giveUp(live: LiveExchange, failure: ProxyError | undefined, statusCode?: number): void {
    if (live.pass !== undefined) {
      breakers.report(live.pass, toAttemptVerdict(failure?.code, statusCode, live.chainedRefusal));
    }
    live.pass = undefined;
    endAttempt(live, failure);
  }

  return { send };
}

function endAttempt(live: LiveExchange, failure?: ProxyError): void {
  const current = live.attempts.at(-1);
  if (current === undefined) return;
  current.endedMs = live.elapsedMs();
  if (failure !== undefined) current.errorCode = failure.code;
}

/** Its body is not wanted: the connection is free again, or closed. */
async function discard(answer: Response): Promise<void> {
  await answer.body?.cancel().catch(() => undefined);
}

/** Nothing of these answers is of use to the client if another upstream can do better. */
function isWorthAnother(status: number): boolean {
  return status === 429 || status >= 500;
}

const UNUSABLE = new Set(["circuit_open", "credential_missing", "upstream_not_configured"]);

function mayTryAnother({ code }: ProxyError): boolean {
  return isUpstreamFailure(code) || UNUSABLE.has(code);
}

/** False once the client is gone or we are stopping. */
function mayGoOn(live: LiveExchange): boolean {
  return !live.ended && (live.cause === undefined || live.cause.by === "upstream");
}
