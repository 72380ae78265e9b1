/** @module Shapes of sums in answers: totals, groups and buckets of time. */

import { z } from "zod";
import type { ModelTotals, ProviderTotals, StatsSummary, TimeBucket } from "../contract.ts";

const totalFields = {
  failed_requests: z.number(),
  cache_read_tokens: z.number(),
  cache_write_tokens: z.number(),
  reasoning_tokens: z.number(),
  metered_cost_usd: z.number().nullable().describe("Real money."),
  subscription_cost_usd: z
    .number()
    .nullable()
    .describe("What the API would have charged for traffic of a subscription."),
  cost_confidence: z
    .object({
      reported: z.number(),
      exact: z.number(),
      alias: z.number(),
      prefix: z.number(),
      unknown: z.number(),
    })
    .describe("Requests by how sure their cost is; `unknown` are missing from the cost."),
  unpriced_requests: z.number().describe("Requests that are missing from the cost."),
  requests_without_usage: z.number().describe("Requests that are missing from the token sums."),
};

const groupFields = {
  requests: z.number(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  total_tokens: z.number(),
  cost_usd: z.number().nullable(),
  ...totalFields,
};

const providerTotals = z
  .object({ provider: z.string(), ...groupFields })
  .meta({ id: "ProviderTotals" }) satisfies z.ZodType<ProviderTotals>;

export const modelTotals = z
  .object({ provider: z.string(), model: z.string(), ...groupFields })
  .meta({ id: "ModelTotals" }) satisfies z.ZodType<ModelTotals>;

export const statsSummary = z
  .object({
    totals: z.object({
      total_requests: z.number(),
      total_input_tokens: z.number(),
      total_output_tokens: z.number(),
      total_tokens: z.number(),
      total_cost_usd: z.number().nullable(),
      ...totalFields,
    }),
    by_provider: z.array(providerTotals).describe("Dearest first; without a price last."),
  })
  .meta({ id: "StatsSummary" }) satisfies z.ZodType<StatsSummary>;

export const timeBucket = z
  .object({
    bucket: z.string().describe("`2026-11-21` or `2026-11-21 07:00` in the zone asked for."),
    requests: z.number(),
    tokens: z.number(),
    cost_usd: z.number().nullable(),
    input_tokens: z.number(),
    output_tokens: z.number(),
    start_ms: z.number().describe("Epoch milliseconds."),
    ...totalFields,
  })
  .meta({ id: "TimeBucket" }) satisfies z.ZodType<TimeBucket>;
