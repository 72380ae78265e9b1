/** @module Tokens times price for one exchange: the main usage by its row, every extra usage by its own. */

import type { CostComponents } from "../domain/money.ts";
import type { ExtraUsage, Usage } from "../domain/usage.ts";
import { toEffectiveRates } from "./effective-rates.ts";
import { findPrice, type PriceMatch, type PriceTables } from "./match.ts";
import type { PriceInput } from "./price.ts";
import type { PriceRow } from "./row.ts";
import { toTokenParts } from "./token-parts.ts";

/** A component before rounding. Tokens and price are absent where it is a sum of several. */
export type CostPart = {
  readonly component: keyof CostComponents;
  readonly tokens?: number;
  readonly picoUsdPerToken?: number;
  readonly picoUsd: bigint;
};

export type TokenCost = {
  /** Absent when the cost cannot be known; `why` then says what is missing. */
  readonly picoUsd?: bigint;
  readonly why?: string;
  readonly parts: readonly CostPart[];
  readonly tier?: string;
  readonly notes: readonly string[];
};

/** Answers of these kinds have no output to count. */
const WITHOUT_OUTPUT: ReadonlySet<string> = new Set(["embedding", "rerank"]);

export function toTokenCost(tables: PriceTables, input: PriceInput, match: PriceMatch): TokenCost {
  if (input.usage === undefined) return unknown("the answer carried no token counts");
  const main = toRowCost(match.row, input.usage, input.serviceTier);
  if (main.picoUsd === undefined) return main;
  const extra = toExtraCost(tables, input, match);
  const notes = [...main.notes, ...extra.notes];
  if (extra.picoUsd === undefined) return { ...main, notes };
  const part: CostPart = { component: "extra", picoUsd: extra.picoUsd };
  return { ...main, picoUsd: main.picoUsd + extra.picoUsd, parts: [...main.parts, part], notes };
}

function toRowCost(row: PriceRow, usage: Usage, serviceTier: string | undefined): TokenCost {
  const { rates, tier, notes } = toEffectiveRates(row, usage.inputTokens, serviceTier);
  const split = toTokenParts(usage, rates, rates.output === 0 || WITHOUT_OUTPUT.has(row.mode ?? ""));
  if (!split.known) return unknown(split.why, notes);
  const parts = split.parts.map((part) => ({ ...part, picoUsd: BigInt(part.tokens) * BigInt(part.picoUsdPerToken) }));
  return {
    picoUsd: parts.reduce((sum, part) => sum + part.picoUsd, 0n),
    parts,
    ...(tier === undefined ? {} : { tier }),
    notes: [...notes, ...split.notes],
  };
}

/** One sum over all extra usage; an entry that has no price is left out and said so. */
function toExtraCost(tables: PriceTables, input: PriceInput, match: PriceMatch): Pick<TokenCost, "picoUsd" | "notes"> {
  const notes: string[] = [];
  let sum: bigint | undefined;
  for (const entry of input.extraUsage ?? []) {
    const cost = toEntryCost(tables, input, match, entry);
    if (cost.picoUsd === undefined) {
      notes.push(
        `the total is too low: ${entry.kind} usage${toOf(entry.model)} is left out, ${cost.why ?? "unpriced"}`,
      );
      continue;
    }
    notes.push(...cost.notes);
    sum = (sum ?? 0n) + cost.picoUsd;
  }
  return { ...(sum === undefined ? {} : { picoUsd: sum }), notes };
}

function toEntryCost(tables: PriceTables, input: PriceInput, main: PriceMatch, entry: ExtraUsage): TokenCost {
  const own = entry.model === undefined ? main : findPrice(tables, input.provider, [entry.model]);
  if (own === undefined) return unknown("there is no price for it");
  return toRowCost(own.row, entry.usage, input.serviceTier);
}

function toOf(model: string | undefined): string {
  return model === undefined ? "" : ` of "${model}"`;
}

function unknown(why: string, notes: readonly string[] = []): TokenCost {
  return { why, parts: [], notes };
}
