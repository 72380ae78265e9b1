/** @module `/stats/*`: totals, models, rows and time series with the older proxy's fields and meanings. */

import { Hono } from "hono";
import type { StoreReader, UsageFilter } from "../store/store.ts";
import {
  byModelParameters,
  FINAL_STATES,
  parseParameters,
  statsRequestsParameters,
  summaryParameters,
  timeseriesParameters,
  toWindowStart,
} from "./parameters.ts";
import { toRequestRow } from "./rows.ts";
import { toModelTotals, toSummary, toTimeBuckets } from "./sums.ts";

export type StatsOptions = {
  readonly reader: StoreReader;
  readonly now: () => number;
  /** IANA zone of the server, in which buckets begin unless `tz` says otherwise. */
  readonly timeZone: string;
};

type Window = { readonly days?: number | undefined; readonly provider?: string | undefined; readonly all: boolean };

export function createStatsRoutes({ reader, now, timeZone }: StatsOptions): Hono {
  const toFilter = ({ days, provider, all }: Window): UsageFilter => ({
    ...(days === undefined ? {} : { fromMs: toWindowStart(now(), days) }),
    ...(provider ? { provider } : {}),
    ...(all ? { allKinds: true } : {}),
  });

  return new Hono()
    .get("/summary", async (c) => {
      const query = parseParameters(summaryParameters, c.req.query());
      const filter = toFilter(query);
      const [totals, groups] = await Promise.all([
        reader.sumUsage(filter, "none"),
        reader.sumUsage(filter, "provider"),
      ]);
      return c.json(toSummary(totals[0], groups, { allKinds: query.all }));
    })
    .get("/by-model", async (c) => {
      const query = parseParameters(byModelParameters, c.req.query());
      return c.json(toModelTotals(await reader.sumUsage(toFilter(query), "model"), { allKinds: query.all }));
    })
    .get("/requests", async (c) => {
      const { limit, offset, all } = parseParameters(statsRequestsParameters, c.req.query());
      const filter = all ? {} : { kind: "generation" as const, states: FINAL_STATES };
      const page = await reader.listExchanges(filter, { limit, offset });
      return c.json(page.rows.map(toRequestRow));
    })
    .get("/timeseries", async (c) => {
      const query = parseParameters(timeseriesParameters, c.req.query());
      const buckets = await reader.sumUsageByTime(toFilter(query), query.bucket, query.tz ?? timeZone);
      return c.json(toTimeBuckets(buckets, { allKinds: query.all }));
    });
}
