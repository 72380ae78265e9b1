/** @module From the recorded facts of an exchange to the question of what it costs. */

import type { Exchange } from "../domain/exchange.ts";
import type { PriceInput } from "./price.ts";

export type PricedFacts = Pick<
  Exchange,
  "provider" | "responseModel" | "requestModel" | "usage" | "extraUsage" | "serviceTier" | "reportedCostNanoUsd"
>;

export function toPriceInput(facts: PricedFacts, flags: Pick<PriceInput, "local" | "billable">): PriceInput {
  const { provider, responseModel, requestModel, usage, extraUsage, serviceTier, reportedCostNanoUsd } = facts;
  return {
    provider,
    ...flags,
    ...(responseModel === undefined ? {} : { responseModel }),
    ...(requestModel === undefined ? {} : { requestModel }),
    ...(usage === undefined ? {} : { usage }),
    ...(extraUsage === undefined ? {} : { extraUsage }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(reportedCostNanoUsd === undefined ? {} : { reportedCostNanoUsd }),
  };
}
