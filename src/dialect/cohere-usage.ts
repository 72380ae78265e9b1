/** @module What Cohere's counts mean: `billed_units` are charged, the larger `tokens` hold its own templates. */

import { findReportedCost } from "./cost.ts";
import { type Accounting, fillZeros } from "./draft.ts";
import { type JsonRecord, defined, sumCounts, toCount, toRecord } from "./value.ts";

/** Reads `usage` (v2) and `meta` (v1, embed, rerank). Source: Cohere API, `ApiMeta`. */
export function accountCohere(reported: JsonRecord): Accounting {
  const billed = toRecord(reported["billed_units"]) ?? {};
  const images = toCount(billed["image_tokens"]);
  const searchUnits = toCount(billed["search_units"]);
  const tokens = defined({
    inputTokens: sumCounts(toCount(billed["input_tokens"]), images),
    outputTokens: toCount(billed["output_tokens"]),
    imageInputTokens: images,
  });
  const cost = findReportedCost(reported);
  const usage = Object.keys(tokens).length === 0 ? toUnbilled(reported, searchUnits) : fillZeros(tokens);
  const counts = { ...usage, ...(searchUnits === undefined ? {} : { searchUnits }) };
  return {
    ...(Object.keys(counts).length === 0 ? {} : { usage: counts }),
    ...(cost === undefined ? {} : { reportedCostNanoUsd: cost }),
  };
}

/** Without billed tokens the plain ones are all there is; a rerank is billed by search and has no token price. */
function toUnbilled(reported: JsonRecord, searchUnits: number | undefined) {
  const plain = toRecord(reported["tokens"]);
  if (plain === undefined || searchUnits !== undefined) return undefined;
  const tokens = defined({
    inputTokens: toCount(plain["input_tokens"]),
    outputTokens: toCount(plain["output_tokens"]),
    cacheReadTokens: toCount(reported["cached_tokens"]),
  });
  return Object.keys(tokens).length === 0 ? undefined : fillZeros(tokens);
}
