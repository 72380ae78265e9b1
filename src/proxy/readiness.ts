/** @module `/ready`: checks with a limit each, run together, remembered for three seconds and never run twice at once. */

export type CheckStatus = "pass" | "warn" | "fail";

/** What a check found; `output` says what is wrong, in words without secrets. */
export type CheckResult = {
  readonly status: CheckStatus;
  /** How long the check took, in ms. */
  readonly responseTime?: number;
  readonly output?: string;
  readonly [fact: string]: unknown;
};

export type Check = {
  readonly limitMs: number;
  /** May reject, and may hang: the limit holds either way. The signal says that nobody waits any more. */
  readonly run: (signal: AbortSignal) => CheckResult | Promise<CheckResult>;
};

export type Readiness = {
  readonly status: CheckStatus;
  readonly checks: Readonly<Record<string, CheckResult>>;
};

export type ReadinessOptions = {
  readonly checks: Readonly<Record<string, Check>>;
  /** Further names of checks, as other programs ask for them. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly now: () => number;
  readonly rememberMs?: number;
  /** A check that hangs is not started again before this, unless it ends. */
  readonly stuckMs?: number;
  readonly onChecked?: (name: string, result: CheckResult) => void;
};

/** The function that answers; callers at one time share one run. Never rejects. */
export function createReadiness(options: ReadinessOptions): () => Promise<Readiness> {
  const { checks, aliases, now, rememberMs = 3000, stuckMs = 30_000 } = options;
  const running = new Map<string, { readonly since: number }>();
  let last: { readonly at: number; readonly value: Promise<Readiness> } | undefined;

  async function runAll(): Promise<Readiness> {
    const names = Object.keys(checks);
    const results = await Promise.all(names.map(async (name) => [name, await runOne(name)] as const));
    const byName: Record<string, CheckResult> = Object.fromEntries(results);
    for (const [alias, name] of Object.entries(aliases)) {
      const result = byName[name];
      if (result !== undefined) byName[alias] = result;
    }
    const found = results.map(([, { status }]) => status);
    const worst = found.includes("fail") ? "fail" : found.includes("warn") ? "warn" : "pass";
    return { status: worst, checks: byName };
  }

  async function runOne(name: string): Promise<CheckResult> {
    const check = checks[name];
    if (check === undefined) return { status: "fail", output: "there is no such check" };
    const startedAt = now();
    const stuck = running.get(name);
    if (stuck !== undefined && startedAt - stuck.since < stuckMs) {
      return { status: "fail", output: `did not answer for ${Math.round((startedAt - stuck.since) / 1000)} s` };
    }
    const result = await limit(name, check, startedAt);
    const timed = { ...result, responseTime: Math.round((now() - startedAt) * 10) / 10 };
    options.onChecked?.(name, timed);
    return timed;
  }

  async function limit(name: string, check: Check, startedAt: number): Promise<CheckResult> {
    const run = { since: startedAt };
    running.set(name, run);
    const abort = new AbortController();
    const finished = (async () => check.run(abort.signal))()
      .catch((failure: unknown): CheckResult => ({ status: "fail", output: toText(failure) }))
      .finally(() => {
        if (running.get(name) === run) running.delete(name);
      });
    const late = Promise.withResolvers<CheckResult>();
    const timer = setTimeout(() => {
      abort.abort();
      late.resolve({ status: "fail", output: `did not answer within ${check.limitMs} ms` });
    }, check.limitMs);
    const result = await Promise.race([finished, late.promise]);
    clearTimeout(timer);
    return result;
  }

  return () => {
    if (last === undefined || now() - last.at >= rememberMs) {
      const value = runAll();
      last = { at: now(), value };
    }
    return last.value;
  };
}

function toText(failure: unknown): string {
  return failure instanceof Error ? failure.message.slice(0, 200) : "failed";
}
