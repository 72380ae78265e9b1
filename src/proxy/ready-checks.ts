/** @module What makes the program ready: store, journal, recorder, prices, default upstream and background loops. Pure. */

import type { JournalStats } from "../journal/journal.ts";
import type { LoopStatus, RecorderStatus } from "../message/status.ts";
import type { CheckResult, CheckStatus } from "./readiness.ts";
import type { ChildState } from "./supervise.ts";

/** What is known of the recorder, the one process that writes the store. */
export type RecorderFacts = {
  readonly state: ChildState | undefined;
  readonly status: RecorderStatus | undefined;
  /** Since its last word. */
  readonly silentMs: number;
};

/** It reports every second; a restart takes less than this. */
const AWAY_MS = 5000;
const LAG_WARN_MS = 60_000;

/** The store is asked by the recorder alone: what it met last is what is known. */
export function checkStore({ status, silentMs }: RecorderFacts): CheckResult {
  if (status === undefined || silentMs > AWAY_MS) return { status: "warn", output: "the recorder has not reported" };
  const { storeFailingMs, lastStoreError } = status;
  if (storeFailingMs === undefined) return { status: "pass" };
  return {
    status: storeFailingMs >= AWAY_MS ? "fail" : "warn",
    output: `writes have failed for ${toSeconds(storeFailingMs)}: ${lastStoreError ?? "unknown"}`,
  };
}

export function checkRecorder({ state, status, silentMs }: RecorderFacts): CheckResult {
  const facts = { restarts: state?.restarts ?? 0, lagMs: status === undefined ? null : Math.round(status.lagMs) };
  if (state?.state !== "running" || silentMs > AWAY_MS) {
    const how = state?.lastExit === undefined ? "" : `; it ended with ${state.lastExit}`;
    // The journal keeps what comes meanwhile, so a restart is no failure yet.
    return {
      ...facts,
      status: silentMs > AWAY_MS ? "fail" : "warn",
      output: `no word for ${toSeconds(silentMs)}${how}`,
    };
  }
  if ((status?.lagMs ?? 0) <= LAG_WARN_MS) return { ...facts, status: "pass" };
  return { ...facts, status: "warn", output: `${toSeconds(status?.lagMs ?? 0)} behind the journal` };
}

/** Entries that could not be kept are a failure while it goes on; in memory alone they are at risk. */
export function checkJournal(stats: JournalStats, lostBefore: number): CheckResult {
  const facts = { mode: stats.mode, lostEntries: stats.lostEntries };
  if (stats.lostEntries > lostBefore) {
    return {
      ...facts,
      status: "fail",
      output: `${stats.lostEntries - lostBefore} entries were lost since the last check`,
    };
  }
  const reason = stats.lastError === undefined ? "" : `: ${stats.lastError}`;
  if (stats.mode === "memory") return { ...facts, status: "warn", output: `kept in memory${reason}` };
  if (stats.diskLow) return { ...facts, status: "warn", output: "free disk is low, bodies are not kept" };
  return { ...facts, status: "pass" };
}

/** The prices in force, as far as the recorder tells. */
export type PriceFacts = {
  readonly rows?: number;
  readonly fetchedAtMs?: number;
  readonly nextTryAtMs?: number;
  readonly lastError?: string;
};

/** Traffic does not need fresh prices, so old ones are only worth a warning. */
export function checkPrices(prices: PriceFacts | undefined, nowMs: number, maxAgeMs: number): CheckResult {
  if (prices === undefined) return { status: "pass", output: "built-in prices" };
  const { rows, fetchedAtMs, nextTryAtMs, lastError } = prices;
  const ageMs = fetchedAtMs === undefined ? null : nowMs - fetchedAtMs;
  const facts = { ageMs, ...(rows === undefined ? {} : { rows }) };
  // Without a next try prices are not fetched at all: by choice, or offline.
  if (nextTryAtMs === undefined && fetchedAtMs === undefined)
    return { ...facts, status: "pass", output: "built-in prices" };
  const reason = lastError === undefined ? "" : `: ${lastError}`;
  if (ageMs === null) return { ...facts, status: "warn", output: `none were fetched yet${reason}` };
  if (ageMs <= maxAgeMs) return { ...facts, status: "pass" };
  return { ...facts, status: "warn", output: `fetched ${toSeconds(ageMs)} ago${reason}` };
}

/** A loop that fails is tried again; one that has failed a hundred times in a row does not work. */
export function checkLoops(loops: readonly LoopStatus[]): CheckResult {
  const status: CheckStatus = loops.some(({ failures }) => failures >= 100)
    ? "fail"
    : loops.some(({ failures }) => failures > 0)
      ? "warn"
      : "pass";
  const failing = loops.filter(({ failures }) => failures > 0);
  return {
    status,
    loops: loops.length,
    loopHealth: loops.map(({ name, failures, lastSuccessAgeMs, lastErrorAgeMs }) => ({
      name,
      status: failures === 0 ? "pass" : failures >= 100 ? "fail" : "warn",
      consecutiveFailures: failures,
      ...(lastSuccessAgeMs === undefined ? {} : { lastSuccessAgeMs: Math.round(lastSuccessAgeMs) }),
      ...(lastErrorAgeMs === undefined ? {} : { lastErrorAgeMs: Math.round(lastErrorAgeMs) }),
    })),
    failedLoops: failing.map(({ name }) => name),
    ...(failing.length === 0
      ? {}
      : { output: failing.map(({ name, lastError }) => `${name}: ${lastError ?? "failed"}`).join("; ") }),
  };
}

function toSeconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
