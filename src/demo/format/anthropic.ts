/** @module Anthropic Messages as the fake provider speaks it. Source: docs.claude.com/en/api/messages-streaming, read 2026-11-21. */

import { type JsonRecord, toLastText, toList, toRecord, toAskedSchema, toText } from "../json.ts";
import { pickText } from "../random.ts";
import { countTokens } from "../tokens.ts";
import type { Answer, Ask, DemoFormat, FaultKind, WireError } from "./format.ts";
import { splitText, toEvent } from "./pieces.ts";

export const anthropic: DemoFormat = {
  id: "anthropic-messages",
  streamType: "text/event-stream",
  matches: (path) => path.endsWith("/v1/messages"),
  readAsk(_path: string, _query: string, body: JsonRecord): Ask {
    const messages = toList(body["messages"]);
    return {
      model: toText(body["model"]) ?? "claude-sonnet-4-5",
      streaming: body["stream"] === true,
      fixedText: JSON.stringify([body["system"], body["tools"]]),
      messages,
      lastText: toLastText(toRecord(messages.at(-1))["content"]),
      thinks: ["enabled", "adaptive"].includes(String(toRecord(body["thinking"])["type"])),
      ...toAskedSchema(toRecord(body["output_config"])["format"] ?? body["output_format"]),
    };
  },
  toWhole: (answer) => ({
    ...toMessage(answer),
    content: toBlocks(answer),
    stop_reason: stopReasonOf(answer),
    usage: { ...toInputUsage(answer), output_tokens: answer.count.outputTokens, service_tier: "standard" },
  }),
  toPieces(answer) {
    const start = {
      ...toMessage(answer),
      usage: { ...toInputUsage(answer), output_tokens: 1, service_tier: "standard" },
    };
    return [
      toEvent({ type: "message_start", message: start }, "message_start"),
      ...toBlocks(answer).flatMap((block, index) => toBlockEvents(answer, block, index)),
      toEvent(
        {
          type: "message_delta",
          delta: { stop_reason: stopReasonOf(answer), stop_sequence: null },
          usage: { ...toDeltaUsage(answer), output_tokens: answer.count.outputTokens },
        },
        "message_delta",
      ) + toEvent({ type: "message_stop" }, "message_stop"),
    ];
  },
  toError(kind: FaultKind, message: string): WireError {
    const [status, type] = ERRORS[kind];
    return { status, body: { type: "error", error: { type, message }, request_id: "req_demo" } };
  },
};

const ERRORS: Readonly<Record<FaultKind, readonly [status: number, type: string]>> = {
  rate_limited: [429, "rate_limit_error"],
  overloaded: [529, "overloaded_error"],
  context_length: [400, "invalid_request_error"],
  unknown_path: [404, "not_found_error"],
};

type Block =
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: JsonRecord };

function toMessage({ ask, random }: Answer): JsonRecord {
  return {
    id: `msg_demo${pickText(random, 20)}`,
    type: "message",
    role: "assistant",
    model: ask.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
}

function toBlocks({ reply, random }: Answer): readonly Block[] {
  return [
    ...(reply.thinking === undefined
      ? []
      : [{ type: "thinking", thinking: reply.thinking, signature: `demo${pickText(random, 40)}` } as const]),
    ...(reply.text === undefined ? [] : [{ type: "text", text: reply.text } as const]),
    ...(reply.toolCall === undefined
      ? []
      : [{ type: "tool_use", id: `toolu_demo${pickText(random, 18)}`, ...reply.toolCall } as const]),
  ];
}

function toBlockEvents({ random }: Answer, block: Block, index: number): readonly string[] {
  const delta = (value: JsonRecord): string =>
    toEvent({ type: "content_block_delta", index, delta: value }, "content_block_delta");
  const start = (value: JsonRecord): string =>
    toEvent({ type: "content_block_start", index, content_block: value }, "content_block_start") +
    (index === 0 ? toEvent({ type: "ping" }, "ping") : "");
  const stop = toEvent({ type: "content_block_stop", index }, "content_block_stop");
  switch (block.type) {
    case "thinking":
      return [
        start({ type: "thinking", thinking: "", signature: "" }),
        ...splitText(random, block.thinking).map((text) => delta({ type: "thinking_delta", thinking: text })),
        delta({ type: "signature_delta", signature: block.signature }) + stop,
      ];
    case "text":
      return [
        start({ type: "text", text: "" }),
        ...splitText(random, block.text).map((text) => delta({ type: "text_delta", text })),
        stop,
      ];
    case "tool_use":
      return [
        start({ type: "tool_use", id: block.id, name: block.name, input: {} }),
        ...splitText(random, JSON.stringify(block.input)).map((text) =>
          delta({ type: "input_json_delta", partial_json: text }),
        ),
        stop,
      ];
  }
}

function stopReasonOf({ reply }: Answer): string {
  return reply.toolCall === undefined ? "end_turn" : "tool_use";
}

/** Here `input_tokens` leaves cached reads and writes out; caching happens only where a request marks it. */
function toInputUsage(answer: Answer): JsonRecord {
  const parts = toDeltaUsage(answer);
  const written = Number(parts["cache_creation_input_tokens"]);
  const hour = answer.count.cacheReadTokens === 0 && answer.ask.fixedText.includes('"ttl":"1h"');
  const hourTokens = hour ? Math.min(written, countTokens(answer.ask.fixedText)) : 0;
  return {
    ...parts,
    cache_creation: { ephemeral_5m_input_tokens: written - hourTokens, ephemeral_1h_input_tokens: hourTokens },
  };
}

function toDeltaUsage({ ask, count }: Answer): JsonRecord {
  const caches = ask.fixedText.includes('"cache_control"');
  const read = caches ? count.cacheReadTokens : 0;
  const written = caches ? count.cacheWriteTokens : 0;
  return {
    input_tokens: count.inputTokens - read - written,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
  };
}
