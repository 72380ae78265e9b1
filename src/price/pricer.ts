/** @module Puts a price on an exchange, and says why: reported cost first, then tokens times the row that fits. */

import type { Cost, CostComponents } from "../domain/money.ts";
import type { PriceExplanation, PriceLine } from "../domain/price-explanation.ts";
import { apportion, toNanoUsd } from "./apportion.ts";
import { findPrice, type PriceMatch, type PriceTables, toBillingModels } from "./match.ts";
import type { PriceAlias } from "./aliases.ts";
import type { PriceOverride } from "./overrides.ts";
import { createPrefixIndex } from "./prefix-index.ts";
import type { PriceInput, Pricer } from "./price.ts";
import { createPriceIndex } from "./price-index.ts";
import { type PriceRow, toPriceJson } from "./row.ts";
import { type TokenCost, toTokenCost } from "./token-cost.ts";

/** Rows of one origin between pricing.json and the built-in catalogue: user rows, fetched catalogues. */
export type PriceLayer = { readonly source: string; readonly rows: readonly PriceRow[] };

export type PricerOptions = {
  /** The built-in rows, or those with fetched ones merged into them. */
  readonly catalogue: readonly PriceRow[];
  /** Ahead of every row; of two with one name the later holds. */
  readonly overrides?: readonly PriceOverride[];
  /** Models that the user gives the price of another; asked when no row lists them. */
  readonly aliases?: readonly PriceAlias[];
  /** Ahead of the catalogue, the first one first. */
  readonly layers?: readonly PriceLayer[];
};

export type ExplainingPricer = Pricer & {
  explain(input: PriceInput): PriceExplanation;
};

/** The note of a call that costs nothing because it is never billed; such a row has no price to wait for. */
export const NOT_BILLED = "the provider does not bill this call";

/** Token prices may differ this much from the provider's own figure and still count as its parts. */
const ROUNDING_SHARE = 0.005;

/** Builds the indexes once; then each question costs some map look-ups. */
export function createPricer(options: PricerOptions): ExplainingPricer {
  const tables = createPriceTables(options);
  return { price: (input) => explainPrice(tables, input).cost, explain: (input) => explainPrice(tables, input) };
}

export function createPriceTables(options: PricerOptions): PriceTables {
  const builtIn = { source: "built-in", index: createPriceIndex(options.catalogue) };
  const layers = (options.layers ?? []).map(({ source, rows }) => ({ source, index: createPriceIndex(rows) }));
  return {
    overrides: createPrefixIndex((options.overrides ?? []).map((override) => [override.prefix, override])),
    aliases: createPrefixIndex((options.aliases ?? []).map(({ prefix, model }) => [prefix, model])),
    layers: [...layers, builtIn],
    hasProvider: (provider) => builtIn.index.hasProvider(provider),
    known: new Map(),
  };
}

/** What an exchange costs and every step to it. Never throws. */
export function explainPrice(tables: PriceTables, input: PriceInput): PriceExplanation {
  const models = toBillingModels(input.provider, input);
  const about = { provider: input.provider, models };
  if (!input.billable) return without(about, NOT_BILLED);
  const reported = toReported(input.reportedCostNanoUsd);
  if (input.local && reported === undefined) {
    const cost: Cost = { totalNanoUsd: 0, confidence: "exact", source: "local" };
    return { ...about, cost, reason: "the upstream is marked local: it never costs money", lines: [] };
  }
  const match = findPrice(tables, input.provider, models);
  const tokens = match === undefined ? undefined : toTokenCost(tables, input, match);
  const notes = [...(tokens?.notes ?? []), ...toFeeNotes(input)];
  if (reported !== undefined) return { ...about, ...toReportedCost(reported, match, tokens, notes) };
  if (match === undefined) return without(about, toMissing(input, models), toFeeNotes(input));
  if (tokens?.picoUsd === undefined)
    return { ...without(about, tokens?.why ?? "the tokens could not be priced", notes), origin: toOrigin(match) };
  const total = toNanoUsd(tokens.picoUsd);
  if (total === undefined)
    return { ...without(about, "the sum is too large to be true", notes), origin: toOrigin(match) };
  const lines = toLines(total, tokens);
  const cost: Cost = {
    totalNanoUsd: total,
    confidence: match.confidence,
    components: toComponents(lines),
    source: match.source,
    ...toRowFacts(match, tokens),
    ...toNotes([...(match.confidence === "exact" ? [] : [match.reason]), ...notes]),
  };
  return { ...about, cost, origin: toOrigin(match), reason: match.reason, lines };
}

/** The provider's figure is the total; the token prices only show what it is made of, where they can. */
function toReportedCost(
  total: number,
  match: PriceMatch | undefined,
  tokens: TokenCost | undefined,
  notes: readonly string[],
): Pick<PriceExplanation, "cost" | "reason" | "lines" | "origin"> {
  const computed = tokens?.picoUsd === undefined ? undefined : toNanoUsd(tokens.picoUsd);
  const fits = computed !== undefined && computed <= total * (1 + ROUNDING_SHARE);
  const lines = fits && tokens !== undefined ? toLines(Math.min(computed, total), tokens) : [];
  const rest = fits ? total - Math.min(computed, total) : 0;
  const all: readonly PriceLine[] = rest > 0 ? [...lines, { component: "other", nanoUsd: rest }] : lines;
  const doubt =
    computed !== undefined && !fits
      ? ["the token prices come to more than the provider's own figure; no parts are shown"]
      : [];
  const cost: Cost = {
    totalNanoUsd: total,
    confidence: "reported",
    ...(all.length === 0 ? {} : { components: toComponents(all) }),
    source: "reported",
    ...(match === undefined || tokens === undefined || !fits ? {} : toRowFacts(match, tokens)),
    ...toNotes([...notes, ...doubt]),
  };
  const reason = "the provider reported this cost itself";
  return { cost, reason, lines: all, ...(match === undefined ? {} : { origin: toOrigin(match) }) };
}

function without(
  about: Pick<PriceExplanation, "provider" | "models">,
  why: string,
  notes: readonly string[] = [],
): PriceExplanation {
  return { ...about, cost: { confidence: "unknown", notes: [why, ...notes] }, reason: why, lines: [] };
}

function toMissing(input: PriceInput, models: readonly string[]): string {
  if (models.length === 0) return "neither request nor answer names a model";
  return `no price for ${models.map((model) => `"${model}"`).join(" or ")} of provider ${input.provider}`;
}

function toFeeNotes({ usage }: PriceInput): readonly string[] {
  const notes: string[] = [];
  if ((usage?.webSearchRequests ?? 0) > 0)
    notes.push("fees of server-side tools (web search) are not in the token price");
  if ((usage?.searchUnits ?? 0) > 0) notes.push("search units are not in the token price");
  return notes;
}

/** A figure that is no amount of money is treated as not reported. */
function toReported(nanoUsd: number | undefined): number | undefined {
  if (nanoUsd === undefined || !(nanoUsd >= 0)) return undefined;
  const rounded = Math.round(nanoUsd);
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}

function toLines(total: number, { parts }: TokenCost): readonly PriceLine[] {
  const shares = apportion(
    total,
    parts.map((part) => part.picoUsd),
  );
  return parts.map(({ component, tokens, picoUsdPerToken }, position) => ({
    component,
    ...(tokens === undefined ? {} : { tokens }),
    ...(picoUsdPerToken === undefined ? {} : { picoUsdPerToken }),
    nanoUsd: shares[position] ?? 0,
  }));
}

function toComponents(lines: readonly PriceLine[]): CostComponents {
  return Object.fromEntries(lines.map(({ component, nanoUsd }) => [component, nanoUsd]));
}

function toRowFacts(match: PriceMatch, tokens: TokenCost): Pick<Cost, "priceKey" | "tier" | "price"> {
  return {
    priceKey: match.key,
    ...(tokens.tier === undefined ? {} : { tier: tokens.tier }),
    price: toPriceJson(match.row),
  };
}

function toNotes(notes: readonly string[]): Pick<Cost, "notes"> | Record<string, never> {
  return notes.length === 0 ? {} : { notes };
}

function toOrigin({ row, key, source }: PriceMatch): NonNullable<PriceExplanation["origin"]> {
  return {
    key,
    layer: source,
    ...(row.publisher === undefined ? {} : { publisher: row.publisher }),
    ...(row.asOf === undefined ? {} : { asOf: row.asOf }),
    ...(row.disputed === true ? { disputed: true } : {}),
  };
}
