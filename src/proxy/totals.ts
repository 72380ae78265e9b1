/** @module Totals of all that the recorder counted, by few and bounded names, for as long as this process lives. */

import { type CountedRow, type Counts, DURATION_BOUNDS_MS, type DurationCounts } from "../message/counts.ts";
import type { HistogramSample, Labels, Metric, Sample } from "../telemetry/exposition.ts";

/** Names beyond these are counted as `other`: who calls us must not be able to fill the memory of who watches us. */
const CAPS = { provider: 100, upstream: 100, tool: 50, model: 200 } as const;
const BOUNDS_S = DURATION_BOUNDS_MS.map((bound) => bound / 1000);

type Named = { readonly labels: Labels; value: number };
type Timed = { readonly labels: Labels; sumMs: number; readonly classes: number[] };

/** Counters and histograms that never go back. */
export class Totals {
  readonly #names = new Map<keyof typeof CAPS, Set<string>>();
  readonly #counters = new Map<string, Map<string, Named>>();
  readonly #histograms = new Map<string, Map<string, Timed>>();

  add({ rows, attempts, errors }: Counts): void {
    for (const row of rows) this.#addRow(row);
    for (const { upstream, kind, result, attempts: count } of attempts) {
      this.#count("attempts", { upstream: this.#cap("upstream", upstream), kind, result }, count);
    }
    for (const { code, exchanges } of errors) this.#count("errors", { code }, exchanges);
  }

  #addRow(row: CountedRow): void {
    const provider = this.#cap("provider", row.provider);
    const tool = this.#cap("tool", row.tool);
    const model = this.#cap("model", row.model);
    const status = row.statusClass === 0 ? "none" : `${row.statusClass}xx`;
    const common = { provider, status_class: status, tool };
    this.#count("requests", { ...common, kind: row.kind }, row.requests);
    this.#count("model_requests", { provider, model }, row.requests);
    this.#count("unpriced", { provider }, row.unpriced);
    this.#count("backfilled", { provider }, row.backfilled);
    this.#count("cost", { provider, tool, billing: row.billing }, row.costNanoUsd);
    this.#count("reduced", { provider, tool, billing: row.billing }, row.reducedNanoUsd);
    for (const [kind, tokens] of [
      ["input", row.inputTokens],
      ["output", row.outputTokens],
      ["cache_read", row.cacheReadTokens],
      ["cache_write", row.cacheWriteTokens],
      ["reasoning", row.reasoningTokens],
    ] as const) {
      this.#count("tokens", { provider, tool, kind }, tokens);
      if (kind === "input" || kind === "output") this.#count("model_tokens", { provider, model, kind }, tokens);
    }
    // Without requests it only says what prices changed.
    if (row.requests === 0) return;
    this.#time("duration", common, row.duration);
    this.#time("first_byte", common, row.firstByte);
  }

  metrics(): readonly Metric[] {
    const counter = (name: string, key: string, help: string, scale = 1): Metric => ({
      name,
      help,
      type: "counter",
      samples: this.#samples(key, scale),
    });
    return [
      counter("modeltap_requests_total", "requests", "Exchanges that ended."),
      counter("modeltap_model_requests_total", "model_requests", "Exchanges that ended, by model."),
      counter("modeltap_tokens_total", "tokens", "Tokens as reported; the parts are inside input and output."),
      counter("modeltap_model_tokens_total", "model_tokens", "Tokens as reported, by model."),
      counter(
        "modeltap_cost_usd_total",
        "cost",
        "Cost in USD, also where its price came later; that of subscriptions is what the API would charge.",
        1e-9,
      ),
      counter(
        "modeltap_cost_reduced_usd_total",
        "reduced",
        "Cost in USD that later prices took back: cost minus this is what the record says.",
        1e-9,
      ),
      counter(
        "modeltap_unpriced_requests_total",
        "unpriced",
        "Generation calls without a price when they were recorded.",
      ),
      counter(
        "modeltap_backfilled_requests_total",
        "backfilled",
        "Generation calls that got their price later: unpriced minus this still have none.",
      ),
      counter(
        "modeltap_attempts_total",
        "attempts",
        "Attempts at upstreams: the first of an exchange, the same upstream again (retry), or the next one (failover).",
      ),
      counter("modeltap_errors_total", "errors", "Exchanges that ended with an error of docs/errors.md, by its code."),
      {
        name: "modeltap_request_duration_seconds",
        help: "From the request to the end of its answer.",
        type: "histogram",
        samples: this.#timed("duration"),
      },
      {
        name: "modeltap_first_byte_seconds",
        help: "From the request to the head of the upstream's answer.",
        type: "histogram",
        samples: this.#timed("first_byte"),
      },
    ];
  }

  #cap(kind: keyof typeof CAPS, name: string): string {
    const text = name === "" ? "unknown" : name.slice(0, 120);
    const known = this.#names.get(kind) ?? new Set();
    this.#names.set(kind, known);
    if (known.has(text)) return text;
    if (known.size >= CAPS[kind]) return "other";
    known.add(text);
    return text;
  }

  #count(key: string, labels: Labels, value: number): void {
    if (value === 0) return;
    const series = this.#counters.get(key) ?? new Map<string, Named>();
    this.#counters.set(key, series);
    const name = Object.values(labels).join("\u0000");
    const known = series.get(name);
    if (known === undefined) series.set(name, { labels, value });
    else known.value += value;
  }

  #time(key: string, labels: Labels, { sumMs, classes }: DurationCounts): void {
    const series = this.#histograms.get(key) ?? new Map<string, Timed>();
    this.#histograms.set(key, series);
    const name = Object.values(labels).join("\u0000");
    const known = series.get(name) ?? { labels, sumMs: 0, classes: classes.map(() => 0) };
    series.set(name, known);
    known.sumMs += sumMs;
    for (const [index, value] of classes.entries()) known.classes[index] = (known.classes[index] ?? 0) + value;
  }

  #samples(key: string, scale: number): readonly Sample[] {
    return [...(this.#counters.get(key)?.values() ?? [])].map(({ labels, value }) => ({
      labels,
      value: scale === 1 ? value : Number((value * scale).toFixed(9)),
    }));
  }

  #timed(key: string): readonly HistogramSample[] {
    return [...(this.#histograms.get(key)?.values() ?? [])].map(({ labels, sumMs, classes }) => ({
      labels,
      classes,
      bounds: BOUNDS_S,
      sum: sumMs / 1000,
    }));
  }
}
