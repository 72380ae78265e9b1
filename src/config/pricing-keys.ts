/** @module The keys of `[pricing]`: where prices come from, how old they may be, and when costs are filled in. */

import { z } from "zod";

import { duration } from "./quantity.ts";
import type { ValueMeta } from "./value-meta.ts";

const MAX_CHUNK = 100_000;

const text = () => z.string().meta({ kind: "text", expects: "text" } satisfies ValueMeta);

export const pricingSchema = z.strictObject({
  live: z
    .boolean()
    .meta({ kind: "boolean", expects: "true or false" } satisfies ValueMeta)
    .prefault(true)
    .describe("Fetch current prices from models.dev. With `offline` nothing is fetched either."),
  url: z
    .string()
    .trim()
    .regex(/^https?:\/\/[^\s/]+\S*$/i)
    .meta({ kind: "text", expects: "an http:// or https:// URL" } satisfies ValueMeta)
    .prefault("https://models.dev/api.json")
    .describe("Where current prices are fetched from: a document in the form of models.dev."),
  refresh_interval: duration(1000).prefault("6h").describe("Between two fetches of the prices."),
  cache: z
    .string()
    .min(1)
    .meta({ kind: "path", expects: "a path" } satisfies ValueMeta)
    .exactOptional()
    .describe(
      "File in which fetched prices are kept, so that they are there at the next start; `pricing-cache.jsonl` in the data directory by default.",
    ),
  cache_ttl: duration().prefault("1h").describe("Kept prices that are younger are not fetched again at the start."),
  max_age: duration()
    .prefault("24h")
    .describe("Fetched prices that are older are called stale. They are used all the same."),
  overrides_json: text()
    .exactOptional()
    .describe("Prices of your own in the form of `pricing.json`, written out; they go before those of the files."),
  aliases_json: text()
    .exactOptional()
    .describe('Models that have the price of another, as JSON: `{"beginning of a name": "model"}`.'),
  backfill_interval: duration(1000)
    .prefault("30m")
    .describe(
      "How often exchanges that had no price are tried again. Other prices are followed by a try at once; known costs are never touched.",
    ),
  backfill_lookback: duration().prefault("7d").describe("Exchanges that are older are only priced on command."),
  backfill_chunk: z
    .int()
    .min(1)
    .max(MAX_CHUNK)
    .meta({ kind: "number", expects: `a whole number from 1 to ${MAX_CHUNK}` } satisfies ValueMeta)
    .prefault(500)
    .describe("Most exchanges that are priced in one transaction. Fewer are taken where the disk is slow."),
});
