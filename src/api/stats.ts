/** @module `/stats/*`: totals, models, rows and time series with the older proxy's fields and meanings. */

import { z } from "zod";
import type { StoreReader, UsageFilter } from "../store/store.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import {
  byModelParameters,
  FINAL_STATES,
  statsRequestsParameters,
  summaryParameters,
  timeseriesParameters,
  toWindowStart,
} from "./parameters.ts";
import { toRequestRow } from "./rows.ts";
import { requestRow } from "./schema/request.ts";
import { modelTotals, statsSummary, timeBucket } from "./schema/stats.ts";
import { toModelTotals, toSummary, toTimeBuckets } from "./sums.ts";

export type StatsOptions = {
  readonly reader: StoreReader;
  readonly now: () => number;
  /** IANA zone of the server, in which buckets begin unless `tz` says otherwise. */
  readonly timeZone: string;
};

type Window = { readonly days?: number | undefined; readonly provider?: string | undefined; readonly all: boolean };

export function createStatsEndpoints({ reader, now, timeZone }: StatsOptions): readonly Endpoint[] {
  const toFilter = ({ days, provider, all }: Window): UsageFilter => ({
    ...(days === undefined ? {} : { fromMs: toWindowStart(now(), days) }),
    ...(provider ? { provider } : {}),
    ...(all ? { allKinds: true } : {}),
  });

  return [
    endpoint({
      method: "get",
      path: "/stats/summary",
      tag: "statistics",
      summary: "Totals, and the same by provider.",
      query: summaryParameters,
      answer: statsSummary,
      async handle({ query }) {
        const filter = toFilter(query);
        const [totals, groups] = await Promise.all([
          reader.sumUsage(filter, "none"),
          reader.sumUsage(filter, "provider"),
        ]);
        return toSummary(totals[0], groups, { allKinds: query.all });
      },
    }),
    endpoint({
      method: "get",
      path: "/stats/by-model",
      tag: "statistics",
      summary: "Totals by provider and model, dearest first.",
      query: byModelParameters,
      answer: z.array(modelTotals),
      async handle({ query }) {
        return toModelTotals(await reader.sumUsage(toFilter(query), "model"), { allKinds: query.all });
      },
    }),
    endpoint({
      method: "get",
      path: "/stats/requests",
      tag: "statistics",
      summary: "Rows, newest first.",
      query: statsRequestsParameters,
      answer: z.array(requestRow),
      async handle({ query: { limit, offset, all } }) {
        const filter = all ? {} : { kind: "generation" as const, states: FINAL_STATES };
        const page = await reader.listExchanges(filter, { limit, offset });
        return page.rows.map(toRequestRow);
      },
    }),
    endpoint({
      method: "get",
      path: "/stats/timeseries",
      tag: "statistics",
      summary: "Sums by local day or hour, ascending; empty buckets are absent.",
      query: timeseriesParameters,
      answer: z.array(timeBucket),
      async handle({ query }) {
        const buckets = await reader.sumUsageByTime(toFilter(query), query.bucket, query.tz ?? timeZone);
        return toTimeBuckets(buckets, { allKinds: query.all });
      },
    }),
  ];
}
