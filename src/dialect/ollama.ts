/** @module Ollama's own API: chat, generate and embed, one JSON object per line. */

import { createAnswerReader } from "./answer-reader.ts";
import { isPost, toPath, toRequest } from "./call.ts";
import type { Dialect } from "./dialect.ts";
import { type Draft, type Grammar, hasText, takeIdentity } from "./draft.ts";
import { accountOllama } from "./local-usage.ts";
import { type JsonRecord, toCount, toList, toRecord, toText } from "./value.ts";

/** One line, or a whole answer. Only the line that says `done` counts. */
export function takeOllama(draft: Draft, value: JsonRecord): void {
  takeIdentity(draft, value);
  if (value["done"] === false) draft.isOpen = true;
  if (value["done"] === true) {
    draft.isOpen = false;
    draft.isDone = true;
    draft.isUsageFinal = true;
    draft.finishReason = toText(value["done_reason"]) ?? draft.finishReason;
  }
  const hasCounts = toCount(value["prompt_eval_count"]) !== undefined || toCount(value["eval_count"]) !== undefined;
  if (hasCounts) {
    const { prompt_eval_count, eval_count } = value;
    draft.report({ prompt_eval_count, eval_count }, accountOllama);
  }
  if (draft.hasOutput) return;
  const message = toRecord(value["message"]);
  draft.hasOutput =
    hasText(value["response"]) ||
    hasText(value["thinking"]) ||
    hasText(message?.["content"]) ||
    hasText(message?.["thinking"]) ||
    toList(message?.["tool_calls"]).length > 0 ||
    toList(value["embeddings"] ?? value["embedding"]).length > 0;
}

const OLLAMA: Grammar = { take: takeOllama };
const STREAMED = /\/api\/(?:chat|generate)$/;

export const ollama = {
  id: "ollama",
  // OpenRouter's `/api/v1/…` and Z.ai's `/api/paas/…` are none of these.
  matches: (context) => isPost(context) && /\/api\/(?:chat|generate|embed|embeddings)$/.test(toPath(context)),
  kind: () => "generation",
  isStreaming: (context) => STREAMED.test(toPath(context)) && toRequest(context)?.["stream"] !== false,
  createReader: (context) => createAnswerReader(context, OLLAMA),
} satisfies Dialect;
