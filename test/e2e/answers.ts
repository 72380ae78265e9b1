/** @module What providers would answer, in the few shapes that the client tests need; numbers are given, never made up twice. */

import { json, ndjson, sse, type AnswerOptions, type SseEvent, type Step } from "../support/step.ts";

export type Counts = { readonly input: number; readonly output: number; readonly cached?: number };

const chatUsage = ({ input, output, cached = 0 }: Counts) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
  prompt_tokens_details: { cached_tokens: cached },
});

const CHAT = { id: "chatcmpl-1", created: 1_763_000_000, model: "gpt-5-mini-2026-08-07" };

/** One answer of `/v1/chat/completions`; `message` may bring tool calls. */
export function chatAnswer(message: Readonly<Record<string, unknown>>, counts: Counts): Step[] {
  const finish = "tool_calls" in message ? "tool_calls" : "stop";
  const choice = { index: 0, message: { role: "assistant", content: null, ...message }, finish_reason: finish };
  return json({ ...CHAT, object: "chat.completion", choices: [choice], usage: chatUsage(counts) });
}

/** Events of a chat stream: one per delta, then the finish, the usage-only chunk and `[DONE]`. */
export function chatEvents(
  deltas: readonly Readonly<Record<string, unknown>>[],
  counts: Counts | undefined,
  finish = "stop",
): string[] {
  const chunk = (more: object) => JSON.stringify({ ...CHAT, object: "chat.completion.chunk", ...more });
  const choice = (delta: object, finishReason: string | null) => ({
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  });
  return [
    ...deltas.map((delta) => chunk(choice(delta, null))),
    chunk(choice({}, finish)),
    ...(counts === undefined ? [] : [chunk({ choices: [], usage: chatUsage(counts) })]),
    "[DONE]",
  ];
}

/** An error as OpenAI words it. */
export function openaiError(status: number, message: string, options: AnswerOptions = {}): Step[] {
  const type = status === 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error" : "server_error";
  return json({ error: { message, type, param: null, code: `code_${status}` } }, { status, ...options });
}

/** One answer of `/v1/responses`. */
export function responsesObject(text: string, counts: Counts): Record<string, unknown> {
  return {
    id: "resp_1",
    object: "response",
    created_at: 1_763_000_000,
    status: "completed",
    model: "gpt-5-mini-2026-08-07",
    output: [
      {
        type: "message",
        id: "msg_1",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text, annotations: [], logprobs: [] }],
      },
    ],
    usage: {
      input_tokens: counts.input,
      input_tokens_details: { cached_tokens: counts.cached ?? 0 },
      output_tokens: counts.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: counts.input + counts.output,
    },
  };
}

export function responsesEvents(text: string, counts: Counts): SseEvent[] {
  const whole = responsesObject(text, counts);
  const started = { ...whole, status: "in_progress", output: [], usage: null };
  const item = { type: "message", id: "msg_1", role: "assistant", status: "in_progress", content: [] };
  const part = { type: "output_text", text: "", annotations: [] };
  const place = { item_id: "msg_1", output_index: 0, content_index: 0 };
  const done = { type: "output_text", text, annotations: [] };
  return [
    { type: "response.created", response: started },
    { type: "response.output_item.added", output_index: 0, item },
    { type: "response.content_part.added", ...place, part },
    ...text.split("").map((delta) => ({ type: "response.output_text.delta", ...place, delta, logprobs: [] })),
    { type: "response.output_text.done", ...place, text, logprobs: [] },
    { type: "response.content_part.done", ...place, part: done },
    { type: "response.output_item.done", output_index: 0, item: { ...item, status: "completed", content: [done] } },
    { type: "response.completed", response: whole },
  ].map((event, index) => ({ event: event.type, data: JSON.stringify({ ...event, sequence_number: index }) }));
}

const MESSAGE = {
  id: "msg_01",
  type: "message",
  role: "assistant",
  model: "claude-opus-4-7",
  stop_sequence: null,
};

/** Anthropic counts cached input apart; `counts.input` is what the row shall say: all of it. */
const messageUsage = ({ input, output, cached = 0 }: Counts) => ({
  input_tokens: input - cached,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: cached,
  output_tokens: output,
});

export function messageAnswer(content: readonly object[], counts: Counts): Step[] {
  const hasTool = content.some((block) => "type" in block && block.type === "tool_use");
  return json(
    { ...MESSAGE, content, stop_reason: hasTool ? "tool_use" : "end_turn", usage: messageUsage(counts) },
    { headers: [["request-id", "req_1"]] },
  );
}

type MessageEvent = Readonly<Record<string, unknown>> & { readonly type: string };

/** A message stream of one block, its deltas as given. */
export function messageEvents(
  block: Readonly<Record<string, unknown>>,
  deltas: readonly object[],
  counts: Counts,
  stopReason = "end_turn",
): SseEvent[] {
  const events: MessageEvent[] = [
    {
      type: "message_start",
      message: { ...MESSAGE, content: [], stop_reason: null, usage: messageUsage({ ...counts, output: 1 }) },
    },
    { type: "content_block_start", index: 0, content_block: block },
    ...deltas.map((delta) => ({ type: "content_block_delta", index: 0, delta })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { output_tokens: counts.output },
    },
    { type: "message_stop" },
  ];
  return events.map((event) => ({ event: event.type, data: JSON.stringify(event) }));
}

export const anthropicError = (status: number, type: string, message: string, options: AnswerOptions = {}): Step[] =>
  json({ type: "error", error: { type, message }, request_id: "req_1" }, { status, ...options });

/** One `GenerateContentResponse`; `last` brings the finish reason. */
export function geminiChunk(parts: readonly object[], counts: Counts, last = true): Record<string, unknown> {
  return {
    candidates: [{ index: 0, content: { role: "model", parts }, ...(last ? { finishReason: "STOP" } : {}) }],
    usageMetadata: {
      promptTokenCount: counts.input,
      candidatesTokenCount: counts.output,
      totalTokenCount: counts.input + counts.output,
    },
    modelVersion: "gemini-3-pro",
    responseId: "g-1",
  };
}

/** Lines of Ollama's `/api/chat`; the last one has the counts. */
export function ollamaLines(texts: readonly string[], counts: Counts): Record<string, unknown>[] {
  const line = (content: string, more: object) => ({
    model: "qwen3:8b",
    created_at: "2026-11-20T12:00:00Z",
    message: { role: "assistant", content },
    ...more,
  });
  return [
    ...texts.map((text) => line(text, { done: false })),
    line("", {
      done: true,
      done_reason: "stop",
      prompt_eval_count: counts.input,
      eval_count: counts.output,
      total_duration: 5,
      eval_duration: 3,
    }),
  ];
}

export const chatStream = (...args: Parameters<typeof chatEvents>): Step[] => sse(chatEvents(...args), { paceMs: 1 });
export const ollamaStream = (...args: Parameters<typeof ollamaLines>): Step[] =>
  ndjson(ollamaLines(...args), { paceMs: 1 });
