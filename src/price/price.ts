/** @module The contract of pricing: facts of one exchange in, one explained cost out. */

import type { Cost } from "../domain/money.ts";
import type { ExtraUsage, Usage } from "../domain/usage.ts";

/** All that the price of an exchange may depend on. */
export type PriceInput = {
  readonly provider: string;
  /** Model of the answer, of the request (body or URL), and the name a route asked for. */
  readonly responseModel?: string;
  readonly requestModel?: string;
  readonly routedModel?: string;
  readonly usage?: Usage;
  readonly extraUsage?: readonly ExtraUsage[];
  readonly serviceTier?: string;
  readonly reportedCostNanoUsd?: number;
  /** Upstream that never costs money. */
  readonly local: boolean;
  readonly billable: boolean;
};

export interface Pricer {
  /** Never throws; unknown is `{ confidence: "unknown" }` without a total. */
  price(input: PriceInput): Cost;
}
