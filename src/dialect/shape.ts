/** @module Which wire format one JSON value is of, told from its members: for endpoints whose path tells nothing. */

import { takeMessages } from "./anthropic-messages.ts";
import { accountBedrock, accountFlatBedrock } from "./bedrock-usage.ts";
import { takeCohere } from "./cohere.ts";
import { type Draft, hasText, takeIdentity } from "./draft.ts";
import { takeGemini, takeInteraction } from "./gemini.ts";
import { accountLlamaCpp } from "./local-usage.ts";
import { takeOllama } from "./ollama.ts";
import { reportOpenAi, takeChat } from "./openai-chat.ts";
import { takeMedia } from "./openai-media.ts";
import { takeResponses } from "./openai-responses.ts";
import { type JsonRecord, toCount, toList, toRecord, toRecords, toText } from "./value.ts";

type Shape = {
  readonly fits: (value: JsonRecord, usage: JsonRecord) => boolean;
  readonly take: (draft: Draft, value: JsonRecord, event: string) => void;
};

const isEventOf = (value: JsonRecord, pattern: RegExp) => pattern.test(toText(value["type"]) ?? "");
const isCount = (value: unknown) => toCount(value) !== undefined;

/** First fit wins: the formats with names of their own before the general ones. */
const SHAPES: readonly Shape[] = [
  {
    fits: (value) => isEventOf(value, /^(?:message_(?:start|delta|stop)|content_block_\w+|ping)$/),
    take: takeMessages,
  },
  { fits: (value) => value["type"] === "message" && toRecord(value["usage"]) !== undefined, take: takeMessages },
  {
    fits: (value) => isEventOf(value, /^response\./) || toText(value["object"])?.startsWith("response") === true,
    take: takeResponses,
  },
  { fits: (value) => GEMINI_MEMBERS.some((name) => value[name] !== undefined), take: takeGemini },
  { fits: (value) => toRecord(toRecord(value["response"])?.["usageMetadata"]) !== undefined, take: takeGemini },
  {
    fits: (value, usage) => isCount(usage["total_input_tokens"]) || value["event_type"] === "interaction.created",
    take: takeInteraction,
  },
  { fits: hasConverseShape, take: takeConverse },
  { fits: (value) => FLAT_MEMBERS.some((name) => value[name] !== undefined), take: takeFlat },
  { fits: hasCohereShape, take: takeCohere },
  {
    fits: (value) =>
      isCount(value["eval_count"]) || isCount(value["prompt_eval_count"]) || typeof value["done"] === "boolean",
    take: takeOllama,
  },
  { fits: (value) => Array.isArray(value["choices"]) || toRecord(value["x_groq"]) !== undefined, take: takeChat },
  { fits: (_value, usage) => hasCacheBesideInput(usage), take: takeMessages },
  { fits: (_value, usage) => OPENAI_COUNTS.some((name) => isCount(usage[name])), take: takeMedia },
  {
    fits: (value) => toRecord(value["timings"]) !== undefined || isCount(value["tokens_predicted"]),
    take: takeLlamaCpp,
  },
];

const GEMINI_MEMBERS = ["candidates", "usageMetadata", "modelVersion", "predictions"];
const FLAT_MEMBERS = [
  "inputTextTokenCount",
  "totalOutputTextTokenCount",
  "outputText",
  "prompt_token_count",
  "generation_token_count",
  "generation",
];
const OPENAI_COUNTS = ["prompt_tokens", "completion_tokens", "input_tokens", "output_tokens", "total_tokens"];

/** Reads one value by its shape; what fits none is searched for a `usage` deeper inside. */
export function takeByShape(draft: Draft, value: JsonRecord, event: string): void {
  if (takeKnownShape(draft, value, event)) return;
  takeIdentity(draft, value);
  const deeper = findDeepUsage(value);
  if (deeper !== undefined) takeKnownShape(draft, { usage: deeper }, event);
  else if (BARE_COUNTS.some((name) => isCount(value[name]))) reportOpenAi(draft, value);
  draft.hasOutput ||= hasText(value["text"]) || hasText(value["content"]) || hasText(value["generated_text"]);
}

function takeKnownShape(draft: Draft, value: JsonRecord, event: string): boolean {
  const usage = toRecord(value["usage"]) ?? {};
  const shape = SHAPES.find((each) => each.fits(value, usage));
  shape?.take(draft, value, event);
  return shape !== undefined;
}

/** Names that are counts even without a `usage` around them. */
const BARE_COUNTS = ["prompt_cache_hit_tokens", "prompt_tokens", "completion_tokens"];

function hasCacheBesideInput(usage: JsonRecord): boolean {
  const isAnthropic =
    usage["cache_creation_input_tokens"] !== undefined || usage["cache_read_input_tokens"] !== undefined;
  return isAnthropic && isCount(usage["output_tokens"]) && usage["prompt_tokens"] === undefined;
}

function hasCohereShape(value: JsonRecord): boolean {
  const delta = toRecord(toRecord(value["delta"])?.["usage"]);
  const places = [toRecord(value["meta"]), toRecord(value["usage"]), delta];
  return (
    places.some((place) => toRecord(place?.["billed_units"]) !== undefined) || value["event_type"] === "stream-end"
  );
}

const CONVERSE_EVENTS = ["messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop"];

function hasConverseShape(value: JsonRecord, usage: JsonRecord): boolean {
  const metadata = toRecord(toRecord(value["metadata"])?.["usage"]);
  const counts = metadata ?? usage;
  return (
    isCount(counts["inputTokens"]) || isCount(counts["outputTokens"]) || CONVERSE_EVENTS.some((name) => name in value)
  );
}

/** Converse and Nova: whole answers, bare event bodies, and events wrapped in their name. */
export function takeConverse(draft: Draft, value: JsonRecord, event: string): void {
  const metadata = toRecord(value["metadata"]);
  const stop = toRecord(value["messageStop"]);
  const stopReason = toText(value["stopReason"]) ?? toText(stop?.["stopReason"]);
  if (stopReason !== undefined) {
    draft.finishReason = stopReason;
    draft.isStopped = true;
  }
  const usage = toRecord(metadata?.["usage"]) ?? toRecord(value["usage"]);
  if (usage !== undefined) {
    draft.report(usage, accountBedrock);
    draft.isUsageFinal = true;
    draft.isDone ||= event === "metadata" || metadata !== undefined;
  }
  const tier = toRecord(value["serviceTier"] ?? metadata?.["serviceTier"]);
  draft.serviceTier = toText(tier?.["type"]) ?? draft.serviceTier;
  if (draft.hasOutput) return;
  const delta = toRecord(toRecord(value["contentBlockDelta"])?.["delta"]) ?? toRecord(value["delta"]);
  const start = toRecord(toRecord(value["contentBlockStart"])?.["start"]) ?? toRecord(value["start"]);
  const content = toRecord(toRecord(value["output"])?.["message"])?.["content"];
  draft.hasOutput =
    hasText(delta?.["text"]) ||
    toRecord(delta?.["toolUse"]) !== undefined ||
    toRecord(delta?.["reasoningContent"]) !== undefined ||
    toRecord(start?.["toolUse"]) !== undefined ||
    toList(content).length > 0;
}

/** Titan and Llama on Bedrock. */
function takeFlat(draft: Draft, value: JsonRecord): void {
  const [result] = toRecords(value["results"]);
  const reason =
    toText(value["completionReason"]) ?? toText(value["stop_reason"]) ?? toText(result?.["completionReason"]);
  draft.finishReason = reason ?? draft.finishReason;
  if (reason !== undefined || isCount(value["totalOutputTextTokenCount"])) {
    draft.isStopped = true;
    draft.isUsageFinal = true;
  }
  const { inputTextTokenCount, totalOutputTextTokenCount, prompt_token_count, generation_token_count, results } = value;
  const counts = {
    inputTextTokenCount,
    totalOutputTextTokenCount,
    prompt_token_count,
    generation_token_count,
    results,
  };
  draft.report(counts, accountFlatBedrock);
  draft.hasOutput ||= hasText(value["outputText"]) || hasText(value["generation"]) || hasText(result?.["outputText"]);
}

/** llama.cpp's own `/completion`. */
function takeLlamaCpp(draft: Draft, value: JsonRecord): void {
  takeIdentity(draft, value);
  const { tokens_evaluated, tokens_predicted } = value;
  draft.report({ tokens_evaluated, tokens_predicted, ...toRecord(value["timings"]) }, accountLlamaCpp);
  draft.hasOutput ||= hasText(value["content"]);
  if (value["stop"] === true) {
    draft.isDone = true;
    draft.isUsageFinal = true;
    draft.finishReason = toText(value["stop_type"]) ?? draft.finishReason;
  }
}

const MAX_DEPTH = 5;
const MAX_NODES = 2000;

/** The first `usage` with counts, looked for level by level, within a bound. */
function findDeepUsage(value: JsonRecord): JsonRecord | undefined {
  let level: readonly JsonRecord[] = [value];
  let nodes = 0;
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const next: JsonRecord[] = [];
    for (const node of level) {
      const usage = toRecord(node["usage"]);
      if (usage !== undefined && Object.values(usage).some(isCount)) return usage;
      for (const member of Object.values(node)) {
        const children = Array.isArray(member) ? toRecords(member.slice(0, 20)) : [toRecord(member) ?? []].flat();
        nodes += children.length;
        if (nodes > MAX_NODES) return undefined;
        next.push(...children);
      }
    }
    level = next;
  }
  return undefined;
}
