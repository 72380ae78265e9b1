/** @module What the counts of local runtimes mean: Ollama's `eval_count`, llama.cpp's `timings` and bare fields. */

import { type Accounting, fillZeros } from "./draft.ts";
import { type JsonRecord, defined, findCount, sumCounts, toCount } from "./value.ts";

/**
 * Ollama leaves `prompt_eval_count` out when the prompt was cached: the input is unknown then, not 0.
 * Source: Ollama API, `POST /api/generate`.
 */
export function accountOllama(reported: JsonRecord): Accounting {
  const inputTokens = toCount(reported["prompt_eval_count"]);
  const outputTokens = toCount(reported["eval_count"]);
  if (inputTokens === undefined && outputTokens === undefined) return {};
  const { inputTokens: _unknown, ...zeros } = fillZeros({});
  return { usage: { ...zeros, ...defined({ inputTokens, outputTokens }) } };
}

/** llama.cpp: `prompt_n` counts the prompt tokens that were evaluated, `cache_n` those that were not. */
export function accountLlamaCpp(reported: JsonRecord): Accounting {
  const cached = toCount(reported["cache_n"]);
  const inputTokens = sumCounts(toCount(reported["prompt_n"]), cached) ?? toCount(reported["tokens_evaluated"]);
  const outputTokens = findCount(reported["predicted_n"], reported["tokens_predicted"]);
  if (inputTokens === undefined && outputTokens === undefined) return {};
  return { usage: fillZeros(defined({ inputTokens, outputTokens, cacheReadTokens: cached })) };
}
