/** @module Model routes that price rows offer: under which name a model may be asked for, and who serves it then. */

import type { PriceRow } from "./row.ts";
import { findVendor } from "./vendor.ts";

/** An upstream that serves the root paths. */
export type RouteUpstream = {
  readonly id: string;
  /** A key for it is configured, or it needs none. */
  readonly ready: boolean;
};

export type DefaultRoute = {
  /** The exact name a client asks for. */
  readonly model: string;
  readonly upstream: string;
  /** Absent: the name as it was asked for. `base@endpoint` pins that endpoint of OpenRouter. */
  readonly upstreamModel?: string;
  /** The row it comes from. */
  readonly priceModel: string;
  /** The name is an alias of the row. */
  readonly isAlias: boolean;
  readonly ready: boolean;
};

type Offer = DefaultRoute & { readonly row: PriceRow };

/** Rows of these kinds are asked by the paths that carry a model in the body and answer with text. */
const TEXT_MODES = new Set([undefined, "responses", "completion"]);

/**
 * One route for each name, by name. Of several offers: one that can be used before one that lacks its key, a row's own
 * name before an alias, who makes the model before who passes it on, then the cheaper, then by upstream and model.
 */
export function listDefaultRoutes(
  rows: readonly PriceRow[],
  upstreams: readonly RouteUpstream[],
): readonly DefaultRoute[] {
  const byId = new Map(upstreams.map((upstream) => [upstream.id, upstream]));
  const sold = rows.filter(({ provider, mode }) => byId.has(provider) && TEXT_MODES.has(mode));
  const endpoints = findCheapestEndpoints(sold);
  const best = new Map<string, Offer>();
  for (const row of sold) {
    for (const offer of listOffers(row, byId.get(row.provider)?.ready === true, endpoints)) {
      const known = best.get(offer.model);
      if (known === undefined || compare(offer, known) < 0) best.set(offer.model, offer);
    }
  }
  return [...best.values()].sort((a, b) => (a.model < b.model ? -1 : 1));
}

function listOffers(row: PriceRow, ready: boolean, endpoints: ReadonlyMap<string, string>): Offer[] {
  const { provider, model } = row;
  const pinned = parseEndpoint(row);
  const target = pinned === undefined ? (endpoints.get(`${provider}\n${model}`) ?? model) : model;
  const names: (readonly [name: string, isAlias: boolean])[] = [
    [model, false],
    ...(pinned === undefined ? [] : [[`${pinned.base}:${pinned.endpoint}`, false] as const]),
    ...row.aliases.map((name) => [name, true] as const),
  ];
  return names
    .filter(([name]) => name !== "" && !name.includes("*"))
    .map(([name, isAlias]) => ({
      model: name,
      upstream: provider,
      ...(name === target ? {} : { upstreamModel: target }),
      priceModel: model,
      isAlias,
      ready,
      row,
    }));
}

/** OpenRouter's rows of one endpoint are called `base@endpoint`. */
function parseEndpoint({
  provider,
  model,
}: PriceRow): { readonly base: string; readonly endpoint: string } | undefined {
  const [, base, endpoint] = (provider === "openrouter" && /^(.+)@([^@]+)$/.exec(model)) || [];
  return base === undefined || endpoint === undefined ? undefined : { base, endpoint };
}

/** The endpoint row that a base row's requests go to. */
function findCheapestEndpoints(rows: readonly PriceRow[]): ReadonlyMap<string, string> {
  const cheapest = new Map<string, PriceRow>();
  for (const row of rows) {
    const pinned = parseEndpoint(row);
    if (pinned === undefined) continue;
    const key = `${row.provider}\n${pinned.base}`;
    const known = cheapest.get(key);
    if (known === undefined || compareRows(row, known) < 0) cheapest.set(key, row);
  }
  return new Map([...cheapest].map(([key, { model }]) => [key, model]));
}

function compareRows(a: PriceRow, b: PriceRow): number {
  const noCache = (row: PriceRow): number => Number(row.rates.cacheRead === undefined);
  return sumOf(a) - sumOf(b) || noCache(a) - noCache(b) || (a.model < b.model ? -1 : 1);
}

function compare(a: Offer, b: Offer): number {
  const passesOn = ({ upstream }: Offer): number => Number(findVendor(upstream) === undefined);
  return (
    Number(b.ready) - Number(a.ready) ||
    Number(a.isAlias) - Number(b.isAlias) ||
    passesOn(a) - passesOn(b) ||
    sumOf(a.row) - sumOf(b.row) ||
    (a.upstream === b.upstream ? (a.priceModel < b.priceModel ? -1 : 1) : a.upstream < b.upstream ? -1 : 1)
  );
}

function sumOf({ rates }: PriceRow): number {
  return rates.input + rates.output;
}
