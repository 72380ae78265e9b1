/** @module Why an exchange costs what it costs: the row, how it was found, and the sum line by line. */

import type { Cost, CostComponents } from "./money.ts";

/** One component of a cost. Tokens and price are absent where the component is not tokens times one price. */
export type PriceLine = {
  readonly component: keyof CostComponents;
  readonly tokens?: number;
  readonly picoUsdPerToken?: number;
  /** Its share of the total; the lines sum to it exactly. */
  readonly nanoUsd: number;
};

/** Where the prices of a row come from. */
export type PriceOrigin = {
  /** The row, as `provider/model`; the key alone in pricing.json. */
  readonly key: string;
  /** The layer it stands in: `pricing.json`, `built-in`… */
  readonly layer: string;
  /** Who published the figures, and the day of the copy (`2026-07-02`); catalogue rows only. */
  readonly publisher?: string;
  readonly asOf?: string;
  /** Set when the published tables disagree on input or output. */
  readonly disputed?: boolean;
};

export type PriceExplanation = {
  readonly provider: string;
  /** Models that could name the price, in the order they were tried. */
  readonly models: readonly string[];
  readonly cost: Cost;
  /** Absent when no row was found or none was needed. */
  readonly origin?: PriceOrigin;
  /** How the row was found, or why there is none. */
  readonly reason: string;
  readonly lines: readonly PriceLine[];
};
