/** @module What the counts of OpenAI-shaped `usage` objects mean, with the known departures of its many imitators. */

import type { Usage } from "../domain/usage.ts";
import { findReportedCost } from "./cost.ts";
import { type Accounting, type Draft, fillDetails } from "./draft.ts";
import { type JsonRecord, defined, findCount, sumCounts, toAmount, toCount, toRecord } from "./value.ts";

/** Counts of chat, completions, responses, embeddings, images and audio; `prompt_tokens` and `input_tokens` are synonyms. */
export function accountOpenAi(reported: JsonRecord, draft: Draft): Accounting {
  const parts = readParts(reported);
  const tokens = toTokens(parts, reported, draft);
  const counts = defined({
    ...tokens,
    webSearchRequests: findWebSearches(reported),
    audioSeconds: findAudioSeconds(reported),
    searchUnits: toCount(reported["search_units"]),
  });
  const cost = findReportedCost(reported);
  return {
    ...(Object.keys(counts).length === 0 ? {} : { usage: tokens === undefined ? counts : fillDetails(counts) }),
    ...(cost === undefined ? {} : { reportedCostNanoUsd: cost }),
    warnings: parts.cacheRead > (parts.prompt ?? Infinity) ? ["cached tokens exceed input tokens"] : [],
  };
}

type Parts = ReturnType<typeof readParts>;

function readParts(usage: JsonRecord) {
  const input = findDetails(usage, [
    "prompt_tokens_details",
    "prompt_token_details",
    "input_tokens_details",
    "input_token_details",
  ]);
  const output = findDetails(usage, [
    "completion_tokens_details",
    "completion_token_details",
    "output_tokens_details",
    "output_token_details",
  ]);
  const hits = toCount(usage["prompt_cache_hit_tokens"]);
  const prompt = toCount(usage["prompt_tokens"]) ?? toCount(usage["input_tokens"]);
  return {
    prompt: prompt ?? sumCounts(hits, toCount(usage["prompt_cache_miss_tokens"])),
    completion: toCount(usage["completion_tokens"]) ?? toCount(usage["output_tokens"]),
    total: toCount(usage["total_tokens"]),
    cacheRead:
      findCount(
        input["cached_tokens"],
        input["cache_read_tokens"],
        input["cache_read_input_tokens"],
        hits,
        usage["cached_tokens"],
        usage["num_cached_tokens"],
        usage["cache_read_input_tokens"],
        usage["cache_read_tokens"],
        usage["cached_input_tokens"],
      ) ?? 0,
    cacheWrite: findCount(
      input["cache_write_tokens"],
      input["cache_creation_tokens"],
      input["cache_creation_input_tokens"],
      usage["cache_write_tokens"],
      usage["cache_creation_input_tokens"],
    ),
    lifetimes: toRecord(usage["cache_creation"]) ?? toRecord(input["cache_creation_token_details"]) ?? {},
    reasoning: findCount(output["reasoning_tokens"], usage["reasoning_tokens"], output["thinking_tokens"]) ?? 0,
    audioInput: findCount(input["audio_tokens"], usage["prompt_audio_tokens"], usage["audio_prompt_tokens"]),
    audioOutput: findCount(output["audio_tokens"], usage["completion_audio_tokens"]),
    imageInput: toCount(input["image_tokens"]),
    imageOutput: toCount(output["image_tokens"]),
  };
}

/** The members of all spellings of a details object; they are often null, or there twice. */
function findDetails(usage: JsonRecord, names: readonly string[]): JsonRecord {
  return names.map((name) => toRecord(usage[name])).find((details) => details !== undefined) ?? {};
}

function toTokens(parts: Parts, reported: JsonRecord, draft: Draft): Usage | undefined {
  const { prompt, completion, total } = parts;
  if (prompt === undefined && completion === undefined && total === undefined) return undefined;
  const input = prompt ?? Math.max(0, (total ?? 0) - (completion ?? 0));
  const output = completion ?? (prompt === undefined ? 0 : Math.max(0, (total ?? 0) - prompt));
  const outside = findOutside(parts, input, output, reported, draft);
  return defined({
    // One that neither stands there nor follows from the total is unknown: a price needs both.
    inputTokens: (prompt ?? total) === undefined ? undefined : input + outside.input,
    outputTokens: (completion ?? total) === undefined ? undefined : output + outside.output,
    cacheReadTokens: parts.cacheRead,
    cacheWriteTokens: parts.cacheWrite,
    cacheWrite5mTokens: toCount(parts.lifetimes["ephemeral_5m_input_tokens"]),
    cacheWrite1hTokens: toCount(parts.lifetimes["ephemeral_1h_input_tokens"]),
    reasoningTokens: outside.reasoning,
    audioInputTokens: parts.audioInput,
    audioOutputTokens: parts.audioOutput,
    imageInputTokens: parts.imageInput,
    imageOutputTokens: parts.imageOutput,
  });
}

/** Tokens that some providers leave out of the two main counts, told by the total wherever it tells. */
function findOutside(parts: Parts, input: number, output: number, reported: JsonRecord, draft: Draft) {
  const { reasoning, cacheRead } = parts;
  const audio = parts.audioInput ?? 0;
  const none = { input: 0, output: 0, reasoning };
  const gap = parts.total === undefined ? undefined : parts.total - input - output;
  if (gap === undefined) {
    if (reasoning > 0 && isXaiChat(reported, draft)) return { ...none, output: reasoning };
    // Mistral's audio cannot be a part of a smaller prompt.
    return audio > input ? { ...none, input: audio } : none;
  }
  if (gap <= 0) return isReasoningApart(reported, draft) ? { ...none, output: reasoning } : none;
  if (gap === reasoning) return { ...none, output: reasoning };
  if (gap === audio) return { ...none, input: audio };
  if (gap === reasoning + audio) return { input: audio, output: reasoning, reasoning };
  if (gap === cacheRead && cacheRead > input) return { ...none, input: cacheRead };
  // Gemini's OpenAI endpoint hides its thinking: only the total shows it.
  if (isGemini(draft)) return { input: 0, output: gap, reasoning: Math.max(gap, reasoning) };
  draft.warn("total tokens exceed input and output");
  return none;
}

/** Vercel's gateway and Perplexity's deep research leave reasoning out of the total as well. */
function isReasoningApart(reported: JsonRecord, draft: Draft): boolean {
  const isVercel = draft.context.provider.startsWith("vercel") || reported["market_cost"] !== undefined;
  return (
    (isVercel && reported["completion_tokens"] !== undefined) || toCount(reported["citation_tokens"]) !== undefined
  );
}

function isXaiChat(reported: JsonRecord, draft: Draft): boolean {
  const isXai = draft.context.provider === "xai" || reported["cost_in_usd_ticks"] !== undefined;
  return isXai && reported["completion_tokens"] !== undefined;
}

function isGemini(draft: Draft): boolean {
  const { provider } = draft.context;
  return provider === "gemini" || provider === "google" || provider === "vertex" || /gemini/i.test(draft.model ?? "");
}

function findWebSearches(usage: JsonRecord): number | undefined {
  return findCount(
    toRecord(usage["server_tool_use"])?.["web_search_requests"],
    toRecord(usage["server_tool_use_details"])?.["web_search_requests"],
    toRecord(usage["server_side_tool_usage_details"])?.["web_search_calls"],
    usage["num_search_queries"],
  );
}

function findAudioSeconds(usage: JsonRecord): number | undefined {
  return (
    toAmount(usage["prompt_audio_seconds"]) ?? (usage["type"] === "duration" ? toAmount(usage["seconds"]) : undefined)
  );
}
