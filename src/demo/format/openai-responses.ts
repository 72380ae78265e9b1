/** @module OpenAI Responses as the fake provider speaks it. Source: platform.openai.com/docs/api-reference/responses-streaming, read 2026-11-21. */

import { type JsonRecord, toLastText, toList, toRecord, toAskedSchema, toText } from "../json.ts";
import { pickText } from "../random.ts";
import type { Answer, Ask, DemoFormat, FaultKind } from "./format.ts";
import { toOpenaiError } from "./openai-error.ts";
import { splitText, toEvent } from "./pieces.ts";

export const openaiResponses: DemoFormat = {
  id: "openai-responses",
  streamType: "text/event-stream",
  matches: (path) => path.endsWith("/v1/responses"),
  readAsk(_path: string, _query: string, body: JsonRecord): Ask {
    const input = body["input"];
    const items = typeof input === "string" ? [{ role: "user", content: input }] : toList(input);
    const last = toRecord(items.at(-1));
    return {
      model: toText(body["model"]) ?? "gpt-5.1-codex",
      streaming: body["stream"] === true,
      fixedText: JSON.stringify([body["instructions"], body["tools"]]),
      messages: items,
      lastText: toLastText(last["content"] ?? last["output"]),
      thinks: true,
      ...toAskedSchema(toRecord(body["text"])["format"]),
    };
  },
  toWhole(answer) {
    return toResponse(answer, `resp_demo${pickText(answer.random, 24)}`, toItems(answer));
  },
  toPieces(answer) {
    const id = `resp_demo${pickText(answer.random, 24)}`;
    const items = toItems(answer);
    let sequence = 0;
    const event = (type: string, rest: JsonRecord): string =>
      toEvent({ type, sequence_number: sequence++, ...rest }, type);
    return [
      event("response.created", { response: toResponse(answer, id) }) +
        event("response.in_progress", { response: toResponse(answer, id) }),
      ...items.flatMap((item, index) => toItemEvents(answer, item, index, event)),
      event("response.completed", { response: toResponse(answer, id, items) }),
    ];
  },
  toError: (kind: FaultKind, message: string) => toOpenaiError(kind, message),
};

type Item =
  | { readonly type: "reasoning"; readonly id: string; readonly summary: readonly JsonRecord[] }
  | {
      readonly type: "message";
      readonly id: string;
      readonly status: "completed";
      readonly role: "assistant";
      readonly content: readonly [{ readonly type: "output_text"; readonly text: string; readonly annotations: [] }];
    }
  | {
      readonly type: "function_call";
      readonly id: string;
      readonly status: "completed";
      readonly call_id: string;
      readonly name: string;
      readonly arguments: string;
    };

/** Without items the response is still being made and has no usage. */
function toResponse({ ask, body, count, nowMs }: Answer, id: string, items?: readonly Item[]): JsonRecord {
  return {
    id,
    object: "response",
    created_at: Math.floor(nowMs / 1000),
    status: items === undefined ? "in_progress" : "completed",
    error: null,
    incomplete_details: null,
    model: ask.model,
    output: items ?? [],
    parallel_tool_calls: true,
    previous_response_id: null,
    prompt_cache_key: body["prompt_cache_key"] ?? null,
    reasoning: { effort: "medium", summary: null },
    service_tier: items === undefined ? "auto" : "default",
    store: body["store"] !== false,
    usage: items === undefined ? null : toUsage(count),
    metadata: {},
  };
}

function toUsage(count: Answer["count"]): JsonRecord {
  return {
    input_tokens: count.inputTokens,
    input_tokens_details: { cached_tokens: Math.floor(count.cacheReadTokens / 128) * 128 },
    output_tokens: count.outputTokens,
    output_tokens_details: { reasoning_tokens: count.reasoningTokens },
    total_tokens: count.inputTokens + count.outputTokens,
  };
}

function toItems({ reply, random }: Answer): readonly Item[] {
  const items: Item[] = [];
  if (reply.thinking !== undefined)
    items.push({ type: "reasoning", id: `rs_demo${pickText(random, 20)}`, summary: [] });
  if (reply.text !== undefined) {
    items.push({
      type: "message",
      id: `msg_demo${pickText(random, 20)}`,
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text: reply.text, annotations: [] }],
    });
  }
  if (reply.toolCall !== undefined) {
    items.push({
      type: "function_call",
      id: `fc_demo${pickText(random, 20)}`,
      status: "completed",
      call_id: `call_demo${pickText(random, 18)}`,
      name: reply.toolCall.name,
      arguments: JSON.stringify(reply.toolCall.input),
    });
  }
  return items;
}

function toItemEvents(
  { random }: Answer,
  item: Item,
  index: number,
  event: (type: string, rest: JsonRecord) => string,
): readonly string[] {
  const added = (value: JsonRecord): string =>
    event("response.output_item.added", { output_index: index, item: { ...item, ...value } });
  const done = (): string => event("response.output_item.done", { output_index: index, item });
  const place = { item_id: item.id, output_index: index };
  switch (item.type) {
    case "reasoning":
      return [added({}), done()];
    case "message": {
      const [part] = item.content;
      const inside = { ...place, content_index: 0 };
      return [
        added({ status: "in_progress", content: [] }) +
          event("response.content_part.added", { ...inside, part: { ...part, text: "" } }),
        ...splitText(random, part.text).map((delta) =>
          event("response.output_text.delta", { ...inside, delta, logprobs: [] }),
        ),
        event("response.output_text.done", { ...inside, text: part.text, logprobs: [] }) +
          event("response.content_part.done", { ...inside, part }) +
          done(),
      ];
    }
    case "function_call":
      return [
        added({ status: "in_progress", arguments: "" }),
        ...splitText(random, item.arguments).map((delta) =>
          event("response.function_call_arguments.delta", { ...place, delta }),
        ),
        event("response.function_call_arguments.done", { ...place, arguments: item.arguments }) + done(),
      ];
  }
}
