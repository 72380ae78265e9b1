/** @module The shape of a price: pico-USD per token, with tiers, and its JSON form in USD per million tokens. */

/** Pico-USD per token = USD per million tokens × 10⁶. An absent part is charged as the part it belongs to. */
export type PriceRates = {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  /** Writes that live five minutes, or whose lifetime is not known. */
  readonly cacheWrite?: number;
  readonly cacheWrite1h?: number;
  readonly reasoning?: number;
  readonly audioInput?: number;
  readonly audioOutput?: number;
  readonly imageInput?: number;
  readonly imageOutput?: number;
};

/** Prices of the whole request once its input, cache included, is over the limit; absent parts keep the base price. */
export type PriceTier = {
  readonly aboveInputTokens: number;
  readonly rates: Partial<PriceRates>;
};

export type PriceRow = {
  /** Empty in rows that hold for every provider (pricing.json). */
  readonly provider: string;
  readonly model: string;
  readonly aliases: readonly string[];
  /** Absent = chat; else `embedding`, `rerank`, `image_generation`… */
  readonly mode?: string;
  readonly rates: PriceRates;
  /** Ascending by limit. */
  readonly tiers: readonly PriceTier[];
  /** By the name the answer reports: `priority`, `flex`, `batch`. */
  readonly serviceTiers: Readonly<Record<string, Partial<PriceRates>>>;
  readonly publisher?: string;
  /** Names the origin of a row that was merged into the rows of another: `models.dev`. */
  readonly layer?: string;
  readonly asOf?: string;
  readonly disputed?: boolean;
};

/** Field of a JSON row → part of a price. */
export const RATE_FIELDS = {
  input: "input",
  output: "output",
  cache_read: "cacheRead",
  cache_write: "cacheWrite",
  cache_write_1h: "cacheWrite1h",
  reasoning: "reasoning",
  audio_in: "audioInput",
  audio_out: "audioOutput",
  image_in: "imageInput",
  image_out: "imageOutput",
} as const satisfies Record<string, keyof PriceRates>;

const PICO_PER_USD_PER_MILLION = 1_000_000;

/** USD per million tokens to whole pico-USD per token; finer differences than $0.000001 per million are rounded away. */
export function toPicoUsdPerToken(usdPerMillion: number): number {
  return Math.round(usdPerMillion * PICO_PER_USD_PER_MILLION);
}

/** The inverse, exact to the decimals a price list shows. */
export function toUsdPerMillion(picoUsdPerToken: number): number {
  return picoUsdPerToken / PICO_PER_USD_PER_MILLION;
}

/** The row as JSON in the catalogue's own fields, so that a stored cost can be explained and recomputed. Made once a row. */
export function toPriceJson(row: PriceRow): string {
  let json = jsonOfRows.get(row);
  if (json === undefined) {
    json = writePriceJson(row);
    jsonOfRows.set(row, json);
  }
  return json;
}

const jsonOfRows = new WeakMap<PriceRow, string>();

function writePriceJson(row: PriceRow): string {
  const serviceTiers = Object.entries(row.serviceTiers);
  return JSON.stringify({
    ...(row.provider === "" ? {} : { provider: row.provider }),
    model: row.model,
    ...(row.mode === undefined ? {} : { mode: row.mode }),
    ...toRateFields(row.rates),
    ...(row.tiers.length === 0
      ? {}
      : {
          tiers: row.tiers.map((tier) => ({ above_input_tokens: tier.aboveInputTokens, ...toRateFields(tier.rates) })),
        }),
    ...(serviceTiers.length === 0
      ? {}
      : { service_tiers: Object.fromEntries(serviceTiers.map(([name, rates]) => [name, toRateFields(rates)])) }),
    ...(row.publisher === undefined ? {} : { source: row.publisher }),
    ...(row.asOf === undefined ? {} : { as_of: row.asOf }),
    ...(row.disputed === true ? { disputed: true } : {}),
  });
}

function toRateFields(rates: Partial<PriceRates>): Record<string, number> {
  const fields: Record<string, number> = {};
  for (const [field, part] of Object.entries(RATE_FIELDS)) {
    const rate = rates[part];
    if (rate !== undefined) fields[field] = toUsdPerMillion(rate);
  }
  return fields;
}
