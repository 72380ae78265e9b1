/** @module `/ready` and `/metrics` over the parts of this process; both answer while recorder and api are dead. */

import type { JournalStats } from "../journal/journal.ts";
import type { Counts } from "../message/counts.ts";
import type { LoopStatus } from "../message/status.ts";
import { EXPOSITION_TYPE, toExposition } from "../telemetry/exposition.ts";
import type { BreakerFacts } from "./breaker.ts";
import { CheckTimes } from "./check-times.ts";
import { checkUpstream, type UpstreamCheck } from "./check-upstream.ts";
import { type StateFacts, toStateMetrics } from "./metrics.ts";
import { createReadiness } from "./readiness.ts";
import {
  checkJournal,
  checkLoops,
  checkPrices,
  checkRecorder,
  checkStore,
  type PriceFacts,
  type RecorderFacts,
} from "./ready-checks.ts";
import { Totals } from "./totals.ts";

export type ObserverOptions = {
  readonly now: () => number;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly recorder: () => RecorderFacts;
  readonly journal: () => JournalStats;
  readonly prices: () => PriceFacts | undefined;
  readonly maxPriceAgeMs: number;
  readonly loops: () => readonly LoopStatus[];
  readonly upstream: () => Omit<UpstreamCheck, "breaker">;
  readonly findBreaker: (id: string) => BreakerFacts | undefined;
  readonly state: () => StateFacts;
};

export type Observer = {
  ready(): Promise<Response>;
  metrics(): Response;
  /** Takes counts of the recorder. */
  count(counts: Counts): void;
};

/** Names of agent-cli-proxy's checks, for who asks by them. */
const ALIASES = { database: "store", pricing: "prices", supervisor: "loops" } as const;
const LOCAL_LIMIT_MS = 300;
const UPSTREAM_LIMIT_MS = 1000;

export function createObserver(options: ObserverOptions): Observer {
  const totals = new Totals();
  const times = new CheckTimes();
  let lostBefore = options.journal().lostEntries;

  const local = (run: Parameters<typeof createReadiness>[0]["checks"][string]["run"]) => ({
    limitMs: LOCAL_LIMIT_MS,
    run,
  });
  const check = createReadiness({
    now: options.now,
    aliases: ALIASES,
    onChecked: (name, result) => times.add(name, result),
    checks: {
      store: local(() => checkStore(options.recorder())),
      journal: local(() => {
        const stats = options.journal();
        const result = checkJournal(stats, lostBefore);
        lostBefore = stats.lostEntries;
        return result;
      }),
      recorder: local(() => checkRecorder(options.recorder())),
      prices: local(() => checkPrices(options.prices(), options.clock(), options.maxPriceAgeMs)),
      upstream: {
        limitMs: UPSTREAM_LIMIT_MS,
        run: (signal) => {
          const asked = options.upstream();
          const breaker = asked.upstream === undefined ? undefined : options.findBreaker(asked.upstream.id);
          return checkUpstream({ ...asked, breaker }, signal);
        },
      },
      loops: local(() => checkLoops(options.loops())),
    },
  });

  return {
    async ready() {
      const readiness = await check();
      return Response.json(readiness, {
        status: readiness.status === "fail" ? 503 : 200,
        headers: { "cache-control": "no-store" },
      });
    },
    metrics() {
      const text = toExposition([...toStateMetrics(options.state()), ...totals.metrics(), times.metric()]);
      return new Response(text, { headers: { "content-type": EXPOSITION_TYPE, "cache-control": "no-store" } });
    },
    count: (counts) => totals.add(counts),
  };
}
