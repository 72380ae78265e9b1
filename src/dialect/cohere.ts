/** @module Cohere's chat (v1 and v2), generate and embed, and reranking by Cohere, Voyage, Jina and llama.cpp. */

import { createAnswerReader } from "./answer-reader.ts";
import { asksForStream, isPost, toPath, toRequest } from "./call.ts";
import { accountCohere } from "./cohere-usage.ts";
import type { Dialect } from "./dialect.ts";
import { type Draft, type Grammar, hasText } from "./draft.ts";
import { reportOpenAi } from "./openai-chat.ts";
import { type JsonRecord, toList, toRecord, toRecords, toText } from "./value.ts";

/** One event of v1 (`event_type`) or v2 (`type`), or a whole answer. */
export function takeCohere(draft: Draft, value: JsonRecord, event: string): void {
  const v1 = toText(value["event_type"]);
  if (v1 !== undefined) return takeV1Event(draft, v1, value);
  const type = toText(value["type"]) ?? event;
  if (/^(?:message|content|tool|citation|debug)-/.test(type)) return takeV2Event(draft, type, value);
  takeAnswer(draft, value);
}

function takeV1Event(draft: Draft, type: string, value: JsonRecord): void {
  draft.responseId ??= toText(value["generation_id"]);
  draft.hasOutput ||= (type === "text-generation" && hasText(value["text"])) || type.startsWith("tool-calls");
  draft.isOpen = type !== "stream-end";
  if (type !== "stream-end") return;
  draft.isDone = true;
  draft.finishReason = toText(value["finish_reason"]) ?? draft.finishReason;
  const answer = toRecord(value["response"]);
  if (answer !== undefined) takeAnswer(draft, answer);
  draft.isUsageFinal = true;
}

function takeV2Event(draft: Draft, type: string, value: JsonRecord): void {
  draft.responseId ??= toText(value["id"]);
  const delta = toRecord(value["delta"]);
  if (type === "message-end") {
    draft.isDone = true;
    draft.finishReason = toText(delta?.["finish_reason"]) ?? draft.finishReason;
    takeCounts(draft, toRecord(delta?.["usage"]));
    draft.isUsageFinal = true;
  }
  if (draft.hasOutput) return;
  const message = toRecord(delta?.["message"]);
  const content = toRecord(message?.["content"]);
  draft.hasOutput =
    type.startsWith("tool-call") ||
    hasText(content?.["text"]) ||
    hasText(content?.["thinking"]) ||
    hasText(message?.["tool_plan"]);
}

function takeAnswer(draft: Draft, value: JsonRecord): void {
  draft.model = toText(value["model"]) ?? draft.model;
  draft.responseId ??= toText(value["response_id"]) ?? toText(value["generation_id"]) ?? toText(value["id"]);
  const [generation] = toRecords(value["generations"]);
  draft.finishReason = toText(value["finish_reason"]) ?? toText(generation?.["finish_reason"]) ?? draft.finishReason;
  takeCounts(draft, toRecord(value["usage"]) ?? toRecord(value["meta"]));
  draft.hasOutput ||= OUTPUTS.some(
    (name) => hasText(value[name]) || toList(value[name]).length > 0 || toRecord(value[name]) !== undefined,
  );
}

const OUTPUTS = ["text", "message", "generations", "embeddings", "results", "data"];

/** Cohere's own objects hold `billed_units`; others that share its paths count as OpenAI does. */
function takeCounts(draft: Draft, counts: JsonRecord | undefined): void {
  if (counts === undefined) return;
  if (toRecord(counts["billed_units"]) !== undefined || toRecord(counts["tokens"]) !== undefined) {
    draft.report(counts, accountCohere);
  } else {
    reportOpenAi(draft, counts);
  }
}

export const COHERE: Grammar = { take: takeCohere };

export const cohere = {
  id: "cohere",
  matches(context) {
    const [, method] = /\/v[12]\/(chat|generate|embed|summarize|classify)$/.exec(toPath(context)) ?? [];
    if (!isPost(context) || method === undefined) return false;
    // LM Studio has a `/v1/chat` of its own, with `input`.
    const body = toRequest(context);
    return method !== "chat" || body === undefined || "message" in body || "messages" in body;
  },
  kind: () => "generation",
  isStreaming: asksForStream,
  createReader: (context) => createAnswerReader(context, COHERE),
} satisfies Dialect;

export const rerank = {
  id: "rerank",
  matches: (context) => isPost(context) && /(?:^|\/)(?:rerank|reranking|score)$/.test(toPath(context)),
  kind: () => "generation",
  isStreaming: () => false,
  createReader: (context) => createAnswerReader(context, COHERE),
} satisfies Dialect;
