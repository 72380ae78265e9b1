/** @module Units of money: prices in pico-USD per token, costs in nano-USD. */

/** How sure a cost is, from the provider's own figure down to no price at all. */
export type CostConfidence = "reported" | "exact" | "alias" | "prefix" | "unknown";

/** Metered spend is real money; subscription cost is only what the API would have charged. */
export type Billing = "metered" | "subscription";

/** Nano-USD of each part; the parts sum to the total exactly. */
export type CostComponents = {
  readonly input?: number;
  readonly cacheRead?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
  readonly output?: number;
  readonly reasoning?: number;
  readonly audioInput?: number;
  readonly audioOutput?: number;
  readonly imageInput?: number;
  readonly imageOutput?: number;
  /** What another model or iteration of the same answer cost. */
  readonly extra?: number;
  /** Difference between the provider's own figure and the token parts (search fees, rounding). */
  readonly other?: number;
};

/** Cost of one exchange and why it is what it is. `totalNanoUsd` is undefined when nothing is known. */
export type Cost = {
  readonly totalNanoUsd?: number;
  readonly confidence: CostConfidence;
  readonly components?: CostComponents;
  /** Where the price row came from: `reported`, `local`, `pricing.json`, `built-in`… */
  readonly source?: string;
  /** The row used, as `provider/model`. */
  readonly priceKey?: string;
  /** The tier or service tier applied, in words; absent for the plain row. */
  readonly tier?: string;
  /** The price row itself as JSON, so that the figure can be explained after prices move. */
  readonly price?: string;
  /** What was tried and what is missing, one line each. */
  readonly notes?: readonly string[];
};

export const NANO_USD = 1_000_000_000;

/** Nano-USD to USD as a plain number, for JSON answers. */
export function toUsd(nanoUsd: number | undefined | null): number | null {
  return nanoUsd === undefined || nanoUsd === null ? null : nanoUsd / NANO_USD;
}
