/** @module What the program tells of itself: `/health`, the status for the pages, `/ready` and `/metrics`. */

import type { ErrorCode } from "./domain/error.ts";
import type { CaptureMode } from "./domain/exchange.ts";
import type { LinkSenderStats } from "./journal/link.ts";
import type { Journal } from "./journal/journal.ts";
import type { LoopStatus, PriceStatus, RecorderStatus } from "./message/status.ts";
import type { Breakers } from "./proxy/breaker.ts";
import { createObserver, type Observer } from "./proxy/observe.ts";
import type { OutgoingNetwork } from "./proxy/options.ts";
import type { Health } from "./proxy/own.ts";
import type { RouteTable } from "./proxy/route.ts";
import type { Child, ChildName, ChildState } from "./proxy/supervise.ts";

export type ReportParts = {
  readonly options: {
    readonly proxy: { readonly version: string; readonly outgoing: OutgoingNetwork };
    readonly demo: boolean;
    readonly capture: CaptureMode;
    /** No calls of our own. */
    readonly offline: boolean;
    readonly prices: { readonly maxAgeMs: number };
  };
  readonly now: () => number;
  readonly journal: Journal;
  readonly link: { stats(): LinkSenderStats };
  readonly runner: { readonly breakers: Breakers; readonly heldBytes: number };
  readonly running: { readonly size: number };
  readonly refused: Readonly<Partial<Record<ErrorCode, number>>>;
  readonly routes: () => RouteTable;
  readonly find: (name: ChildName) => Child | undefined;
};

export type Report = Observer & {
  health(): Health;
  /** What the pages show of this process. */
  status(addresses: readonly string[]): object;
  /** Takes the recorder's word of the moment. */
  hear(status: RecorderStatus): void;
};

const CHILDREN: readonly ChildName[] = ["recorder", "api"];

export function createReport(parts: ReportParts): Report {
  const { options, now, journal, link, runner, running, refused, routes } = parts;
  const startedAtMs = Date.now();
  let recorder: RecorderStatus | undefined;
  let heardAt = now();

  const states = (): Readonly<Record<string, ChildState>> =>
    Object.fromEntries(
      CHILDREN.flatMap((name) => {
        const state = stateOf(name);
        return state === undefined ? [] : [[name, state]];
      }),
    );
  const stateOf = (name: ChildName): ChildState | undefined => parts.find(name)?.state();

  const observer = createObserver({
    now,
    clock: Date.now,
    recorder: () => ({ state: stateOf("recorder"), status: recorder, silentMs: now() - heardAt }),
    journal: () => journal.stats(),
    prices: () => recorder?.prices,
    maxPriceAgeMs: options.prices.maxAgeMs,
    loops: () => [...(recorder?.loops ?? []), ...toRefreshLoop(recorder?.prices)],
    upstream: () => ({
      upstream: routes().defaultUpstream,
      network: options.proxy.outgoing,
      offline: options.offline,
      userAgent: `modeltap/${options.proxy.version}`,
    }),
    findBreaker: (id) => runner.breakers.find(id),
    state: () => ({
      version: options.proxy.version,
      running: running.size,
      heldBytes: runner.heldBytes,
      refused,
      breakers: runner.breakers.list(),
      journal: journal.stats(),
      recorder,
      children: states(),
    }),
  });

  return {
    ...observer,
    hear(status) {
      recorder = status;
      heardAt = now();
    },
    health() {
      const stats = journal.stats();
      const children = states();
      const well = stats.mode === "disk" && Object.values(children).every(({ state }) => state !== "restarting");
      return {
        status: well ? "ok" : "degraded",
        version: options.proxy.version,
        started_at_ms: startedAtMs,
        demo: options.demo,
        capture: options.capture,
        processes: {
          proxy: process.pid,
          recorder: stateOf("recorder")?.pid ?? null,
          api: stateOf("api")?.pid ?? null,
        },
        children,
        traffic: { running: running.size, held_bytes: runner.heldBytes, refused },
        journal: stats,
        link: link.stats(),
        breakers: runner.breakers.list().filter(({ state }) => state !== "closed"),
        recorder: recorder ?? null,
      };
    },
    status(addresses) {
      const stats = journal.stats();
      const state = stateOf("recorder");
      return {
        version: options.proxy.version,
        demo: options.demo,
        capture: options.capture,
        addresses,
        journal: {
          mode: stats.mode,
          lostExchanges: stats.lostHeads,
          lostBodies: stats.lostEntries - stats.lostHeads,
        },
        recorder: {
          state: state?.state === "running" ? "running" : state?.state === "starting" ? "starting" : "away",
          ...(state?.lastExit === undefined ? {} : { detail: state.lastExit }),
        },
      };
    },
  };
}

/** Prices are fetched by a loop only where they are fetched at all. */
function toRefreshLoop(prices: PriceStatus | undefined): readonly LoopStatus[] {
  if (prices?.nextTryAtMs === undefined) return [];
  const { lastError, fetchedAtMs } = prices;
  return [
    {
      name: "price-refresh",
      failures: lastError === undefined ? 0 : 1,
      ...(fetchedAtMs === undefined ? {} : { lastSuccessAgeMs: Date.now() - fetchedAtMs }),
      ...(lastError === undefined ? {} : { lastError }),
    },
  ];
}
