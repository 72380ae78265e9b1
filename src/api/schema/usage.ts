/** @module Shapes of usage in the names of agent-cli-proxy, with fields of our own beside. */

import { z } from "zod";

const money = z.number().nullable().describe("Null when no request of the group has a price.");

const counts = {
  request_count: z.number(),
  prompt_tokens: z.number().describe("All input, cached reads and cache writes included."),
  completion_tokens: z.number().describe("All output, reasoning included."),
  cache_creation_tokens: z.number(),
  cache_read_tokens: z.number(),
  reasoning_tokens: z.number(),
  total_tokens: z.number(),
  cost_usd: money,
  subscription_cost_usd: money,
  failed_requests: z.number(),
  unpriced_requests: z.number(),
};

export const dailyRow = z
  .object({ day: z.string(), provider: z.string(), model: z.string(), ...counts })
  .meta({ id: "DailyRow" });

export const dayUsage = z
  .object({
    date: z.string(),
    requests: z.number(),
    total_tokens: z.number(),
    cost_usd: money,
    breakdown: z.array(dailyRow),
  })
  .meta({ id: "DayUsage" });

export const providerUsage = z.object({ provider: z.string(), ...counts }).meta({ id: "ProviderUsage" });
export const toolUsage = z.object({ tool: z.string().nullable(), ...counts }).meta({ id: "ToolUsage" });
export const keyUsage = z.object({ key: z.string().nullable(), ...counts }).meta({ id: "KeyUsage" });

const account = {
  cliproxy_account: z.string().nullable().describe("Null where no account is known."),
  cliproxy_auth_index: z.string().nullable(),
};

export const accountRow = z
  .object({ day: z.string(), ...account, provider: z.string(), model: z.string(), ...counts })
  .meta({ id: "AccountRow" });

export const accountSummary = z.object({ ...account, provider: z.string(), ...counts }).meta({ id: "AccountSummary" });

export const trend = z
  .object({
    buckets: z.array(
      z.object({
        timestamp: z.string().describe("Start of the bucket, ISO 8601 in UTC."),
        requests: z.number(),
        tokens: z.number(),
        cost_usd: money,
      }),
    ),
    bucket_ms: z.number(),
  })
  .meta({ id: "Trend" });

export const totals = z
  .object({
    total_requests: z.number(),
    total_tokens: z.number(),
    total_cost_usd: money,
    first_request_at: z.string().nullable(),
    last_request_at: z.string().nullable(),
  })
  .meta({ id: "Totals" });
