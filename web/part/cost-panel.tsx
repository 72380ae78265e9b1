/** @module The cost of one request, part by part, and the price row it came from. */

import type { RequestDetail } from "../../src/api/contract.ts";
import { formatCount, formatExactUsd, formatUsd } from "../format.ts";
import { CostHistory } from "./cost-history.tsx";
import { CostOf, tellUnpriced } from "./figures.tsx";
import { PriceAge } from "./price-age.tsx";
import { EmptyNote } from "./state.tsx";

const NAMES: Readonly<Record<string, string>> = {
  input: "Input",
  cacheRead: "Read from cache",
  cacheWrite5m: "Written to cache, 5 min",
  cacheWrite1h: "Written to cache, 1 h",
  output: "Output",
  reasoning: "Reasoning",
  audioInput: "Audio in",
  audioOutput: "Audio out",
  imageInput: "Images in",
  imageOutput: "Images out",
  extra: "Other models of this answer",
  other: "Not by token",
};

const CONFIDENCE = {
  reported: "the provider's own figure",
  exact: "exact name",
  alias: "known alias",
  prefix: "≈ by prefix of the name",
} as const;

export function CostPanel({ detail }: { readonly detail: RequestDetail }) {
  const { cost } = detail;
  return (
    <section class="panel" aria-labelledby="cost-title">
      <header class="panel-head">
        <h2 id="cost-title">
          Cost{" "}
          <b class="total">
            <CostOf row={detail} />
          </b>
        </h2>
        <span class="sub">
          {cost === null
            ? "not priced"
            : cost.confidence === "unknown"
              ? tellUnpriced(detail)
              : CONFIDENCE[cost.confidence]}
        </span>
      </header>
      {cost === null ? (
        <EmptyNote>There is nothing to price without token counts.</EmptyNote>
      ) : (
        <>
          {cost.components.length > 0 && (
            <table class="pairs">
              <tbody>
                {cost.components.map((part) => (
                  <tr key={part.name}>
                    <th scope="row">{NAMES[part.name] ?? part.name}</th>
                    <td class="num sub">
                      {part.tokens === null ? "" : `${formatCount(part.tokens)} × ${formatRate(part.usd, part.tokens)}`}
                    </td>
                    <td class="num" title={formatExactUsd(part.usd)}>
                      {formatUsd(part.usd)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {detail.billing === "subscription" && (
            <p class="sub pad">
              Subscription traffic: what the API would have charged. It is summed apart from metered spend.
            </p>
          )}
          <dl class="facts">
            {cost.price_key !== null && <Fact label="Price row" value={cost.price_key} />}
            {cost.source !== null && <Fact label="Source" value={cost.source} />}
            {cost.tier !== null && <Fact label="Tier" value={cost.tier} />}
            {detail.reported_cost_usd !== null && (
              <Fact label="Provider said" value={formatExactUsd(detail.reported_cost_usd)} />
            )}
            {cost.price !== null && (
              <Fact label="Row" value={typeof cost.price === "string" ? cost.price : JSON.stringify(cost.price)} />
            )}
            {cost.notes.map((note) => (
              <Fact key={note} label="Note" value={note} />
            ))}
          </dl>
          <CostHistory detail={detail} />
        </>
      )}
      <PriceAge />
    </section>
  );
}

function Fact(props: { readonly label: string; readonly value: string }) {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd class="mono">{props.value}</dd>
    </div>
  );
}

/** USD per million tokens, as price lists say it. */
function formatRate(usd: number, tokens: number): string {
  if (tokens === 0) return "$0/M";
  return `$${Number(((usd / tokens) * 1e6).toPrecision(4))}/M`;
}
