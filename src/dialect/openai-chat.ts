/** @module OpenAI's chat and text completions, and all that speak them: `choices`, deltas, `usage` anywhere. */

import { createAnswerReader } from "./answer-reader.ts";
import { asksForStream, isPost, toPath, toRequest } from "./call.ts";
import type { Dialect, ReadContext } from "./dialect.ts";
import { type Draft, type Grammar, hasText, takeIdentity } from "./draft.ts";
import { accountLlamaCpp } from "./local-usage.ts";
import { accountOpenAi } from "./openai-usage.ts";
import { type JsonRecord, toCount, toList, toRecord, toRecords, toText } from "./value.ts";

/** One chunk, or a whole completion. */
export function takeChat(draft: Draft, value: JsonRecord): void {
  takeIdentity(draft, value);
  const choices = toRecords(value["choices"]);
  for (const choice of choices) takeChoice(draft, choice);
  // Writer streams completions as bare values.
  draft.hasOutput ||= choices.length === 0 && hasText(value["value"]);
  takeChatUsage(draft, value, choices);
}

function takeChoice(draft: Draft, choice: JsonRecord): void {
  const finishReason = toText(choice["finish_reason"]);
  if (finishReason !== undefined) {
    draft.finishReason = finishReason;
    draft.isStopped = true;
  }
  if (draft.hasOutput) return;
  const message = toRecord(choice["delta"]) ?? toRecord(choice["message"]);
  draft.hasOutput = hasText(choice["text"]) || (message !== undefined && hasMessageOutput(message));
}

function hasMessageOutput(message: JsonRecord): boolean {
  return (
    hasText(message["content"]) ||
    toList(message["content"]).length > 0 ||
    hasText(message["reasoning_content"]) ||
    hasText(message["reasoning"]) ||
    hasText(message["refusal"]) ||
    toList(message["tool_calls"]).length > 0 ||
    toList(message["reasoning_details"]).length > 0 ||
    toRecord(message["function_call"]) !== undefined ||
    toRecord(message["audio"]) !== undefined
  );
}

/**
 * Usage stands at the top (with or without choices), in `x_groq`, or in a choice (Moonshot): the same tokens, counted once.
 * llama.cpp's timings stand in where there is none.
 */
function takeChatUsage(draft: Draft, value: JsonRecord, choices: readonly JsonRecord[]): void {
  const usage =
    toRecord(value["usage"]) ??
    toRecord(toRecord(value["x_groq"])?.["usage"]) ??
    choices.map((choice) => toRecord(choice["usage"])).find((own) => own !== undefined);
  if (usage !== undefined) {
    reportOpenAi(draft, usage);
    draft.isUsageFinal = draft.isStopped || (choices.length === 0 && draft.hasOutput);
    return;
  }
  const timings = toRecord(value["timings"]);
  if (timings !== undefined && draft.rule !== accountOpenAi) {
    draft.report(timings, accountLlamaCpp);
    draft.isUsageFinal = draft.isStopped;
  }
}

/** A total belongs to the counts it came with: a later object without one must not be held against an earlier one. */
export function reportOpenAi(draft: Draft, usage: JsonRecord): void {
  const hasCounts = toCount(usage["prompt_tokens"] ?? usage["input_tokens"]) !== undefined;
  if (hasCounts && usage["total_tokens"] === undefined && draft.reported !== undefined) {
    draft.reported = { ...draft.reported, total_tokens: undefined };
  }
  draft.report(usage, accountOpenAi);
}

const CHAT: Grammar = { take: takeChat };
const STORED: Grammar = { take: takeChat, isBillable: false };

/** Snowflake's own path speaks the same. */
const CHAT_PATH = /\/chat\/completions$|^chat\/completions$|\/inference:complete$|\/openapi\/chat\/completions$/;
const STORED_PATH = /\/chat\/completions\/[^/]+$/;

export const openAiChat = {
  id: "openai-chat",
  matches(context) {
    const path = toPath(context);
    if (!isPost(context)) return STORED_PATH.test(path);
    return CHAT_PATH.test(path) || isWriterChat(context, path) || isVertexMistral(path);
  },
  kind: (context) => (isPost(context) ? "generation" : "other"),
  isStreaming: (context) => asksForStream(context) || toPath(context).endsWith(":streamRawPredict"),
  createReader: (context) => createAnswerReader(context, isPost(context) ? CHAT : STORED),
} satisfies Dialect;

/** Writer's `/v1/chat` has `messages` as OpenAI's; Cohere's path of that name has one `message`. */
function isWriterChat(context: ReadContext, path: string): boolean {
  return path.endsWith("/chat") && !/\/(?:api|v2)\/chat$/.test(path) && Array.isArray(toRequest(context)?.["messages"]);
}

function isVertexMistral(path: string): boolean {
  return /\/publishers\/(?!anthropic\/|google\/)[^/]+\/models\/[^/]+:(?:stream)?[rR]awPredict$/.test(path);
}

/** Text completions, and fill-in-the-middle, which has the same answer. */
export const openAiCompletions = {
  id: "openai-completions",
  matches: (context) => isPost(context) && /(?:^|\/)(?:v\d+\/)?(?:fim\/)?completions$/.test(toPath(context)),
  kind: () => "generation",
  isStreaming: asksForStream,
  createReader: (context) => createAnswerReader(context, CHAT),
} satisfies Dialect;
