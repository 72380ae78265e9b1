/** @module Anthropic's Messages API, wherever it is spoken, and the legacy text completion beside it. */

import { createAnswerReader } from "./answer-reader.ts";
import { accountAnthropic, tellsInput } from "./anthropic-usage.ts";
import { asksForStream, isPost, toPath } from "./call.ts";
import type { Dialect, ReadContext } from "./dialect.ts";
import { type Draft, type Grammar, hasText, takeIdentity } from "./draft.ts";
import { type JsonRecord, toList, toRecord, toText } from "./value.ts";

/** One event, or a whole message. Later counts replace earlier ones, null never does; nothing is added up. */
export function takeMessages(draft: Draft, value: JsonRecord, event: string): void {
  switch (toText(value["type"]) ?? event) {
    case "message_start":
      return takeStart(draft, value);
    case "message_delta":
      return takeDelta(draft, value);
    case "message_stop":
      draft.isDone = true;
      return;
    case "content_block_start":
      return takeBlockStart(draft, toRecord(value["content_block"]));
    case "content_block_delta":
      draft.hasOutput ||= hasDeltaOutput(toRecord(value["delta"]));
      return;
    case "ping":
    case "content_block_stop":
    case "error":
      return;
    default:
      return takeMessage(draft, value);
  }
}

function takeStart(draft: Draft, value: JsonRecord): void {
  const message = toRecord(value["message"]);
  if (message === undefined) return;
  takeIdentity(draft, message);
  const usage = toRecord(message["usage"]);
  if (usage === undefined) return;
  draft.report(usage, accountAnthropic);
  draft.awaitsUsage = true;
}

function takeDelta(draft: Draft, value: JsonRecord): void {
  const stopReason = toText(toRecord(value["delta"])?.["stop_reason"]);
  draft.finishReason = stopReason ?? draft.finishReason;
  const usage = toRecord(value["usage"]);
  if (usage === undefined) return;
  draft.report(usage, accountAnthropic);
  // Without its start a stream has told half of its counts, however well it ended.
  draft.awaitsUsage = !tellsInput(draft.reported);
  draft.isUsageFinal = draft.finishReason !== undefined && !draft.awaitsUsage;
}

/** A server tool's call and result are output as much as text is; an empty text block is not yet. */
function takeBlockStart(draft: Draft, block: JsonRecord | undefined): void {
  const type = toText(block?.["type"]);
  if (type === undefined || type === "fallback") return;
  draft.hasOutput ||=
    (type !== "text" && type !== "thinking") || hasText(block?.["text"]) || hasText(block?.["thinking"]);
}

function hasDeltaOutput(delta: JsonRecord | undefined): boolean {
  if (delta === undefined) return false;
  return hasText(delta["text"]) || hasText(delta["thinking"]) || hasText(delta["partial_json"]);
}

function takeMessage(draft: Draft, value: JsonRecord): void {
  takeIdentity(draft, value);
  draft.finishReason = toText(value["stop_reason"]) ?? draft.finishReason;
  if (toList(value["content"]).length > 0 || hasText(value["completion"])) draft.hasOutput = true;
  const usage = toRecord(value["usage"]);
  if (usage !== undefined) draft.report(usage, accountAnthropic);
}

/** Deltas hold text only. */
const isSkippable = (event: string) => event === "content_block_delta" || event === "ping";

const MESSAGES: Grammar = { take: takeMessages, isSkippable };

export const anthropicMessages = {
  id: "anthropic-messages",
  matches: (context) => isPost(context) && (isMessagesPath(toPath(context)) || isVertexClaude(context)),
  kind: () => "generation",
  isStreaming: (context) => asksForStream(context) || toPath(context).endsWith(":streamRawPredict"),
  createReader: (context) => createAnswerReader(context, MESSAGES),
} satisfies Dialect;

/** OpenAI's threads and conversations have messages too. */
function isMessagesPath(path: string): boolean {
  return /(?:^|\/)messages$/.test(path) && !/\/(?:threads|conversations|completions)\/[^/]+\/messages$/.test(path);
}

function isVertexClaude(context: ReadContext): boolean {
  return /\/publishers\/anthropic\/models\/(?!count-tokens:)[^/]+:(?:r|streamR)awPredict$/.test(toPath(context));
}

/** The legacy API reports no usage. */
export const anthropicComplete = {
  id: "anthropic-complete",
  matches: (context) => isPost(context) && toPath(context).endsWith("/v1/complete"),
  kind: () => "generation",
  isStreaming: asksForStream,
  createReader: (context) => createAnswerReader(context, { take: takeComplete }),
} satisfies Dialect;

function takeComplete(draft: Draft, value: JsonRecord): void {
  takeMessage(draft, value);
  if (draft.finishReason !== undefined) draft.isStopped = true;
}
