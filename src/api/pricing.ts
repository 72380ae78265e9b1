/** @module `/admin/pricing` and the commands about prices: how fresh they are, fetch them now, price what had none. */

import { z } from "zod";
import type { Asker } from "../message/asker.ts";
import type { BackfillResult } from "../message/backfill.ts";
import type { PriceBook } from "../price/price-book.ts";
import type { PriceExplanation } from "../domain/price-explanation.ts";
import type { PricingAnswer } from "./contract.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { write } from "./writes.ts";

/** The prices that this process explains, and what is said of them. */
export type ApiPrices = {
  readonly book: PriceBook;
  readonly cacheFile: string;
  /** Fetched prices that are older are called stale. */
  readonly maxAgeMs: number;
};

export type PricingParts = {
  readonly prices: ApiPrices | undefined;
  readonly ask: Asker["ask"];
  readonly now: () => number;
};

const modelName = z.string().min(1, "a model's name").max(300, "at most 300 characters");

const freshness = {
  loaded: z.boolean().describe("Whether any prices are in force, built-in ones included."),
  fetchedAt: z.number().nullable().describe("Epoch milliseconds; null while only the built-in prices hold."),
  ageMs: z.number().nullable(),
  stale: z.boolean().describe("Older than `pricing.max_age`, or never fetched. Such prices are used all the same."),
  cachePath: z.string().nullable(),
  url: z.string().nullable(),
  rows: z.number(),
  fetchedRows: z.number(),
  files: z.array(z.string()).describe("The pricing.json files in use."),
  problems: z.array(z.string()),
};

const match = z.object({
  key: z.string(),
  source: z.string().describe("`override` for prices of your own; else `exact`, `alias` or `prefix`."),
  layer: z.string().describe("`pricing.json`, `models.dev`, `built-in`…"),
  pricing: z.record(z.string(), z.unknown()).describe("The row, USD per million tokens."),
  reason: z.string(),
});

const freshnessAnswer = z.object(freshness) satisfies z.ZodType<PricingAnswer>;

const pricingAnswer = freshnessAnswer
  .extend({ match: match.nullable().exactOptional() })
  .meta({ id: "Pricing", description: "How fresh the prices are, and which row a model has." });

const refreshAnswer = freshnessAnswer.extend({ running: z.boolean().describe("The fetch still goes on.") });

const backfillBody = z.strictObject({
  all: z.boolean().exactOptional().describe("Every stored exchange, not only those of the lookback."),
  limit: z.int().min(1).exactOptional().describe("Most exchanges that are looked at."),
  cached: z.boolean().exactOptional().describe("Also those whose cached input was charged at the full price."),
  follow: z.boolean().exactOptional().describe("Start nothing: wait for the run under way."),
});

const backfillAnswer = z
  .object({
    scanned: z.number(),
    updated: z.number(),
    ok: z.number(),
    pending: z.number(),
    unsupported: z.number(),
    skipped: z.boolean().describe("Another run was under way, so this one did nothing."),
    running: z.boolean().describe("It goes on; the counts are those until now."),
  })
  .meta({ id: "Backfill" });

export function createPricingEndpoints({ prices, ask, now }: PricingParts): readonly Endpoint[] {
  const tell = async (): Promise<PricingAnswer> => {
    await prices?.book.update();
    return prices === undefined ? NO_PRICES : toFreshness(prices, now());
  };
  return [
    endpoint({
      method: "get",
      path: "/admin/pricing",
      tag: "prices",
      summary: "How fresh the prices are; with a model, which row it has and why.",
      query: z.object({ model: modelName.optional(), provider: z.string().max(100).optional() }),
      answer: pricingAnswer,
      async handle({ query: { model, provider } }) {
        const facts = await tell();
        if (model === undefined) return facts;
        return { ...facts, match: prices === undefined ? null : findMatch(prices.book, provider ?? "", model) };
      },
    }),
    endpoint({
      method: "post",
      path: "/admin/api/prices/refresh",
      tag: "prices",
      summary: "Fetch current prices now.",
      answer: refreshAnswer,
      errors: ["recorder_unavailable", "bad_body"],
      async handle() {
        // The recorder writes this.
        const { running } = (await write(ask, { name: "refresh-prices" })) as { readonly running: boolean };
        return { ...(await tell()), running };
      },
    }),
    endpoint({
      method: "post",
      path: "/admin/api/prices/backfill",
      tag: "prices",
      summary: "Price exchanges that had no price when they were recorded. Known costs stay as they are.",
      body: backfillBody,
      answer: backfillAnswer,
      errors: ["recorder_unavailable", "bad_body"],
      async handle({ body }) {
        // The recorder writes this.
        const result = (await write(ask, { name: "backfill-costs", request: body })) as BackfillResult;
        const { scanned, updated, ok, pending, unsupported, skipped = false, running = false } = result;
        return { scanned, updated, ok, pending, unsupported, skipped, running };
      },
    }),
  ];
}

/** Of a process that was started without any. */
const NO_PRICES: PricingAnswer = {
  loaded: false,
  fetchedAt: null,
  ageMs: null,
  stale: true,
  cachePath: null,
  url: null,
  rows: 0,
  fetchedRows: 0,
  files: [],
  problems: [],
};

function toFreshness({ book, cacheFile, maxAgeMs }: ApiPrices, nowMs: number): PricingAnswer {
  const { rows, fetchedRows, fetchedAtMs, url, files, problems } = book.freshness();
  const ageMs = fetchedAtMs === undefined ? null : Math.max(0, nowMs - fetchedAtMs);
  return {
    loaded: rows > 0,
    fetchedAt: fetchedAtMs ?? null,
    ageMs,
    stale: ageMs === null || ageMs > maxAgeMs,
    cachePath: cacheFile,
    url: url ?? null,
    rows,
    fetchedRows,
    files,
    problems,
  };
}

/** Null for a model without a price. */
function findMatch(book: PriceBook, provider: string, model: string): z.output<typeof match> | null {
  const { cost, origin, reason }: PriceExplanation = book.explain({
    provider,
    requestModel: model,
    usage: { inputTokens: 1, outputTokens: 1 },
    local: false,
    billable: true,
  });
  if (origin === undefined || cost.price === undefined) return null;
  const isOwn = origin.layer === "pricing.json" || origin.layer === "PRICING_OVERRIDES_JSON";
  return {
    key: origin.key,
    source: isOwn ? "override" : cost.confidence,
    layer: origin.layer,
    // Written by `toPriceJson`.
    pricing: JSON.parse(cost.price) as Record<string, unknown>,
    reason,
  };
}
