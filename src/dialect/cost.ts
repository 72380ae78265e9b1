/** @module Money that providers report beside the counts, in nano-USD. */

import { NANO_USD } from "../domain/money.ts";
import { type JsonRecord, toAmount, toRecord } from "./value.ts";

const TICKS_PER_NANO_USD = 10;

/**
 * OpenRouter and Vercel: `cost` in USD; Perplexity: `cost.total_cost`; xAI: `cost_in_usd_ticks` of 1e-10 USD.
 * 0 is a cost: the call was free.
 */
export function findReportedCost(usage: JsonRecord): number | undefined {
  const ticks = toAmount(usage["cost_in_usd_ticks"]);
  if (ticks !== undefined) return toNano(ticks / TICKS_PER_NANO_USD);
  const cost = usage["cost"];
  const usd = toAmount(cost) ?? toAmount(toRecord(cost)?.["total_cost"]) ?? parseDecimal(cost);
  return usd === undefined ? undefined : toNano(usd * NANO_USD);
}

/** Vercel writes some amounts as decimal text. */
function parseDecimal(value: unknown): number | undefined {
  return typeof value === "string" && /^\d{1,12}(?:\.\d{1,30})?$/.test(value) ? Number(value) : undefined;
}

function toNano(amount: number): number | undefined {
  const nano = Math.round(amount);
  return Number.isSafeInteger(nano) ? nano : undefined;
}
