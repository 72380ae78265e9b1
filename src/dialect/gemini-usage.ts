/** @module What Gemini's `usageMetadata` and the interactions API's `usage` mean. */

import type { Usage } from "../domain/usage.ts";
import { type Accounting, fillZeros } from "./draft.ts";
import { type JsonRecord, defined, sumCounts, toCount, toRecords, toText } from "./value.ts";

/** Source: Gemini API, `GenerateContentResponse.UsageMetadata`: tool prompts and thoughts stand beside the two main counts. */
export function accountGemini(reported: JsonRecord): Accounting {
  const thoughts = toCount(reported["thoughtsTokenCount"]);
  const candidates = toCount(reported["candidatesTokenCount"]) ?? toCount(reported["responseTokenCount"]);
  const inputParts = [
    ...toRecords(reported["promptTokensDetails"]),
    ...toRecords(reported["toolUsePromptTokensDetails"]),
  ];
  const outputParts = toRecords(reported["candidatesTokensDetails"] ?? reported["responseTokensDetails"]);
  const usage = defined({
    inputTokens: sumCounts(toCount(reported["promptTokenCount"]), toCount(reported["toolUsePromptTokenCount"])),
    outputTokens: sumCounts(candidates, thoughts),
    cacheReadTokens: toCount(reported["cachedContentTokenCount"]),
    reasoningTokens: thoughts,
    ...toMedia(inputParts, outputParts, "tokenCount"),
  });
  const serviceTier = toText(reported["serviceTier"]) ?? toText(reported["trafficType"]);
  return {
    ...(hasGeminiCounts(reported) ? { usage: fillZeros(usage) } : {}),
    ...(serviceTier === undefined ? {} : { serviceTier }),
  };
}

/** False for metadata that names only the traffic type: that is no usage, not a usage of zero. */
export function hasGeminiCounts(reported: JsonRecord): boolean {
  return COUNTS.some((name) => toCount(reported[name]) !== undefined);
}

const COUNTS = [
  "promptTokenCount",
  "candidatesTokenCount",
  "responseTokenCount",
  "thoughtsTokenCount",
  "totalTokenCount",
];

/** Source: Gemini Interactions API, `usage` with `total_*` names. */
export function accountInteraction(reported: JsonRecord): Accounting {
  const thoughts = toCount(reported["total_thought_tokens"]);
  const usage = defined({
    inputTokens: sumCounts(toCount(reported["total_input_tokens"]), toCount(reported["total_tool_use_tokens"])),
    outputTokens: sumCounts(toCount(reported["total_output_tokens"]), thoughts),
    cacheReadTokens: toCount(reported["total_cached_tokens"]),
    reasoningTokens: thoughts,
    ...toMedia(
      toRecords(reported["input_tokens_by_modality"]),
      toRecords(reported["output_tokens_by_modality"]),
      "tokens",
    ),
  });
  const isUsage = usage.inputTokens !== undefined || usage.outputTokens !== undefined;
  return isUsage ? { usage: fillZeros(usage) } : {};
}

/** Numbers of the protobuf enum, as `enum-encoding=int` sends them. */
const AUDIO: readonly unknown[] = ["AUDIO", "audio", 4];
const IMAGE: readonly unknown[] = ["IMAGE", "image", 2];

function toMedia(input: readonly JsonRecord[], output: readonly JsonRecord[], countName: string): Usage {
  const sum = (parts: readonly JsonRecord[], names: readonly unknown[]) =>
    sumCounts(...parts.filter((part) => names.includes(part["modality"])).map((part) => toCount(part[countName])));
  const audioIn = sum(input, AUDIO);
  const audioOut = sum(output, AUDIO);
  const hasAudio = audioIn !== undefined || audioOut !== undefined;
  return defined({
    ...(hasAudio ? { audioInputTokens: audioIn ?? 0, audioOutputTokens: audioOut ?? 0 } : {}),
    imageInputTokens: sum(input, IMAGE),
    imageOutputTokens: sum(output, IMAGE),
  });
}
