/** @module `/admin/usage/trend`: requests, tokens and cost over time, in buckets that fit the span. */

import { z } from "zod";
import { toUsd } from "../domain/money.ts";
import type { StoreReader, UsageFilter } from "../store/store.ts";
import { rangeFields, toOptionalRange } from "./day-range.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { name } from "./parameters.ts";
import { trend } from "./schema/usage.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MAX_HOURS = 366 * 24;

const parameters = z
  .strictObject({
    hours: z
      .string()
      .optional()
      .meta({ type: "integer", minimum: 1, maximum: MAX_HOURS })
      .describe("The last so many hours; 24 if nothing is given."),
    ...rangeFields,
    provider: name.optional(),
    model: name.optional(),
    tool: name.optional(),
  })
  .transform((query, context) => {
    const { hours = "24", provider, model, tool } = query;
    const range = toOptionalRange(query, context);
    const count = /^\d{1,5}$/.test(hours) ? Number(hours) : 0;
    if (count < 1 || count > MAX_HOURS) {
      const message = `Invalid hours parameter: hours must be a whole number from 1 to ${MAX_HOURS}.`;
      context.addIssue({ code: "custom", message, params: { sentence: true } });
    }
    const only: UsageFilter = {
      ...(provider ? { provider } : {}),
      ...(model ? { model } : {}),
      ...(tool ? { tool } : {}),
    };
    return { hours: count, range, tz: query.tz ?? "UTC", only };
  });

type Bucket = {
  readonly startMs: number;
  readonly requests: number;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly hasPrice: boolean;
};

export function createTrendEndpoints(options: {
  readonly reader: StoreReader;
  readonly now: () => number;
}): readonly Endpoint[] {
  const { reader, now } = options;
  return [
    endpoint({
      method: "get",
      path: "/admin/usage/trend",
      tag: "usage",
      summary: "Requests, tokens and cost over time; empty buckets are absent.",
      description: "Buckets of 5 minutes up to 5 hours, 1 hour up to 24, 4 hours up to 7 days, else 1 day.",
      query: parameters,
      answer: trend,
      async handle({ query }) {
        const toMs = query.range?.toMs ?? now();
        const fromMs = query.range?.fromMs ?? toMs - query.hours * HOUR_MS;
        const bucketMs = chooseBucket(toMs - fromMs);
        const buckets = await readBuckets(reader, { ...query.only, fromMs, toMs }, bucketMs, query.tz);
        return {
          bucket_ms: bucketMs,
          buckets: buckets.map(({ startMs, requests, tokens, nanoUsd, hasPrice }) => ({
            timestamp: new Date(startMs).toISOString(),
            requests,
            tokens,
            cost_usd: hasPrice ? toUsd(nanoUsd) : null,
          })),
        };
      },
    }),
  ];
}

/** Length of a bucket for a span. */
function chooseBucket(spanMs: number): number {
  if (spanMs <= 5 * HOUR_MS) return 5 * MINUTE_MS;
  if (spanMs <= 24 * HOUR_MS) return HOUR_MS;
  return spanMs <= 7 * DAY_MS ? 4 * HOUR_MS : DAY_MS;
}

/** Rollups are quarters of an hour: only the finest buckets come from rows. */
async function readBuckets(
  reader: StoreReader,
  filter: UsageFilter & { readonly fromMs: number },
  bucketMs: number,
  tz: string,
): Promise<readonly Bucket[]> {
  if (bucketMs < HOUR_MS) {
    return (await reader.sumRecent(filter, bucketMs)).map((row) => ({
      startMs: row.startMs,
      requests: row.requests,
      tokens: row.inputTokens + row.outputTokens,
      nanoUsd: row.costNanoUsd,
      hasPrice: row.costNanoUsd !== 0 || row.unpricedRequests === 0,
    }));
  }
  const rows = await reader.sumUsageByTime(filter, bucketMs === DAY_MS ? "day" : "hour", tz);
  const buckets: Bucket[] = [];
  for (const row of rows) {
    // Four hours begin at 0, 4, 8… of the zone's own day.
    const hour = bucketMs === 4 * HOUR_MS ? Number(row.bucket.slice(11, 13)) % 4 : 0;
    const startMs = row.startMs - hour * HOUR_MS;
    const last = buckets.at(-1)?.startMs === startMs ? buckets.pop() : undefined;
    buckets.push({
      startMs,
      requests: row.requests + (last?.requests ?? 0),
      tokens: row.inputTokens + row.outputTokens + (last?.tokens ?? 0),
      nanoUsd: row.costNanoUsd + (last?.nanoUsd ?? 0),
      hasPrice: row.costNanoUsd !== 0 || row.unpricedRequests === 0 || last?.hasPrice === true,
    });
  }
  return buckets;
}
