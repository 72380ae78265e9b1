/** @module `/admin/api/prices/explain`: what a call would cost, which price row says so, and every step to it. */

import { z } from "zod";
import type { PriceExplanation } from "../domain/price-explanation.ts";
import type { Usage } from "../domain/usage.ts";
import type { PriceInput } from "../price/price.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { ApiError } from "./error.ts";
import { toCostDetail } from "./rows.ts";
import { costDetail } from "./schema/request.ts";

/** The part of a pricer that can tell its reasons. */
export type PriceExplainer = { explain(input: PriceInput): PriceExplanation };

const allowed = "a whole number of tokens";
const tokens = z
  .string()
  .regex(/^\d{1,12}$/, allowed)
  .transform(Number)
  .optional();

const parameters = z.object({
  provider: z.string("a provider's id, such as openai").min(1, "a provider's id, such as openai"),
  model: z.string("a model's name").min(1, "a model's name"),
  input: tokens,
  output: tokens,
  cache_read: tokens,
  cache_write: tokens,
  cache_write_1h: tokens,
  reasoning: tokens,
  audio_input: tokens,
  audio_output: tokens,
  service_tier: z.string().max(100, "at most 100 characters").optional(),
});

const answer = z.object({
  provider: z.string(),
  model: z.string(),
  usage: z.record(z.string(), z.number()),
  cost: costDetail,
  explanation: z.looseObject({
    models: z.array(z.string()).describe("Models that could name the price, in the order they were tried."),
    reason: z.string(),
  }),
});

export function createPriceEndpoints(pricer: PriceExplainer | undefined): readonly Endpoint[] {
  return [
    endpoint({
      method: "get",
      path: "/admin/api/prices/explain",
      tag: "prices",
      summary: "What a call would cost, which price row says so, and every step to it.",
      query: parameters,
      answer,
      errors: ["not_found"],
      handle({ query }) {
        if (pricer === undefined) throw new ApiError("not_found", "This process was started without prices.");
        const usage = toUsage(query);
        const { cost, ...explanation } = pricer.explain({
          provider: query.provider,
          requestModel: query.model,
          usage,
          ...(query.service_tier === undefined ? {} : { serviceTier: query.service_tier }),
          local: false,
          billable: true,
        });
        return {
          provider: query.provider,
          model: query.model,
          usage: { ...usage },
          cost: toCostDetail(cost, usage),
          explanation: { ...explanation, models: [...explanation.models] },
        };
      },
    }),
  ];
}

/** Input and output default to a million tokens each, so that the answer reads like a price list. */
function toUsage(query: z.output<typeof parameters>): Usage {
  const named = {
    inputTokens: query.input ?? 1_000_000,
    outputTokens: query.output ?? 1_000_000,
    cacheReadTokens: query.cache_read,
    cacheWriteTokens: query.cache_write,
    cacheWrite1hTokens: query.cache_write_1h,
    reasoningTokens: query.reasoning,
    audioInputTokens: query.audio_input,
    audioOutputTokens: query.audio_output,
  };
  // Absent counts are left out, not set to undefined.
  return Object.fromEntries(Object.entries(named).filter(([, count]) => count !== undefined));
}
