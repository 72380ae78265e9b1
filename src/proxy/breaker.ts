/** @module Circuit breakers, one per upstream: stop using what keeps failing, let one probe find out when it is well. */

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
  /** Milliseconds until a probe is let through; 0 when one may go now. */
  readonly retryAfterMs: number;
};

/** A pass for one exchange; `probe` means that this exchange decides for all. Given back exactly once by `report`. */
export type Pass = { readonly id: string; readonly probe: boolean; readonly generation: number };

export type Admission = { readonly pass: Pass } | { readonly retryAfterMs: number };

/** `neutral` says nothing about the upstream: the client's own fault, its abort, a rate limit. */
export type Verdict = { readonly kind: "success" | "neutral" } | { readonly kind: "failure"; readonly reason: string };

export type Breakers = {
  admit(id: string): Admission;
  report(pass: Pass, verdict: Verdict): void;
  list(): readonly BreakerFacts[];
  find(id: string): BreakerFacts | undefined;
  reset(id: string): boolean;
};

export type BreakerOptions = {
  /** Consecutive failures that open it; 0 switches breakers off. */
  readonly openAfterFailures: number;
  readonly halfOpenAfterMs: number;
  /** A closed breaker without failures is forgotten after this rest. */
  readonly evictAfterMs: number;
  readonly now: () => number;
};

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
};

const SWEEP_EVERY = 256;

/** Cost of `admit` on the way of a request: one map look-up. */
export function createBreakers(options: BreakerOptions): Breakers {
  const { now } = options;
  const breakers = new Map<string, Breaker>();
  let admissions = 0;

  function get(id: string): Breaker {
    let breaker = breakers.get(id);
    if (breaker === undefined) {
      breaker = createClosed(now());
      breakers.set(id, breaker);
    }
    return breaker;
  }

  function change(breaker: Breaker, state: BreakerState): void {
    breaker.state = state;
    breaker.generation += 1;
    breaker.probing = false;
    if (state === "open") {
      breaker.openedAt = now();
      breaker.opens += 1;
    }
    if (state === "closed") Object.assign(breaker, { consecutiveFailures: 0, successes: 0, failures: 0 });
  }

  function retryAfterMs(breaker: Breaker): number {
    if (breaker.state === "closed") return 0;
    return Math.max(0, breaker.openedAt + options.halfOpenAfterMs - now());
  }

  function toFacts(id: string, breaker: Breaker): BreakerFacts {
    const { state, consecutiveFailures, successes, failures, opens, lastFailure } = breaker;
    return {
      id,
      state,
      consecutiveFailures,
      successes,
      failures,
      opens,
      ...(lastFailure === undefined ? {} : { lastFailure }),
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
      if (breaker.state === "closed" || options.openAfterFailures === 0) return { pass };
      const waitMs = retryAfterMs(breaker);
      if (waitMs > 0) return { retryAfterMs: waitMs };
      // The probe is on its way until its body has ended: everybody else waits for what it finds.
      if (breaker.probing) return { retryAfterMs: Math.min(1000, options.halfOpenAfterMs) };
      if (breaker.state === "open") change(breaker, "half-open");
      breaker.probing = true;
      return { pass: { id, probe: true, generation: breaker.generation } };
    },
    report(pass, verdict) {
      const breaker = breakers.get(pass.id);
      if (breaker === undefined) return;
      if (verdict.kind === "success") breaker.successes += 1;
      if (verdict.kind === "failure") {
        breaker.failures += 1;
        breaker.lastFailure = verdict.reason;
      }
      if (pass.generation !== breaker.generation) return;
      if (pass.probe) {
        if (verdict.kind === "success") change(breaker, "closed");
        else if (verdict.kind === "failure") change(breaker, "open");
        // A probe that found out nothing leaves its place to the next one.
        else breaker.probing = false;
        return;
      }
      if (verdict.kind === "success") breaker.consecutiveFailures = 0;
      if (verdict.kind === "failure") {
        breaker.consecutiveFailures += 1;
        const limit = options.openAfterFailures;
        if (breaker.state === "closed" && limit > 0 && breaker.consecutiveFailures >= limit) change(breaker, "open");
      }
    },
    list: () => [...breakers].map(([id, breaker]) => toFacts(id, breaker)),
    find(id) {
      const breaker = breakers.get(id);
      return breaker === undefined ? undefined : toFacts(id, breaker);
    },
    reset(id) {
      const breaker = breakers.get(id);
      if (breaker === undefined) return false;
      change(breaker, "closed");
      return true;
    },
  };
}

function createClosed(at: number): Breaker {
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
  };
}

function evictIdle(breakers: Map<string, Breaker>, at: number, evictAfterMs: number): void {
  for (const [id, breaker] of breakers) {
    if (breaker.state === "closed" && breaker.consecutiveFailures === 0 && at - breaker.usedAt > evictAfterMs) {
      breakers.delete(id);
    }
  }
}
