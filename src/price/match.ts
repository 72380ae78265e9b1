/** @module Which price row holds for a provider and the models an exchange names, and how sure that is. */

import type { CostConfidence } from "../domain/money.ts";
import { toModelNames } from "./model-name.ts";
import type { PriceOverride } from "./overrides.ts";
import type { PrefixIndex } from "./prefix-index.ts";
import type { PriceIndex } from "./price-index.ts";
import type { PriceRow } from "./row.ts";
import { findVendor, findVendorOfModel } from "./vendor.ts";

/** Rows of one origin, such as `built-in`; asked in the order given. */
export type IndexedLayer = { readonly source: string; readonly index: PriceIndex };

export type PriceTables = {
  readonly overrides: PrefixIndex<PriceOverride>;
  /** Models that stand in for others because the user says so. */
  readonly aliases: PrefixIndex<string>;
  readonly layers: readonly IndexedLayer[];
  /** Providers with rows in the catalogue proper: for the others the vendor of a model may stand in. */
  readonly hasProvider: (provider: string) => boolean;
  /** Answers given before: the same few models are asked for again and again, and the tables never change. */
  readonly known: Map<string, PriceMatch | undefined>;
};

export type PriceMatch = {
  readonly row: PriceRow;
  readonly key: string;
  readonly source: string;
  readonly confidence: Extract<CostConfidence, "exact" | "alias" | "prefix">;
  /** How the row was found, in words. */
  readonly reason: string;
};

export type BillingModels = {
  readonly responseModel?: string;
  readonly routedModel?: string;
  readonly requestModel?: string;
};

const OTHER_PROVIDER_NAMES: Readonly<Record<string, string>> = {
  google: "gemini",
  "huggingface-router": "huggingface",
  "bedrock-mantle": "bedrock",
};

/** Providers that sell what another sells, at its prices unless they list their own. */
const STAND_INS: Readonly<Record<string, string>> = { azure: "openai" };

/** Run open weights themselves, free or by plan: what the maker of a model asks says nothing about them. */
const NO_INFERENCE: ReadonlySet<string> = new Set([
  "ollama",
  "ollama-cloud",
  "lmstudio",
  "vllm",
  "llamacpp",
  "local-llm",
]);

export function toCatalogueProvider(provider: string): string {
  return OTHER_PROVIDER_NAMES[provider] ?? provider;
}

/** Models in the order in which they name the price, each once. */
export function toBillingModels(provider: string, models: BillingModels): readonly string[] {
  const { responseModel, routedModel, requestModel } = models;
  const ordered =
    // The answer's body says `claude-…`; the priced id stands in the URL.
    toCatalogueProvider(provider) === "bedrock"
      ? [routedModel, requestModel, responseModel]
      : [responseModel, routedModel, requestModel];
  return [...new Set(ordered.flatMap((model) => (model === undefined || model.trim() === "" ? [] : [model])))];
}

/** Model names come from clients: the memory of answers is bounded by starting over. */
const MAX_KNOWN = 2000;
/** A longer question is not worth remembering. */
const MAX_QUESTION_CHARS = 500;

/** Each model is tried everywhere before the next one. Cost: one map look-up for what was asked before. */
export function findPrice(tables: PriceTables, provider: string, models: readonly string[]): PriceMatch | undefined {
  const question = `${provider}\n${models.join("\n")}`;
  const known = tables.known.get(question);
  if (known !== undefined || tables.known.has(question)) return known;
  const match = findFirst(tables, provider, models);
  if (tables.known.size >= MAX_KNOWN) tables.known.clear();
  if (question.length <= MAX_QUESTION_CHARS) tables.known.set(question, match);
  return match;
}

function findFirst(tables: PriceTables, provider: string, models: readonly string[]): PriceMatch | undefined {
  const slug = toCatalogueProvider(provider);
  for (const model of models) {
    const match =
      findOverride(tables, provider, model) ??
      findListed(tables, slug, model) ??
      findAliased(tables, provider, model) ??
      findStandIn(tables, slug, model) ??
      findOfVendor(tables, slug, model);
    if (match !== undefined) return match;
  }
  return undefined;
}

function findOverride(tables: PriceTables, provider: string, model: string): PriceMatch | undefined {
  const found = tables.overrides.find(toOwnNames(provider, model));
  if (found === undefined) return undefined;
  const { value: override, whole } = found;
  return {
    row: override.row,
    key: override.prefix,
    source: override.source,
    confidence: whole ? "exact" : "prefix",
    reason: whole
      ? `"${model}" is listed in ${override.source}`
      : `"${model}" begins with "${override.prefix}", the longest entry of ${override.source} that fits`,
  };
}

/** Under which names the user may have listed a model. */
function toOwnNames(provider: string, model: string): readonly string[] {
  const sent = model.trim();
  const bare = sent.slice(sent.lastIndexOf("/") + 1);
  return [...new Set([`${provider}/${sent}`, sent, `${provider}/${bare}`, bare])];
}

function findAliased(tables: PriceTables, provider: string, model: string): PriceMatch | undefined {
  const found = tables.aliases.find(toOwnNames(provider, model));
  if (found === undefined) return undefined;
  const { value: target, whole } = found;
  const slug = toCatalogueProvider(provider);
  const match =
    findOverride(tables, provider, target) ??
    findListed(tables, slug, target) ??
    findStandIn(tables, slug, target) ??
    findOfVendor(tables, slug, target);
  if (match === undefined) return undefined;
  const how = whole ? "is" : "begins like";
  const reason = `"${model}" ${how} an alias of "${target}"; ${match.reason}`;
  return { ...match, confidence: whole && match.confidence !== "prefix" ? "alias" : "prefix", reason };
}

function findListed(tables: PriceTables, provider: string, model: string): PriceMatch | undefined {
  const names = toModelNames(model, provider);
  for (const { source, index } of tables.layers) {
    const found = index.find(provider, names);
    if (found === undefined) continue;
    const key = `${provider}/${found.row.model}`;
    return {
      row: found.row,
      key,
      source: found.row.layer ?? source,
      confidence: found.exact ? "exact" : "alias",
      reason: `"${model}" is listed as ${key}${found.change === undefined ? "" : `, ${found.change}`}`,
    };
  }
  return undefined;
}

function findStandIn(tables: PriceTables, provider: string, model: string): PriceMatch | undefined {
  const other = STAND_INS[provider];
  const match = other === undefined ? undefined : findListed(tables, other, model);
  return match === undefined ? undefined : toInferred(match, `${provider} lists no price of its own for it`);
}

/** Only where the host is not known to have prices of its own, or sells its own models alone. */
function findOfVendor(tables: PriceTables, provider: string, model: string): PriceMatch | undefined {
  const isHost = tables.hasProvider(provider) && findVendor(provider) === undefined;
  if (isHost || NO_INFERENCE.has(provider)) return undefined;
  const why = `the provider is told from the model's name, because ${provider} lists no price for it`;
  if (model.includes("/") && provider !== "openrouter") {
    const routed = findListed(tables, "openrouter", model);
    if (routed !== undefined) return toInferred(routed, why);
  }
  const vendor = findVendorOfModel(model);
  if (vendor === undefined || vendor.provider === provider) return undefined;
  const match = findListed(tables, vendor.provider, model);
  return match === undefined ? undefined : toInferred(match, why);
}

function toInferred(match: PriceMatch, why: string): PriceMatch {
  return { ...match, confidence: "alias", reason: `${match.reason}; ${why}` };
}
