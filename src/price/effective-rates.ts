/** @module The prices that hold for one request: its service tier and the size of its input applied to a row. */

import { type PriceRates, type PriceRow, RATE_FIELDS } from "./row.ts";

export type EffectiveRates = {
  readonly rates: PriceRates;
  /** The tier applied, in words; absent for the plain row. */
  readonly tier?: string;
  readonly notes: readonly string[];
};

/** Names of the ordinary tier, and of tiers under another name. Vertex: `trafficType`; Codex calls priority `fast`. */
const PLAIN_TIERS: ReadonlySet<string> = new Set(["", "default", "standard", "auto", "on_demand", "standard_only"]);
const OTHER_NAMES: Readonly<Record<string, string>> = {
  on_demand_flex: "flex",
  on_demand_priority: "priority",
  fast: "priority",
};

/** `inputTokens` is all input, cache included: over a tier's limit the whole request has the tier's prices. */
export function toEffectiveRates(
  row: PriceRow,
  inputTokens: number | undefined,
  serviceTier: string | undefined,
): EffectiveRates {
  const sizeTier = row.tiers.findLast((tier) => inputTokens !== undefined && inputTokens > tier.aboveInputTokens);
  const reported = serviceTier?.toLowerCase() ?? "";
  const name = OTHER_NAMES[reported] ?? reported;
  const service = PLAIN_TIERS.has(name) || !Object.hasOwn(row.serviceTiers, name) ? undefined : row.serviceTiers[name];

  const words: string[] = [];
  const notes: string[] = [];
  if (sizeTier !== undefined) words.push(`over ${sizeTier.aboveInputTokens} input tokens`);
  if (service !== undefined) words.unshift(name);
  else if (!PLAIN_TIERS.has(name)) notes.push(`no price for service tier "${serviceTier}"; the standard price is used`);
  if (service !== undefined && sizeTier !== undefined) {
    notes.push("the long-input price of this service tier is not listed; it is the tier's price raised in proportion");
  }
  return {
    rates: combine(row.rates, service, sizeTier?.rates),
    ...(words.length === 0 ? {} : { tier: words.join(", ") }),
    notes,
  };
}

/** Where both tiers price a part, the service tier's price is scaled by what the long input adds to the base price. */
function combine(
  base: PriceRates,
  service: Partial<PriceRates> | undefined,
  size: Partial<PriceRates> | undefined,
): PriceRates {
  if (service === undefined && size === undefined) return base;
  const rates: { -readonly [Part in keyof PriceRates]: PriceRates[Part] } = { ...base };
  for (const part of Object.values(RATE_FIELDS)) {
    const plain = base[part];
    const long = size?.[part];
    const served = service?.[part];
    const rate = served === undefined ? long : long === undefined || !plain ? served : scale(served, long, plain);
    if (rate !== undefined) rates[part] = rate;
  }
  return rates;
}

function scale(rate: number, long: number, plain: number): number {
  return Math.round((rate * long) / plain);
}
