/** @module Reads the price fields of one JSON object; what is wrong with it comes back as sentences. */

import { type PriceRates, type PriceRow, type PriceTier, RATE_FIELDS, toPicoUsdPerToken } from "./row.ts";

/** The priced part of a row, as catalogue and pricing.json share it. */
export type ParsedPrices = Pick<PriceRow, "rates" | "tiers" | "serviceTiers">;

/** Over a million dollars per million tokens is a slip of the pen, and sums would no longer be exact. */
const MAX_USD_PER_MILLION = 1_000_000;

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined, with the reasons added to `problems`, when the row cannot be used. */
export function parsePrices(value: JsonObject, problems: string[]): ParsedPrices | undefined {
  const before = problems.length;
  const { input, output, ...others } = parseRates(value, "", problems);
  if (input === undefined && value["input"] === undefined) problems.push('"input" is missing');
  if (output === undefined && value["output"] === undefined)
    problems.push('"output" is missing (0 where there is none)');
  const tiers = parseTiers(value["tiers"], problems);
  const serviceTiers = parseServiceTiers(value["service_tiers"], problems);
  if (problems.length > before || input === undefined || output === undefined) return undefined;
  return { rates: { input, output, ...others }, tiers, serviceTiers };
}

function parseRates(value: JsonObject, path: string, problems: string[]): Partial<PriceRates> {
  const rates: { -readonly [Part in keyof PriceRates]?: number } = {};
  for (const [field, part] of Object.entries(RATE_FIELDS)) {
    const usd = value[field];
    if (usd === undefined || usd === null) continue;
    if (typeof usd !== "number" || !(usd >= 0) || usd > MAX_USD_PER_MILLION) {
      problems.push(`"${path}${field}" must be USD per million tokens, a number from 0 to ${MAX_USD_PER_MILLION}`);
      continue;
    }
    rates[part] = toPicoUsdPerToken(usd);
  }
  return rates;
}

function parseTiers(value: unknown, problems: string[]): readonly PriceTier[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.push('"tiers" must be a list');
    return [];
  }
  const tiers = value.flatMap((tier: unknown, position): PriceTier[] => {
    const path = `tiers[${position}].`;
    if (!isJsonObject(tier)) {
      problems.push(`"tiers[${position}]" must be an object`);
      return [];
    }
    const limit = findLimit(tier);
    if (limit === undefined) {
      problems.push(`"${path}above_input_tokens" must be a whole number of tokens`);
      return [];
    }
    return [{ aboveInputTokens: limit, rates: parseRates(tier, path, problems) }];
  });
  return tiers.sort((one, other) => one.aboveInputTokens - other.aboveInputTokens);
}

/** `min_input_tokens` is the first count of the tier, `above_input_tokens` the last one before it. */
function findLimit(tier: JsonObject): number | undefined {
  const above = tier["above_input_tokens"];
  if (Number.isSafeInteger(above) && Number(above) >= 0) return Number(above);
  const first = tier["min_input_tokens"];
  return above === undefined && Number.isSafeInteger(first) && Number(first) > 0 ? Number(first) - 1 : undefined;
}

function parseServiceTiers(value: unknown, problems: string[]): Readonly<Record<string, Partial<PriceRates>>> {
  if (value === undefined) return {};
  if (!isJsonObject(value)) {
    problems.push('"service_tiers" must be an object');
    return {};
  }
  const entries = Object.entries(value).flatMap(([name, rates]): [string, Partial<PriceRates>][] => {
    if (isJsonObject(rates)) return [[name.toLowerCase(), parseRates(rates, `service_tiers.${name}.`, problems)]];
    problems.push(`"service_tiers.${name}" must be an object`);
    return [];
  });
  return Object.fromEntries(entries);
}
