/** @module Circuit breakers, one per upstream: stop using what keeps failing, let one probe find out when it is well. */

import { createRateWindow, type RateWindow } from "./rate-window.ts";

export type BreakerState = "closed" | "open" | "half-open";

export type BreakerFacts = {
  readonly id: string;
  readonly state: BreakerState;
  readonly consecutiveFailures: number;
  /** Successes and failures since the breaker last closed. */
  readonly successes: number;
  readonly failures: number;
  readonly opens: number;
  readonly lastFailure?: string;
  /** Failures since the start, by what they were. */
  readonly failuresByClass: Readonly<Partial<Record<FailureClass, number>>>;
  /** Counts of the window of the failure rate; absent when that is off. */
  readonly window?: { readonly requests: number; readonly failures: number };
  /** How long ago it opened (undefined while closed), and was last used. */
  readonly openedAgoMs?: number;
  readonly usedAgoMs: number;
  /** Milliseconds until a probe is let through; 0 when one may go now. */
  readonly retryAfterMs: number;
};

/** A pass for one exchange; `probe` means that this exchange decides for all. Given back exactly once by `report`. */
export type Pass = { readonly id: string; readonly probe: boolean; readonly generation: number };

export type Admission = { readonly pass: Pass } | { readonly retryAfterMs: number };

/** `neutral` says nothing about the upstream: the client's own fault, its abort, a rate limit. */
export type Verdict =
  | { readonly kind: "success" | "neutral" }
  | { readonly kind: "failure"; readonly reason: string; readonly class: FailureClass };

/** No connection, a passed time limit, a status of 500 and above, an answer that broke off or was no HTTP. */
export type FailureClass = "connect" | "timeout" | "status" | "broken";

export type Breakers = {
  admit(id: string): Admission;
  /** As `admit` would refuse at this moment, without taking anything; undefined when it would let through. */
  refusal(id: string): { readonly retryAfterMs: number } | undefined;
  report(pass: Pass, verdict: Verdict): void;
  list(): readonly BreakerFacts[];
  find(id: string): BreakerFacts | undefined;
  reset(id: string): boolean;
};

export type BreakerLimits = {
  /** Consecutive failures that open it; 0 = never. */
  readonly openAfterFailures: number;
  readonly halfOpenAfterMs: number;
  /** A closed breaker without failures is forgotten after this rest. */
  readonly evictAfterMs: number;
  /** Part of the answers within the window that must fail to open it, too; absent or 0 = never. */
  readonly failureRate?: number;
  readonly windowMs?: number;
  /** Answers within the window below which the rate says nothing. */
  readonly minRequests?: number;
};

export type BreakerOptions = BreakerLimits & {
  readonly now: () => number;
  /** Called when one opens, the failed probe included, and when one closes. */
  readonly onChange?: (change: BreakerChange) => void;
};

export type BreakerChange =
  | { readonly id: string; readonly state: "closed" }
  | { readonly id: string; readonly state: "open"; readonly reason: string; readonly restMs: number };

type Breaker = {
  state: BreakerState;
  consecutiveFailures: number;
  successes: number;
  failures: number;
  opens: number;
  openedAt: number;
  usedAt: number;
  probing: boolean;
  /** Grows with each change of state: late reports of an earlier state are only counted. */
  generation: number;
  lastFailure?: string;
  readonly byClass: Partial<Record<FailureClass, number>>;
  readonly window: RateWindow | undefined;
};

const DEFAULT_WINDOW_MS = 60_000;
const DEFAULT_MIN_REQUESTS = 20;
const SWEEP_EVERY = 256;

/** Cost of `admit` on the way of a request: one map look-up. */
export function createBreakers(options: BreakerOptions): Breakers {
  const { now, openAfterFailures, failureRate = 0, minRequests = DEFAULT_MIN_REQUESTS } = options;
  const isOff = openAfterFailures === 0 && failureRate === 0;
  const breakers = new Map<string, Breaker>();
  let admissions = 0;

  function get(id: string): Breaker {
    let breaker = breakers.get(id);
    if (breaker === undefined) {
      breaker = createClosed(
        now(),
        failureRate > 0 ? createRateWindow(options.windowMs ?? DEFAULT_WINDOW_MS, now) : undefined,
      );
      breakers.set(id, breaker);
    }
    return breaker;
  }

  function change(id: string, breaker: Breaker, state: BreakerState): void {
    const before = breaker.state;
    breaker.state = state;
    breaker.generation += 1;
    breaker.probing = false;
    if (state === "open") {
      breaker.openedAt = now();
      breaker.opens += 1;
      const reason = breaker.lastFailure ?? "";
      options.onChange?.({ id, state, reason, restMs: options.halfOpenAfterMs });
    }
    if (state === "closed") {
      Object.assign(breaker, { consecutiveFailures: 0, successes: 0, failures: 0 });
      breaker.window?.clear();
      if (before !== "closed") options.onChange?.({ id, state });
    }
  }

  /** Whether a closed breaker has seen enough. */
  function hasFailedEnough(breaker: Breaker): boolean {
    if (openAfterFailures > 0 && breaker.consecutiveFailures >= openAfterFailures) return true;
    if (breaker.window === undefined) return false;
    const { requests, failures } = breaker.window.read();
    return requests >= minRequests && failures >= failureRate * requests;
  }

  function retryAfterMs(breaker: Breaker): number {
    if (breaker.state === "closed") return 0;
    return Math.max(0, breaker.openedAt + options.halfOpenAfterMs - now());
  }

  function findRefusal(breaker: Breaker): { readonly retryAfterMs: number } | undefined {
    if (breaker.state === "closed" || isOff) return undefined;
    const waitMs = retryAfterMs(breaker);
    if (waitMs > 0) return { retryAfterMs: waitMs };
    // The probe is on its way until its body has ended: everybody else waits for what it finds.
    return breaker.probing ? { retryAfterMs: Math.min(1000, options.halfOpenAfterMs) } : undefined;
  }

  function toFacts(id: string, breaker: Breaker): BreakerFacts {
    const { state, consecutiveFailures, successes, failures, opens, lastFailure, byClass, window } = breaker;
    const at = now();
    return {
      id,
      state,
      consecutiveFailures,
      successes,
      failures,
      opens,
      ...(lastFailure === undefined ? {} : { lastFailure }),
      failuresByClass: { ...byClass },
      ...(window === undefined ? {} : { window: window.read() }),
      ...(state === "closed" ? {} : { openedAgoMs: at - breaker.openedAt }),
      usedAgoMs: at - breaker.usedAt,
      retryAfterMs: retryAfterMs(breaker),
    };
  }

  return {
    admit(id) {
      admissions += 1;
      if (admissions % SWEEP_EVERY === 0) evictIdle(breakers, now(), options.evictAfterMs);
      const breaker = get(id);
      breaker.usedAt = now();
      const pass = { id, probe: false, generation: breaker.generation };
      if (breaker.state === "closed" || isOff) return { pass };
      const refusal = findRefusal(breaker);
      if (refusal !== undefined) return refusal;
      if (breaker.state === "open") change(id, breaker, "half-open");
      breaker.probing = true;
      return { pass: { id, probe: true, generation: breaker.generation } };
    },
    refusal(id) {
      const breaker = breakers.get(id);
      return breaker === undefined ? undefined : findRefusal(breaker);
    },
    report(pass, verdict) {
      // A long answer may outlast the breaker that let it through.
      const breaker = get(pass.id);
      breaker.usedAt = now();
      if (verdict.kind === "success") breaker.successes += 1;
      if (verdict.kind === "failure") {
        breaker.failures += 1;
        breaker.lastFailure = verdict.reason;
        breaker.byClass[verdict.class] = (breaker.byClass[verdict.class] ?? 0) + 1;
      }
      if (pass.generation !== breaker.generation) return;
      if (pass.probe) {
        if (verdict.kind === "success") change(pass.id, breaker, "closed");
        else if (verdict.kind === "failure") change(pass.id, breaker, "open");
        // A probe that found out nothing leaves its place to the next one.
        else breaker.probing = false;
        return;
      }
      if (verdict.kind === "neutral") return;
      const failed = verdict.kind === "failure";
      breaker.window?.add(failed);
      breaker.consecutiveFailures = failed ? breaker.consecutiveFailures + 1 : 0;
      if (failed && breaker.state === "closed" && hasFailedEnough(breaker)) change(pass.id, breaker, "open");
    },
    list() {
      evictIdle(breakers, now(), options.evictAfterMs);
      return [...breakers].map(([id, breaker]) => toFacts(id, breaker));
    },
    find(id) {
      const breaker = breakers.get(id);
      return breaker === undefined ? undefined : toFacts(id, breaker);
    },
    reset(id) {
      const breaker = breakers.get(id);
      if (breaker === undefined) return false;
      change(id, breaker, "closed");
      return true;
    },
  };
}

function createClosed(at: number, window: RateWindow | undefined): Breaker {
  return {
    state: "closed",
    consecutiveFailures: 0,
    successes: 0,
    failures: 0,
    opens: 0,
    openedAt: 0,
    usedAt: at,
    probing: false,
    generation: 0,
    byClass: {},
    window,
  };
}

function evictIdle(breakers: Map<string, Breaker>, at: number, evictAfterMs: number): void {
  for (const [id, breaker] of breakers) {
    if (breaker.state === "closed" && breaker.consecutiveFailures === 0 && at - breaker.usedAt > evictAfterMs) {
      breakers.delete(id);
    }
  }
}
