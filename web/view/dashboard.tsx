/** @module The dashboard: totals, time series, providers, models and the log of requests, all live. */

import { useEffect, useRef } from "preact/hooks";
import type { StatsSummary } from "../../src/api/contract.ts";
import { useLive } from "../live.ts";
import { Cards } from "../part/cards.tsx";
import { ModelTable } from "../part/model-table.tsx";
import { PriceAge } from "../part/price-age.tsx";
import { ProviderTable } from "../part/provider-table.tsx";
import { RequestLog } from "../part/request-log.tsx";
import { ErrorNote, Skeleton } from "../part/state.tsx";
import { TimePanel } from "../part/time-panel.tsx";
import { useResource } from "../resource.ts";
import { useTick } from "../tick.ts";
import { Connect } from "./connect.tsx";

export function Dashboard() {
  const { tick, bump } = useTick(2000);
  const summary = useResource<StatsSummary>("/stats/summary");
  const isFirst = useRef(true);

  useLive(bump, []);
  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else summary.reload();
  }, [tick]);

  if (summary.data === undefined) {
    return summary.error === undefined ? (
      <Skeleton lines={8} />
    ) : (
      <ErrorNote message={summary.error} onRetry={summary.reload} />
    );
  }
  if (summary.data.totals.total_requests === 0) return <Connect waiting />;
  return (
    <div class="page dashboard">
      <h1 class="visually-hidden">Dashboard</h1>
      {summary.error !== undefined && <ErrorNote message={summary.error} onRetry={summary.reload} />}
      <Cards totals={summary.data.totals} />
      <TimePanel tick={tick} />
      <div class="columns">
        <ProviderTable rows={summary.data.by_provider} />
        <ModelTable tick={tick} providers={summary.data.by_provider.map((row) => row.provider)} />
      </div>
      <RequestLog />
      <PriceAge />
    </div>
  );
}
