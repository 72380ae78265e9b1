/** @module Small pieces that every list shows: a moment, a cost with its confidence, a status, an oddity. */

import type { RequestRow } from "../../src/api/contract.ts";
import { nowMs } from "../clock.ts";
import { formatAgo, formatClock, formatExactUsd, formatMoment, formatUsd, UNKNOWN } from "../format.ts";

/** Relative, exact on hover. */
export function Ago(props: { readonly seconds: number }) {
  const ms = props.seconds * 1000;
  return (
    <time dateTime={new Date(ms).toISOString()} title={formatMoment(ms)}>
      {formatAgo(ms, nowMs.value)}
    </time>
  );
}

/** The time of day, with the date when it was not today; exact on hover. */
export function Clock(props: { readonly seconds: number }) {
  const ms = props.seconds * 1000;
  return (
    <time dateTime={new Date(ms).toISOString()} title={`${formatMoment(ms)} (${formatAgo(ms, nowMs.value)})`}>
      {formatClock(ms, nowMs.value)}
    </time>
  );
}

const CONFIDENCE = {
  reported: "reported by the provider",
  exact: "priced by the model's full name",
  alias: "priced by another name of the model",
  prefix: "priced by a prefix of the name: approximate",
} as const;

/** Why a cost is not known: without counts there is nothing to say of the price. */
export function tellUnpriced(row: Pick<RequestRow, "input_tokens" | "output_tokens">): string {
  if (row.input_tokens === null && row.output_tokens === null) return "no token counts";
  return row.input_tokens === null || row.output_tokens === null
    ? "no price or not all tokens known"
    : "no price known";
}

type Priced = Pick<RequestRow, "cost_usd" | "cost_confidence" | "billing" | "input_tokens" | "output_tokens">;

/** `≈` marks a price by prefix, `ᵃ` a subscription's API-equivalent. */
export function CostOf(props: { readonly row: Priced }) {
  const { cost_usd, cost_confidence, billing } = props.row;
  const why =
    cost_confidence === null
      ? "not priced"
      : cost_confidence === "unknown"
        ? tellUnpriced(props.row)
        : CONFIDENCE[cost_confidence];
  if (cost_usd === null) return <Unknown title={`Cost not known: ${why}`} />;
  const subscription = billing === "subscription";
  const title = `${formatExactUsd(cost_usd)}, ${why}${subscription ? "; API-equivalent of subscription traffic, not charged" : ""}`;
  return (
    <span class={`cost cost-${cost_confidence ?? "unknown"}${subscription ? " cost-subscription" : ""}`} title={title}>
      {cost_confidence === "prefix" && <i aria-label="approximately">≈</i>}
      {formatUsd(cost_usd)}
      {subscription && <sup aria-label="API-equivalent">a</sup>}
    </span>
  );
}

export function Unknown(props: { readonly title: string }) {
  return (
    <span class="unknown" title={props.title}>
      {UNKNOWN}
    </span>
  );
}

/** The status of the answer; the state in its place when there was none. */
export function StatusOf(props: { readonly row: Pick<RequestRow, "status_code" | "state" | "error"> }) {
  const { status_code, state, error } = props.row;
  const tone =
    state === "pending"
      ? "pending"
      : state === "completed" && (status_code ?? 500) < 400
        ? "plain"
        : state === "aborted"
          ? "warning"
          : "bad";
  const text =
    state === "aborted" || state === "interrupted" || state === "pending" ? state : (status_code ?? "failed");
  return (
    <span class={`status status-${tone}`} title={error ?? (status_code === null ? state : `${status_code}, ${state}`)}>
      {text}
    </span>
  );
}

/** The worst oddity of a row, if it has any beyond what its status says. */
export function OddityOf(props: { readonly row: Pick<RequestRow, "why" | "state"> }) {
  const first = props.row.why.find(
    (why) => why.severity !== "note" && !/^(upstream_status|aborted_|interrupted)/.test(why.code),
  );
  if (first === undefined) return null;
  return (
    <span
      class={`odd odd-${first.severity}`}
      title={[first.text, first.fix].filter(Boolean).join("\n")}
      aria-label={first.text}
    >
      !
    </span>
  );
}
