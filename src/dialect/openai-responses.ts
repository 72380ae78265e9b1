/** @module OpenAI's Responses API: create, compact, cancel and re-reading of stored responses. */

import { createAnswerReader } from "./answer-reader.ts";
import { asksForStream, hasQuery, isPost, toPath } from "./call.ts";
import type { Dialect, ReadContext } from "./dialect.ts";
import { type Accounting, type Draft, type Grammar, fillZeros, hasText, takeIdentity } from "./draft.ts";
import { reportOpenAi } from "./openai-chat.ts";
import { accountOpenAi } from "./openai-usage.ts";
import { type JsonRecord, defined, toCount, toRecord, toRecords, toText } from "./value.ts";

const LAST_EVENTS: ReadonlySet<string> = new Set([
  "response.completed",
  "response.incomplete",
  "response.failed",
  "response.done",
]);

/** One event, or a whole response. */
export function takeResponses(draft: Draft, value: JsonRecord, event: string): void {
  const type = toText(value["type"]) ?? event;
  const response = toRecord(value["response"]) ?? (isResponse(value) ? value : undefined);
  if (type === "error") takeErrorEvent(draft, value);
  if (LAST_EVENTS.has(type)) draft.isDone = true;
  if (response !== undefined) takeResponse(draft, response, draft.isDone);
  else takeEvent(draft, type, value);
}

function isResponse(value: JsonRecord): boolean {
  const object = value["object"];
  return typeof object === "string"
    ? object.startsWith("response")
    : "usage" in value || Array.isArray(value["output"]);
}

function takeResponse(draft: Draft, response: JsonRecord, isLast: boolean): void {
  takeIdentity(draft, response);
  const status = toText(response["status"]);
  const reason = toText(toRecord(response["incomplete_details"])?.["reason"]);
  if (status !== undefined && status !== "in_progress" && status !== "queued") draft.finishReason = reason ?? status;
  const error = toRecord(response["error"]);
  if (error !== undefined) {
    draft.error ??= defined({
      type: toText(error["type"]),
      code: toText(error["code"]),
      message: toText(error["message"]),
    });
  }
  const usage = toRecord(response["usage"]);
  if (usage !== undefined) {
    reportOpenAi(draft, usage);
    draft.isUsageFinal = isLast;
  }
  const tools = toRecord(response["tool_usage"]);
  if (tools !== undefined) draft.fallback = { tool_usage: tools, tools: response["tools"] };
  if (toRecords(response["output"]).length > 0) draft.hasOutput = true;
}

function takeEvent(draft: Draft, type: string, value: JsonRecord): void {
  if (draft.hasOutput) return;
  const item = toText(toRecord(value["item"])?.["type"]);
  const isCall =
    type === "response.output_item.added" && item !== undefined && item !== "message" && item !== "reasoning";
  draft.hasOutput = isCall || (type.endsWith(".delta") && hasText(value["delta"]));
}

/** `{"type": "error", "code", "message"}`, flat or inside `error`. */
function takeErrorEvent(draft: Draft, value: JsonRecord): void {
  const error = toRecord(value["error"]) ?? value;
  const ownType = error === value ? undefined : toText(error["type"]);
  draft.error ??= defined({ type: ownType, code: toText(error["code"]), message: toText(error["message"]) });
}

/** Adds what the tools of a response used: searches to the usage, drawn images as usage of another model. */
function finish(draft: Draft, accounting: Accounting): Accounting {
  const tools = toRecord(draft.fallback?.["tool_usage"]);
  if (tools === undefined) return accounting;
  const searches = toCount(toRecord(tools["web_search"])?.["num_requests"]);
  const images = toRecord(tools["image_gen"]);
  const drawn = images === undefined ? undefined : accountOpenAi(images, draft).usage;
  const isDrawn = drawn !== undefined && (drawn.inputTokens ?? 0) + (drawn.outputTokens ?? 0) > 0;
  const tool = toRecords(draft.fallback?.["tools"]).find((each) => each["type"] === "image_generation");
  const model = toText(tool?.["model"]);
  const usage =
    searches === undefined ? accounting.usage : { ...fillZeros({}), ...accounting.usage, webSearchRequests: searches };
  return {
    ...accounting,
    ...(usage === undefined || accounting.usage === undefined ? {} : { usage }),
    ...(isDrawn
      ? { extraUsage: [{ kind: "image_generation", ...(model === undefined ? {} : { model }), usage: drawn }] }
      : {}),
  };
}

/** Deltas hold text only. */
const isSkippable = (event: string) => event.endsWith(".delta");

export const RESPONSES: Grammar = { take: takeResponses, finish, isSkippable };
const STORED: Grammar = { ...RESPONSES, isBillable: false };

const CREATE_PATH = /(?:^|\/)responses(?:\/compact)?$/;
const STORED_PATH = /\/responses\/[^/]+(?:\/cancel)?$/;

/** POST `/responses` and `/responses/compact` make; GET and cancel tell again what was made and billed before. */
function isCreate(context: ReadContext): boolean {
  return isPost(context) && CREATE_PATH.test(toPath(context));
}

export const openAiResponses = {
  id: "openai-responses",
  matches(context) {
    const path = toPath(context);
    if (path.endsWith("/responses/input_tokens")) return false;
    return isCreate(context) || (STORED_PATH.test(path) && (context.method === "GET" || path.endsWith("/cancel")));
  },
  kind: (context) => (isCreate(context) ? "generation" : "other"),
  isStreaming: (context) => asksForStream(context) || hasQuery(context, "stream", "true"),
  createReader: (context) => createAnswerReader(context, isCreate(context) ? RESPONSES : STORED),
} satisfies Dialect;
