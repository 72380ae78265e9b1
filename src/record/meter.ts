/** @module Counts the exchanges that were committed, until the next report takes the counts away. */

import type { Exchange } from "../domain/exchange.ts";
import { type CountedRow, DURATION_BOUNDS_MS } from "../message/counts.ts";

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };
type Row = Omit<Writable<CountedRow>, "duration" | "firstByte"> & {
  readonly duration: { sumMs: number; readonly classes: number[] };
  readonly firstByte: { sumMs: number; readonly classes: number[] };
};

/** Names come from callers: between two reports no more groups than this are told apart. */
const MAX_GROUPS = 1000;

export class Meter {
  readonly #rows = new Map<string, Row>();

  /** Counts an exchange that ended; one that is pending is not counted. */
  add(exchange: Exchange): void {
    if (exchange.state === "pending") return;
    const { usage, cost, timing, kind, statusCode } = exchange;
    const row = this.#findRow(exchange);
    const isRefused = (statusCode ?? 0) >= 400;
    row.requests += 1;
    row.unpriced += kind === "generation" && !isRefused && cost?.totalNanoUsd === undefined ? 1 : 0;
    row.inputTokens += toCount(usage?.inputTokens);
    row.outputTokens += toCount(usage?.outputTokens);
    row.cacheReadTokens += toCount(usage?.cacheReadTokens);
    row.cacheWriteTokens += toCount(usage?.cacheWriteTokens);
    row.reasoningTokens += toCount(usage?.reasoningTokens);
    row.costNanoUsd += toCount(cost?.totalNanoUsd);
    addDuration(row.duration, timing.durationMs);
    addDuration(row.firstByte, timing.ttfbMs);
  }

  /** The counts since the last call; they are the caller's now. */
  take(): readonly CountedRow[] {
    const rows = [...this.#rows.values()];
    this.#rows.clear();
    return rows;
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
      duration: { sumMs: 0, classes: noClasses() },
      firstByte: { sumMs: 0, classes: noClasses() },
    };
    this.#rows.set(name, row);
    return row;
  }
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
