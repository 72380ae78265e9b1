/**
 * @module Reads the price document of models.dev: `{provider: {models: {id: {cost}}}}`, USD per million tokens.
 *
 * Source: https://models.dev/api.json and the schema in its repository (packages/core/src/schema.ts), read 2026-11-21.
 */

import { isJsonObject, type JsonObject, parsePrices } from "./parse-row.ts";
import type { PriceRow } from "./row.ts";

/** Their provider ids → ours, where they differ. Plans and regional twins without prices of their own are left out. */
const PROVIDERS: Readonly<Record<string, string>> = {
  google: "gemini",
  "google-vertex": "vertex",
  "google-vertex-anthropic": "vertex",
  "amazon-bedrock": "bedrock",
  vercel: "vercel-gateway",
  "fireworks-ai": "fireworks",
  togetherai: "together",
  moonshotai: "moonshot",
  "novita-ai": "novita",
};

/** What they call audio tokens. */
const AUDIO_FIELDS = { input_audio: "audio_in", output_audio: "audio_out" } as const;

/** Above so many input tokens `context_over_200k` holds; the older form of their tiers. */
const LONG_CONTEXT_TOKENS = 200_000;

/**
 * The rows of one provider after the other, so that a long document can be read in slices (7,800 models, 3.3 MB: 8 ms to
 * parse, then 25 ms of which no provider takes over 1). Models without a price, with
 * one that makes no sense, or with 0 in and out (plans, not free models) are left out. Throws a SyntaxError for a text
 * that is no JSON object.
 * @param asOf day of the copy, `2026-11-21`
 */
export function* readModelsDev(text: string, asOf: string): Generator<readonly PriceRow[]> {
  const json: unknown = JSON.parse(text);
  if (!isJsonObject(json)) throw new SyntaxError("not a JSON object");
  for (const [id, value] of Object.entries(json)) {
    if (!isJsonObject(value) || !isJsonObject(value["models"])) continue;
    const provider = Object.hasOwn(PROVIDERS, id) ? PROVIDERS[id] : id;
    if (provider === undefined) continue;
    yield Object.entries(value["models"]).flatMap(([model, entry]) => toRow(provider, model, entry, asOf) ?? []);
  }
}

function toRow(provider: string, model: string, entry: unknown, asOf: string): PriceRow | undefined {
  if (!isJsonObject(entry) || !isJsonObject(entry["cost"]) || model.trim() === "") return undefined;
  const prices = parsePrices(toOurFields(entry["cost"]), []);
  if (prices === undefined) return undefined;
  if (prices.rates.input === 0 && prices.rates.output === 0 && !model.endsWith(":free")) return undefined;
  return { provider, model, aliases: [], ...prices, publisher: "models.dev", layer: "models.dev", asOf };
}

function toOurFields(cost: JsonObject): JsonObject {
  const fields = toRates(cost);
  const tiers = toTiers(cost);
  return tiers.length === 0 ? fields : { ...fields, tiers };
}

/** Other members of a cost are facts we do not price by; a null is as good as nothing. */
function toRates(cost: JsonObject): JsonObject {
  const rates: Record<string, unknown> = {};
  for (const name of ["input", "output", "reasoning", "cache_read", "cache_write"]) rates[name] = cost[name];
  for (const [theirs, ours] of Object.entries(AUDIO_FIELDS)) rates[ours] = cost[theirs];
  return Object.fromEntries(Object.entries(rates).filter(([, value]) => value !== undefined && value !== null));
}

/** A tier of another kind than input length says nothing about a single request; it is passed over. */
function toTiers(cost: JsonObject): readonly JsonObject[] {
  if (Array.isArray(cost["tiers"])) {
    return cost["tiers"].flatMap((value: unknown) => {
      if (!isJsonObject(value) || !isJsonObject(value["tier"]) || value["tier"]["type"] !== "context") return [];
      return [{ above_input_tokens: value["tier"]["size"], ...toRates(value) }];
    });
  }
  const long = cost["context_over_200k"];
  return isJsonObject(long) ? [{ above_input_tokens: LONG_CONTEXT_TOKENS, ...toRates(long) }] : [];
}
