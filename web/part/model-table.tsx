/** @module What each model had of requests, tokens and money, for one provider and window or for all. */

import { useEffect, useRef } from "preact/hooks";
import type { ModelTotals } from "../../src/api/contract.ts";
import { formatCount, formatShare } from "../format.ts";
import { useResource } from "../resource.ts";
import { query, setQuery } from "../router.ts";
import { EmptyNote, ErrorNote, Skeleton } from "./state.tsx";
import { TotalCost, TotalTokens } from "./totals.tsx";

const WINDOWS = [
  { value: "", label: "All time" },
  { value: "1", label: "Last day" },
  { value: "7", label: "Last 7 days" },
  { value: "30", label: "Last 30 days" },
  { value: "90", label: "Last 90 days" },
] as const;

export function ModelTable(props: { readonly tick: number; readonly providers: readonly string[] }) {
  const provider = query.value.get("model_provider") ?? "";
  const days = WINDOWS.find((window) => window.value === query.value.get("model_days"))?.value ?? "";
  const asked = new URLSearchParams({ ...(provider === "" ? {} : { provider }), ...(days === "" ? {} : { days }) });
  const models = useResource<readonly ModelTotals[]>(`/stats/by-model?${asked}`);
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else models.reload();
  }, [props.tick]);
  const providers =
    provider === "" || props.providers.includes(provider) ? props.providers : [...props.providers, provider];

  return (
    <section class="panel" aria-labelledby="models-title">
      <header class="panel-head">
        <h2 id="models-title">Models</h2>
        <div class="panel-tools">
          <select
            aria-label="Provider of the models"
            value={provider}
            onChange={(event) => setQuery({ model_provider: event.currentTarget.value })}
          >
            <option value="">All providers</option>
            {providers.toSorted().map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
          <select
            aria-label="Window of the models"
            value={days}
            onChange={(event) => setQuery({ model_days: event.currentTarget.value })}
          >
            {WINDOWS.map((window) => (
              <option key={window.value} value={window.value}>
                {window.label}
              </option>
            ))}
          </select>
        </div>
      </header>
      {models.error !== undefined && <ErrorNote message={models.error} onRetry={models.reload} />}
      {models.data === undefined ? (
        models.error === undefined && <Skeleton lines={6} />
      ) : models.data.length === 0 ? (
        <EmptyNote>No requests with this choice.</EmptyNote>
      ) : (
        <Rows rows={models.data} />
      )}
    </section>
  );
}

function Rows(props: { readonly rows: readonly ModelTotals[] }) {
  return (
    <div class="scroll-x tall" tabIndex={0} role="region" aria-labelledby="models-title" data-scrolls>
      <table data-table="models">
        <thead>
          <tr>
            <th>Model</th>
            <th class="num">Requests</th>
            <th class="num wide">Input</th>
            <th class="num wide">Cached</th>
            <th class="num wide">Output</th>
            <th class="num">Cost</th>
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={JSON.stringify([row.provider, row.model])}>
              <th scope="row" class="two-part">
                <a href={`/admin/requests?${new URLSearchParams({ provider: row.provider, model: row.model })}`}>
                  {row.model === "" ? "no model named" : row.model}
                </a>
                <small>{row.provider}</small>
              </th>
              <td class="num">{formatCount(row.requests)}</td>
              <td class="num wide">
                <TotalTokens row={row} tokens={row.input_tokens} />
              </td>
              <td class="num wide sub">{formatShare(row.cache_read_tokens, row.input_tokens)}</td>
              <td class="num wide">
                <TotalTokens row={row} tokens={row.output_tokens} />
              </td>
              <td class="num">
                <TotalCost row={row} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
