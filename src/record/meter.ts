/** @module Counts the exchanges that were committed, until the next report takes the counts away. */

import type { Exchange } from "../domain/exchange.ts";
import { type CountedRow, type Counts, DURATION_BOUNDS_MS } from "../message/counts.ts";
import { AttemptMeter } from "./attempt-meter.ts";

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };
type Row = Omit<Writable<CountedRow>, "duration" | "firstByte"> & {
  readonly duration: { sumMs: number; readonly classes: number[] };
  readonly firstByte: { sumMs: number; readonly classes: number[] };
};

/** Names come from callers: between two reports no more groups than this are told apart. */
const MAX_GROUPS = 1000;

export class Meter {
  readonly #rows = new Map<string, Row>();
  readonly #attempts = new AttemptMeter();

  /** Counts an exchange that ended; one that is pending is not counted. */
  add(exchange: Exchange): void {
    if (exchange.state === "pending") return;
    const { usage, cost, timing } = exchange;
    const row = this.#findRow(exchange);
    this.#attempts.add(exchange);
    row.requests += 1;
    row.unpriced += isUnpriced(exchange) ? 1 : 0;
    row.inputTokens += toCount(usage?.inputTokens);
    row.outputTokens += toCount(usage?.outputTokens);
    row.cacheReadTokens += toCount(usage?.cacheReadTokens);
    row.cacheWriteTokens += toCount(usage?.cacheWriteTokens);
    row.reasoningTokens += toCount(usage?.reasoningTokens);
    row.costNanoUsd += toCount(cost?.totalNanoUsd);
    addDuration(row.duration, timing.durationMs);
    addDuration(row.firstByte, timing.ttfbMs);
  }

  /** Counts what later prices changed of an exchange that is in the store. */
  addRepriced(before: Exchange, after: Exchange): void {
    const row = this.#findRow(after);
    const difference = toCount(after.cost?.totalNanoUsd) - toCount(before.cost?.totalNanoUsd);
    row.costNanoUsd += Math.max(0, difference);
    row.reducedNanoUsd += Math.max(0, -difference);
    row.backfilled += isUnpriced(before) && !isUnpriced(after) ? 1 : 0;
  }

  /** The counts since the last call, which are the caller's now; undefined when there are none. */
  take(): Counts | undefined {
    const rows = [...this.#rows.values()];
    this.#rows.clear();
    return rows.length === 0 ? undefined : { rows, ...this.#attempts.take() };
  }

  #findRow(exchange: Exchange): Row {
    const { provider, kind, billing, statusCode } = exchange;
    const isFull = this.#rows.size >= MAX_GROUPS;
    const model = isFull ? "other" : (exchange.responseModel ?? exchange.requestModel ?? "");
    const tool = isFull ? "other" : (exchange.tool ?? "");
    const statusClass = statusCode === undefined ? 0 : Math.floor(statusCode / 100);
    const name = JSON.stringify([provider, model, tool, statusClass, kind, billing]);
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    const row: Row = {
      provider,
      model,
      tool,
      statusClass,
      kind,
      billing,
      requests: 0,
      unpriced: 0,
      inputTokens: 0,
      outputTokens: 0,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
      costNanoUsd: 0,
      reducedNanoUsd: 0,
      backfilled: 0,
      duration: { sumMs: 0, classes: noClasses() },
      firstByte: { sumMs: 0, classes: noClasses() },
    };
    this.#rows.set(name, row);
    return row;
  }
}

/** As the sums of the store have it: a generation call that was not refused, and has no cost. */
function isUnpriced({ kind, statusCode, cost }: Exchange): boolean {
  return kind === "generation" && (statusCode ?? 0) < 400 && cost?.totalNanoUsd === undefined;
}

/** Totals only grow: a credit (a negative cost) and a figure that is none add nothing. */
function toCount(value: number | undefined): number {
  return value !== undefined && value > 0 && Number.isFinite(value) ? value : 0;
}

function addDuration(counts: { sumMs: number; readonly classes: number[] }, ms: number | undefined): void {
  if (ms === undefined || !(ms >= 0)) return;
  counts.sumMs += ms;
  const found = DURATION_BOUNDS_MS.findIndex((bound) => ms <= bound);
  const at = found === -1 ? DURATION_BOUNDS_MS.length : found;
  counts.classes[at] = (counts.classes[at] ?? 0) + 1;
}

function noClasses(): number[] {
  return Array.from({ length: DURATION_BOUNDS_MS.length + 1 }, () => 0);
}
