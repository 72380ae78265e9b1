/** @module `/admin/api/prices/explain`: what a call would cost, which price row says so, and every step to it. */

import { z } from "zod";
import type { Usage } from "../domain/usage.ts";
import type { UpstreamFacts } from "../domain/routing-facts.ts";
import type { PriceBook } from "../price/price-book.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { ApiError } from "./error.ts";
import { toCostDetail } from "./rows.ts";
import { costDetail } from "./schema/request.ts";

type LocalFacts = Pick<UpstreamFacts, "id" | "aliases" | "in_use" | "local">;

export type PriceParts = {
  readonly prices: { readonly book: Pick<PriceBook, "explain" | "update"> } | undefined;
  readonly routing: { readonly facts: { readonly upstreams: readonly LocalFacts[] } };
};

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

export function createPriceEndpoints({ prices, routing }: PriceParts): readonly Endpoint[] {
  return [
    endpoint({
      method: "get",
      path: "/admin/api/prices/explain",
      tag: "prices",
      summary: "What a call would cost, which price row says so, and every step to it.",
      query: parameters,
      answer,
      errors: ["not_found"],
      async handle({ query }) {
        if (prices === undefined) throw new ApiError("not_found", "This process was started without prices.");
        await prices.book.update();
        const usage = toUsage(query);
        const { cost, ...explanation } = prices.book.explain({
          provider: query.provider,
          requestModel: query.model,
          usage,
          ...(query.service_tier === undefined ? {} : { serviceTier: query.service_tier }),
          local: isLocal(routing.facts.upstreams, query.provider),
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

/** Traffic of a local upstream costs nothing. */
function isLocal(upstreams: readonly LocalFacts[], name: string): boolean {
  return upstreams.some(({ id, aliases, in_use: isInUse, local }) => {
    return local && isInUse && (id === name || aliases.includes(name));
  });
}

/** Asked without counts, the row itself is the question: a million tokens each way read like a price list. With some, the others are none. */
function toUsage(query: z.output<typeof parameters>): Usage {
  const named = {
    inputTokens: query.input,
    outputTokens: query.output,
    cacheReadTokens: query.cache_read,
    cacheWriteTokens: query.cache_write,
    cacheWrite1hTokens: query.cache_write_1h,
    reasoningTokens: query.reasoning,
    audioInputTokens: query.audio_input,
    audioOutputTokens: query.audio_output,
  };
  const given = Object.fromEntries(Object.entries(named).filter(([, count]) => count !== undefined));
  if (Object.keys(given).length === 0) return { inputTokens: 1_000_000, outputTokens: 1_000_000 };
  return { inputTokens: 0, outputTokens: 0, ...given };
}
