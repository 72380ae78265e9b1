/** @module What a request was said to cost before, when that changed. */

import type { CostAuditAnswer, CostAuditEntry, RequestDetail } from "../../src/api/contract.ts";
import { formatExactUsd, formatUsd } from "../format.ts";
import { useResource } from "../resource.ts";
import { Ago } from "./figures.tsx";

const REASONS: Readonly<Record<CostAuditEntry["reason"], string>> = {
  recorded: "as recorded",
  backfill: "priced later",
  reprice: "priced anew",
};

/** Nothing for a cost that never changed. */
export function CostHistory({ detail }: { readonly detail: RequestDetail }) {
  // The fragment is never sent: it makes the page ask again when the row changed.
  const url = `/admin/api/requests/${detail.exchange_id}/cost-audit#${detail.change_seq}`;
  const { data } = useResource<CostAuditAnswer>(detail.cost === null ? undefined : url);
  if (data === undefined || data.audits.length < 2) return null;
  return (
    <table class="pairs" data-table="cost-history">
      <caption class="sub">Cost until now</caption>
      <tbody>
        {data.audits.toReversed().map((entry) => (
          <tr key={entry.id}>
            <th scope="row">
              {REASONS[entry.reason]}, <Ago seconds={Date.parse(entry.calcAt) / 1000} />
            </th>
            <td class="sub">{entry.source}</td>
            <td class="num" title={formatExactUsd(entry.baseCostUsd)}>
              {formatUsd(entry.baseCostUsd)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
