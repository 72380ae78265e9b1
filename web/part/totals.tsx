/** @module Cells of a table of sums: honest about requests that a sum leaves out. */

import type { GroupTotals } from "../../src/api/contract.ts";
import { formatCount, formatExactUsd, formatPlural, formatUsd } from "../format.ts";
import { Unknown } from "./figures.tsx";

/** `+` says that some requests of the group have no price and are not in the sum. */
export function TotalCost(props: {
  readonly row: Pick<GroupTotals, "requests" | "cost_usd" | "unpriced_requests"> & Partial<GroupTotals>;
}) {
  const { row } = props;
  if (row.cost_usd === null) return <Unknown title={`None of ${formatPlural(row.requests, "request")} has a price.`} />;
  const missing = row.unpriced_requests;
  const notes = [
    formatExactUsd(row.cost_usd),
    missing > 0 ? `${formatPlural(missing, "request")} without a price not included` : "",
    (row.subscription_cost_usd ?? 0) > 0
      ? `of it ${formatUsd(row.subscription_cost_usd)} API-equivalent of subscriptions`
      : "",
  ].filter((note) => note !== "");
  return (
    <span title={notes.join("; ")}>
      {formatUsd(row.cost_usd)}
      {missing > 0 && <i class="more">+</i>}
    </span>
  );
}

export function TotalTokens(props: { readonly row: GroupTotals; readonly tokens: number }) {
  const { row, tokens } = props;
  if (tokens === 0 && row.requests_without_usage > 0) return <Unknown title="No request reported its tokens." />;
  return <>{formatCount(tokens)}</>;
}
