/** @module Fetched rows over the built-in ones: one catalogue, in which each row says where it comes from. */

import { type PriceRates, type PriceRow, type PriceTier, RATE_FIELDS } from "./row.ts";

const OUTPUT_PARTS: ReadonlySet<keyof PriceRates> = new Set(["output", "reasoning", "audioOutput", "imageOutput"]);

/**
 * All rows, a fetched one in place of the built-in one of the same id. One catalogue and not two asked in turn, because
 * a name that only the older one lists must not fall to a namesake without its date in the newer one.
 */
export function mergeRows(builtIn: readonly PriceRow[], fetched: readonly PriceRow[]): readonly PriceRow[] {
  const rows = new Map(builtIn.map((row) => [toKey(row.provider, row.model), row]));
  const byAlias = new Map(builtIn.flatMap((row) => row.aliases.map((name) => [toKey(row.provider, name), row])));
  for (const row of fetched) {
    const key = toKey(row.provider, row.model);
    const own = rows.get(key);
    const known = own ?? byAlias.get(key);
    rows.set(key, known === undefined ? row : completeRow({ ...row, aliases: own?.aliases ?? [] }, known));
  }
  return [...rows.values()];
}

/**
 * The fetched row with what only the built-in one knows (one-hour cache writes, service tiers). A part that the
 * fetched prices lack keeps its proportion to the price it belongs to: one-hour writes stay twice the input.
 */
function completeRow(row: PriceRow, known: PriceRow): PriceRow {
  const tiers = row.tiers.length > 0 || known.publisher === row.publisher ? row.tiers : scaleTiers(row, known);
  const serviceTiers = Object.fromEntries(
    Object.entries(known.serviceTiers).map(([name, rates]) => [name, scaleRates(rates, known.rates, row.rates)]),
  );
  return {
    ...row,
    ...(known.mode === undefined ? {} : { mode: known.mode }),
    rates: { ...scaleRates(known.rates, known.rates, row.rates), ...row.rates },
    tiers: tiers.map((tier) => completeTier(tier, row, known)),
    serviceTiers: { ...serviceTiers, ...row.serviceTiers },
  };
}

/** A tier of the fetched row lacks the same parts as its base prices. */
function completeTier(tier: PriceTier, row: PriceRow, known: PriceRow): PriceTier {
  const twin = known.tiers.find(({ aboveInputTokens }) => aboveInputTokens === tier.aboveInputTokens);
  if (twin === undefined) return tier;
  return { ...tier, rates: { ...scaleRates(twin.rates, known.rates, row.rates), ...tier.rates } };
}

function scaleTiers(row: PriceRow, known: PriceRow): readonly PriceTier[] {
  return known.tiers.map((tier) => ({ ...tier, rates: scaleRates(tier.rates, known.rates, row.rates) }));
}

function scaleRates<Rates extends Partial<PriceRates>>(rates: Rates, from: PriceRates, to: PriceRates): Rates {
  const scaled: { -readonly [Part in keyof PriceRates]?: number } = {};
  for (const part of Object.values(RATE_FIELDS)) {
    const rate = rates[part];
    if (rate === undefined) continue;
    const base = OUTPUT_PARTS.has(part) ? "output" : "input";
    scaled[part] = from[base] === 0 ? rate : Math.round((rate * to[base]) / from[base]);
  }
  // The same parts as in `rates`, each with a number.
  return scaled as Rates;
}

function toKey(provider: string, name: string): string {
  return `${provider}\n${name}`;
}
