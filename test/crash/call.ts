/** @module The calls of the crash tests: what a client sends, what the provider answers, and the row that must come of it. */

import { type HeaderLines, headerValues } from "../support/http-message.ts";
import type { RawRequestOptions } from "../support/raw-request.ts";
import type { ReceivedRequest } from "../support/received-request.ts";
import * as step from "../support/step.ts";

/** The ways an exchange can go: plain, streamed, changed by us, packed, long up, long down, and ended early by each side. */
export const CALL_KINDS = [
  "json",
  "stream",
  "stream-without-option",
  "messages",
  "gzip",
  "upload",
  "long-answer",
  "thinking",
  "client-leaves",
  "upstream-breaks",
] as const;
type CallKind = (typeof CALL_KINDS)[number];

export type Call = {
  /** Stands in the query and in the model's name, so that request, answer and row can be put together. */
  readonly marker: number;
  readonly kind: CallKind;
  readonly request: RawRequestOptions;
  /** Body of the answer as the client must see it, codings taken off. */
  readonly expectedText: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
};

const LONG_ANSWER_CHARS = 200_000;
const UPLOAD_CHARS = 300_000;
const PACE_MS = 4;

/** The call of a marker; the same every time. */
export function toCall(marker: number): Call {
  const kind = CALL_KINDS[marker % CALL_KINDS.length] ?? "json";
  const facts = {
    marker,
    kind,
    model: `m-${marker}`,
    inputTokens: (marker % 900) + 10,
    outputTokens: (marker % 70) + 1,
  };
  return { ...facts, request: toRequest(facts), expectedText: toExpectedText(facts) };
}

/** The marker in a target or in the query of a row. */
export function findMarker(text: string | undefined): number | undefined {
  const found = /(?:^|[?&])call=(\d+)/.exec(text ?? "")?.[1];
  return found === undefined ? undefined : Number(found);
}

/** What the provider does with a request; give it to `upstream.on`. */
export function answerCall({ request }: { readonly request: Pick<ReceivedRequest, "target"> }): step.Step[] {
  const marker = findMarker(request.target);
  if (marker === undefined) return step.json({ error: "no such call" }, { status: 404 });
  const call = toCall(marker);
  const whole = { contentType: "application/json", body: call.expectedText };
  switch (call.kind) {
    case "json":
    case "upload":
      return step.answer(whole);
    case "gzip":
      return step.answer({ ...whole, coding: "gzip", framing: "chunked" });
    case "long-answer":
      return step.answer({ ...whole, pieces: 20, paceMs: 2 });
    case "thinking":
      return [step.delay(150), ...step.answer(whole)];
    case "messages":
      return step.sse(toMessageEvents(call), { paceMs: PACE_MS });
    case "upstream-breaks":
      return [
        step.limit(200, marker % 20 < 10 ? "cut" : "reset"),
        ...step.sse(toChatEvents(call), { paceMs: PACE_MS }),
      ];
    default:
      return step.sse(toChatEvents(call), { paceMs: PACE_MS });
  }
}

/** Text of an answer as the client got it. */
export function toPlainText(answer: { readonly body: Uint8Array; readonly headers: HeaderLines }): string {
  const isPacked = headerValues(answer.headers, "content-encoding")[0] === "gzip";
  return new TextDecoder().decode(isPacked ? Bun.gunzipSync(new Uint8Array(answer.body)) : answer.body);
}

type Facts = Omit<Call, "request" | "expectedText">;

function toRequest({ marker, kind, model }: Facts): RawRequestOptions {
  const headers: [string, string][] = [
    ["content-type", "application/json"],
    ["authorization", "Bearer of-a-test"],
  ];
  const to = (path: string, body: object): RawRequestOptions => ({
    method: "POST",
    target: `${path}?call=${marker}`,
    headers,
    body: JSON.stringify({ model, ...body }),
  });
  switch (kind) {
    case "upload":
      return to("/openai/v1/responses", { input: "x".repeat(UPLOAD_CHARS) });
    case "messages":
      return to("/anthropic/v1/messages", {
        max_tokens: 50,
        stream: true,
        messages: [{ role: "user", content: "hi" }],
      });
    case "stream-without-option":
      return to("/openai/v1/chat/completions", { stream: true, messages: [] });
    case "stream":
    case "client-leaves":
    case "upstream-breaks":
      return to("/openai/v1/chat/completions", { stream: true, stream_options: { include_usage: true }, messages: [] });
    default:
      return to("/openai/v1/chat/completions", { messages: [{ role: "user", content: "hi" }] });
  }
}

function toExpectedText(facts: Facts): string {
  const { kind, model, inputTokens, outputTokens } = facts;
  switch (kind) {
    case "upload":
      return JSON.stringify({
        id: "resp_1",
        object: "response",
        status: "completed",
        model,
        output: [],
        usage: { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: inputTokens + outputTokens },
      });
    case "messages":
      return toMessageEvents(facts).map(step.sseText).join("");
    case "stream-without-option":
      // The chunk nobody asked for is taken out again.
      return toChatEvents(facts)
        .filter((event) => !event.includes('"choices":[]'))
        .map(step.sseText)
        .join("");
    case "stream":
    case "client-leaves":
    case "upstream-breaks":
      return toChatEvents(facts).map(step.sseText).join("");
    default:
      return JSON.stringify({
        id: "chatcmpl-1",
        object: "chat.completion",
        model,
        choices: [{ index: 0, message: { role: "assistant", content: toContent(facts) }, finish_reason: "stop" }],
        usage: toChatUsage(facts),
      });
  }
}

function toContent({ kind }: Facts): string {
  return kind === "long-answer" ? "y".repeat(LONG_ANSWER_CHARS) : "hello";
}

function toChatUsage({ inputTokens, outputTokens }: Facts): object {
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}

function toChatEvents(facts: Facts): string[] {
  const base = { id: "chatcmpl-1", object: "chat.completion.chunk", model: facts.model };
  const words = ["the", "quick", "brown", "fox", "jumps", "over"].map((content) => ({
    ...base,
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  }));
  const last = { ...base, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };
  const usage = { ...base, choices: [], usage: toChatUsage(facts) };
  return [...[...words, last, usage].map((value) => JSON.stringify(value)), "[DONE]"];
}

function toMessageEvents({ model, inputTokens, outputTokens }: Facts): { event: string; data: string }[] {
  const values = [
    {
      type: "message_start",
      message: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model,
        content: [],
        usage: { input_tokens: inputTokens, output_tokens: 1 },
      },
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    ...["lorem ", "ipsum ", "dolor"].map((text) => ({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text },
    })),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: outputTokens } },
    { type: "message_stop" },
  ];
  return values.map((value) => ({ event: value.type, data: JSON.stringify(value) }));
}
