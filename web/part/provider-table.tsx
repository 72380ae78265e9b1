/** @module What each provider had of requests, tokens and money. */

import type { ProviderTotals } from "../../src/api/contract.ts";
import { formatCount, formatShare } from "../format.ts";
import { TotalCost, TotalTokens } from "./totals.tsx";

export function ProviderTable(props: { readonly rows: readonly ProviderTotals[] }) {
  const all = props.rows.reduce((sum, row) => sum + (row.cost_usd ?? 0), 0);
  return (
    <section class="panel" aria-labelledby="providers-title">
      <header class="panel-head">
        <h2 id="providers-title">Providers</h2>
        <span class="sub">all time</span>
      </header>
      <div class="scroll-x" tabIndex={0} role="region" aria-labelledby="providers-title" data-scrolls>
        <table data-table="providers">
          <thead>
            <tr>
              <th>Provider</th>
              <th class="num">Requests</th>
              <th class="num wide">Input</th>
              <th class="num wide">Output</th>
              <th class="num">Cost</th>
              <th class="num wide">Share</th>
            </tr>
          </thead>
          <tbody>
            {props.rows.map((row) => (
              <tr key={row.provider}>
                <th scope="row">
                  <a href={`/admin/requests?${new URLSearchParams({ provider: row.provider })}`}>{row.provider}</a>
                </th>
                <td class="num">{formatCount(row.requests)}</td>
                <td class="num wide">
                  <TotalTokens row={row} tokens={row.input_tokens} />
                </td>
                <td class="num wide">
                  <TotalTokens row={row} tokens={row.output_tokens} />
                </td>
                <td class="num">
                  <TotalCost row={row} />
                </td>
                <td class="num wide sub">{row.cost_usd === null ? "" : formatShare(row.cost_usd, all)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
