/** @module Google's Gemini API and Vertex AI: generate, stream (SSE and array), embed, predict, interactions. */

import { createAnswerReader } from "./answer-reader.ts";
import { asksForStream, hasQuery, isPost, toPath } from "./call.ts";
import type { Dialect } from "./dialect.ts";
import { type Accounting, type Draft, type Grammar, fillZeros, hasText, takeIdentity } from "./draft.ts";
import { accountGemini, accountInteraction, hasGeminiCounts } from "./gemini-usage.ts";
import { type JsonRecord, defined, sumCounts, toCount, toList, toRecord, toRecords, toText } from "./value.ts";

/** One chunk, or a whole answer. The last metadata that has counts wins as a whole; counts may fall on the way. */
export function takeGemini(draft: Draft, outer: JsonRecord): void {
  // Code Assist (Gemini CLI) wraps each chunk.
  const value = toRecord(outer["response"]) ?? outer;
  draft.model = toText(value["modelVersion"]) ?? draft.model;
  draft.responseId ??= toText(value["responseId"]);
  for (const candidate of toRecords(value["candidates"])) takeCandidate(draft, candidate);
  const blockReason = toText(toRecord(value["promptFeedback"])?.["blockReason"]);
  if (blockReason !== undefined) {
    draft.finishReason ??= blockReason;
    draft.isStopped = true;
  }
  if (value["predictions"] !== undefined) takePredictions(draft, value);
  if (toList(value["embeddings"]).length > 0 || toRecord(value["embedding"]) !== undefined) draft.hasOutput = true;
  const usage = toRecord(value["usageMetadata"]);
  if (usage === undefined) return;
  draft.serviceTier = toText(usage["serviceTier"]) ?? toText(usage["trafficType"]) ?? draft.serviceTier;
  if (hasGeminiCounts(usage)) draft.replaceReport(usage, accountGemini);
}

function takeCandidate(draft: Draft, candidate: JsonRecord): void {
  const finishReason = candidate["finishReason"];
  // With integer enums the reason is a number of the protobuf enum.
  const reason = typeof finishReason === "number" ? String(finishReason) : toText(finishReason);
  if (reason !== undefined) {
    draft.finishReason = reason;
    draft.isStopped = true;
  }
  draft.hasOutput ||= toRecords(toRecord(candidate["content"])?.["parts"]).some((part) =>
    Object.entries(part).some(([name, value]) => (name === "text" ? hasText(value) : name !== "thought")),
  );
}

/** Vertex `:predict`: embeddings count per prediction, PaLM in the metadata, Imagen not at all. */
function takePredictions(draft: Draft, value: JsonRecord): void {
  const predictions = toRecords(value["predictions"]);
  if (predictions.length > 0) draft.hasOutput = true;
  const input = sumCounts(
    ...predictions.map((each) => toCount(toRecord(toRecord(each["embeddings"])?.["statistics"])?.["token_count"])),
  );
  const tokens = toRecord(toRecord(value["metadata"])?.["tokenMetadata"]);
  const inputTokens = input ?? toCount(toRecord(tokens?.["inputTokenCount"])?.["totalTokens"]);
  const outputTokens = toCount(toRecord(tokens?.["outputTokenCount"])?.["totalTokens"]);
  if (inputTokens === undefined && outputTokens === undefined) return;
  draft.replaceReport({ inputTokens, outputTokens }, accountPrediction);
}

function accountPrediction(reported: JsonRecord): Accounting {
  const inputTokens = toCount(reported["inputTokens"]);
  const outputTokens = toCount(reported["outputTokens"]);
  return { usage: fillZeros(defined({ inputTokens, outputTokens })) };
}

const GEMINI: Grammar = { take: takeGemini };

const METHODS =
  /:(?:generateContent|streamGenerateContent|embedContent|batchEmbedContents|asyncBatchEmbedContent|predict|predictLongRunning|generateText|generateMessage|embedText|batchEmbedText)$/;

export const gemini = {
  id: "gemini",
  matches: (context) => isPost(context) && METHODS.test(toPath(context)),
  kind: () => "generation",
  isStreaming: (context) => toPath(context).endsWith(":streamGenerateContent"),
  createReader: (context) => createAnswerReader(context, GEMINI),
} satisfies Dialect;

/** One event, or a whole interaction. */
export function takeInteraction(draft: Draft, value: JsonRecord, event: string): void {
  const type = toText(value["event_type"]) ?? event;
  const interaction = toRecord(value["interaction"]) ?? (type === "" ? value : undefined);
  if (interaction !== undefined) {
    takeIdentity(draft, interaction);
    const status = toText(interaction["status"]);
    if (status !== undefined && status !== "in_progress") draft.finishReason = status;
    const usage = toRecord(interaction["usage"]) ?? toRecord(value["usage"]);
    if (usage !== undefined) draft.report(usage, accountInteraction);
    if (toList(interaction["steps"] ?? interaction["outputs"]).length > 0) draft.hasOutput = true;
  }
  if (/^interaction\.(?:complete|completed|failed|cancelled)$/.test(type)) {
    draft.isDone = true;
    draft.isUsageFinal = draft.reported !== undefined;
  }
  draft.hasOutput ||= /^(?:step|content)\.delta$/.test(type);
}

const INTERACTION: Grammar = { take: takeInteraction };
const STORED: Grammar = { ...INTERACTION, isBillable: false };

export const geminiInteractions = {
  id: "gemini-interactions",
  matches(context) {
    const path = toPath(context);
    return isPost(context)
      ? /\/v1(?:alpha|beta)?\d*\/(?:.+\/)?interactions$/.test(path)
      : context.method === "GET" && /\/interactions\/[^/]+$/.test(path);
  },
  kind: (context) => (isPost(context) ? "generation" : "other"),
  isStreaming: (context) => asksForStream(context) || hasQuery(context, "stream", "true"),
  createReader: (context) => createAnswerReader(context, isPost(context) ? INTERACTION : STORED),
} satisfies Dialect;
