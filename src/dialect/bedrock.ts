/** @module Amazon Bedrock's converse and invoke, whole and streamed; the model is named by the URL. */

import { createAnswerReader } from "./answer-reader.ts";
import { isPost, toPath } from "./call.ts";
import { readBedrockHeaders, toBedrockUsage } from "./bedrock-usage.ts";
import type { Dialect } from "./dialect.ts";
import { type Accounting, type Draft, type Grammar, fillZeros } from "./draft.ts";
import { parseJson } from "../http/json.ts";
import { takeByShape, takeConverse } from "./shape.ts";
import { type JsonRecord, toRecord } from "./value.ts";

export const bedrockConverse = {
  id: "bedrock-converse",
  matches: (context) => isPost(context) && /\/model\/[^/]+\/converse(?:-stream)?$/.test(toPath(context)),
  kind: () => "generation",
  isStreaming: (context) => toPath(context).endsWith("/converse-stream"),
  createReader: (context) => createAnswerReader(context, { take: takeConverse }),
} satisfies Dialect;

export const bedrockInvoke = {
  id: "bedrock-invoke",
  matches: (context) => isPost(context) && /\/model\/[^/]+\/invoke(?:-with-response-stream)?$/.test(toPath(context)),
  kind: () => "generation",
  isStreaming: (context) => toPath(context).endsWith("/invoke-with-response-stream"),
  createReader: (context) => createAnswerReader(context, INVOKE),
} satisfies Dialect;

/** The model's own counts first; what they leave out is taken from the headers, then from the invocation metrics. */
const INVOKE: Grammar = { take: takeInvoke, finish: fillFromBedrock };

/** A frame wraps the model's own event as base64; the last one carries metrics beside it. */
function takeInvoke(draft: Draft, outer: JsonRecord, event: string): void {
  const value = typeof outer["bytes"] === "string" ? toRecord(parseBase64Json(outer["bytes"])) : outer;
  if (value === undefined) {
    draft.warn("a frame holds no JSON");
    return;
  }
  takeByShape(draft, value, event === "chunk" ? "" : event);
  if (value !== outer) draft.context.watch?.take(value, "");
  const metrics = toRecord(value["amazon-bedrock-invocationMetrics"]);
  if (metrics === undefined) return;
  draft.fallback = metrics;
  draft.isDone = true;
  draft.isUsageFinal = true;
}

function fillFromBedrock(draft: Draft, accounting: Accounting): Accounting {
  const headers = readBedrockHeaders(draft.context.responseHeaders);
  const sources = [headers, draft.fallback].flatMap((source) =>
    source === undefined ? [] : (toBedrockUsage(source) ?? []),
  );
  const [other, another] = sources;
  if (other === undefined) return accounting;
  const own = accounting.usage;
  if (own === undefined) return { ...accounting, usage: fillZeros({ ...another, ...other }) };
  // A count of 0 may be one that the body left out: the second source knows.
  const inputTokens = own.inputTokens === 0 ? (other.inputTokens ?? another?.inputTokens) : own.inputTokens;
  const outputTokens = own.outputTokens === 0 ? (other.outputTokens ?? another?.outputTokens) : own.outputTokens;
  return {
    ...accounting,
    usage: fillZeros({
      ...own,
      ...(inputTokens === undefined ? {} : { inputTokens }),
      ...(outputTokens === undefined ? {} : { outputTokens }),
    }),
  };
}

function parseBase64Json(text: string): unknown {
  try {
    const binary = atob(text);
    return parseJson(new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0))));
  } catch {
    return undefined;
  }
}
