/** @module What bench traffic consists of: real chat requests, answers and events of any size, so that recording has true work. */

/** What the upstream shall answer, as written in the header `x-bench`. */
export type AnswerOrder =
  | { readonly type: "body"; readonly bytes: number }
  | { readonly type: "events"; readonly events: number; readonly paceMs: number };

export function toOrderText(order: AnswerOrder): string {
  return order.type === "body" ? `body ${order.bytes}` : `events ${order.events} ${order.paceMs}`;
}

export function parseAnswerOrder(text: string): AnswerOrder {
  const [type, first, second] = text.split(" ");
  return type === "events"
    ? { type: "events", events: Number(first), paceMs: Number(second) }
    : { type: "body", bytes: Number(first ?? 1024) };
}

const MODEL = "gpt-4o-mini";

/** A chat request of about `bytes` bytes. */
export function toRequestBody(bytes: number, stream: boolean): string {
  const make = (content: string) =>
    JSON.stringify({
      model: MODEL,
      ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
      messages: [{ role: "user", content }],
    });
  return make("lorem ipsum ".repeat(bytes / 12 + 1).slice(0, Math.max(0, bytes - make("").length)));
}

/** A whole chat answer with usage, of about `bytes` bytes. */
export function toAnswerBody(bytes: number): Uint8Array<ArrayBuffer> {
  const make = (content: string) =>
    JSON.stringify({
      id: "chatcmpl-bench",
      object: "chat.completion",
      created: 1_700_000_000,
      model: MODEL,
      choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
      usage: { prompt_tokens: 200, completion_tokens: 100, total_tokens: 300 },
    });
  return new TextEncoder().encode(
    make("dolor sit amet ".repeat(bytes / 15 + 1).slice(0, Math.max(0, bytes - make("").length))),
  );
}

/** Event `index` of `count`: text deltas, then usage, then `[DONE]`. */
export function toEventText(index: number, count: number): string {
  if (index === count - 1) return "data: [DONE]\n\n";
  const chunk = { id: "chatcmpl-bench", object: "chat.completion.chunk", created: 1_700_000_000, model: MODEL };
  const rest =
    index === count - 2
      ? { choices: [], usage: { prompt_tokens: 200, completion_tokens: count, total_tokens: 200 + count } }
      : { choices: [{ index: 0, delta: { content: ` word${index}` }, finish_reason: null }] };
  return `data: ${JSON.stringify({ ...chunk, ...rest })}\n\n`;
}
