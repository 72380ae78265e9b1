/** @module The four figures at the top, each with what must be known to read it rightly. */

import type { ComponentChildren } from "preact";
import type { StatsSummary } from "../../src/api/contract.ts";
import { formatCount, formatExactUsd, formatPlural, formatShare, formatUsd, UNKNOWN } from "../format.ts";

type Totals = StatsSummary["totals"];

export function Cards(props: { readonly totals: Totals }) {
  const { totals } = props;
  // When no request reported tokens, the sum of none is not zero.
  const tokens = (value: number): string =>
    value === 0 && totals.requests_without_usage > 0 ? UNKNOWN : formatCount(value);
  return (
    <section class="cards" aria-label="Totals of all time">
      <Card label="Requests" value={formatCount(totals.total_requests)} name="requests">
        {totals.failed_requests === 0 ? (
          <span>none failed</span>
        ) : (
          <a href="/admin/requests?kind=generation&state=failed,aborted,interrupted">
            <span class="bad">{formatCount(totals.failed_requests)} failed</span>,{" "}
            {formatShare(totals.failed_requests, totals.total_requests)}
          </a>
        )}
      </Card>
      <Card label="Input tokens" value={tokens(totals.total_input_tokens)} name="input">
        <span>{formatShare(totals.cache_read_tokens, totals.total_input_tokens)} read from cache</span>
      </Card>
      <Card label="Output tokens" value={tokens(totals.total_output_tokens)} name="output">
        {totals.reasoning_tokens > 0 ? (
          <span>{formatShare(totals.reasoning_tokens, totals.total_output_tokens)} reasoning</span>
        ) : (
          <span>no reasoning reported</span>
        )}
        {totals.requests_without_usage > 0 && (
          <span title="Their tokens are not in these sums.">
            {" "}
            · {formatCount(totals.requests_without_usage)} without usage
          </span>
        )}
      </Card>
      <Card
        label="Cost"
        value={formatUsd(totals.total_cost_usd)}
        name="cost"
        title={formatExactUsd(totals.total_cost_usd)}
      >
        <CostNote totals={totals} />
      </Card>
    </section>
  );
}

function CostNote({ totals }: { readonly totals: Totals }) {
  const parts: ComponentChildren[] = [];
  if ((totals.subscription_cost_usd ?? 0) > 0) {
    parts.push(
      <span key="split" title="Subscription traffic is not charged by token; this is what the API would have charged.">
        {formatUsd(totals.metered_cost_usd)} metered · {formatUsd(totals.subscription_cost_usd)} subscription
      </span>,
    );
  }
  if (totals.unpriced_requests > 0) {
    parts.push(
      <span key="unpriced" title="Requests without a price or without usage are not in this sum.">
        {formatPlural(totals.unpriced_requests, "request")} not priced
      </span>,
    );
  }
  return parts.length === 0 ? (
    <span>every request priced</span>
  ) : (
    <>{parts.map((part, index) => (index === 0 ? part : [" · ", part]))}</>
  );
}

function Card(props: {
  readonly label: string;
  readonly value: string;
  readonly name: string;
  readonly title?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="card" data-card={props.name}>
      <h2>{props.label}</h2>
      <p class="figure" title={props.title}>
        {props.value}
      </p>
      <p class="sub">{props.children}</p>
    </div>
  );
}
