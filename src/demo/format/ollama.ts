/** @module Ollama's own chat as the fake provider speaks it. Source: github.com/ollama/ollama docs/api.md, read 2026-11-21. */

import { type JsonRecord, toLastText, toList, toRecord, toText } from "../json.ts";
import type { Answer, Ask, DemoFormat, FaultKind, WireError } from "./format.ts";
import { splitText } from "./pieces.ts";

export const ollama: DemoFormat = {
  id: "ollama",
  streamType: "application/x-ndjson",
  matches: (path) => path.endsWith("/api/chat"),
  readAsk(_path: string, _query: string, body: JsonRecord): Ask {
    const messages = toList(body["messages"]);
    const isSystem = (message: unknown): boolean => toRecord(message)["role"] === "system";
    return {
      model: toText(body["model"]) ?? "llama3.2",
      // Unlike the others, Ollama streams unless told not to.
      streaming: body["stream"] !== false,
      fixedText: JSON.stringify([messages.filter(isSystem), body["tools"]]),
      messages: messages.filter((message) => !isSystem(message)),
      lastText: toLastText(toRecord(messages.at(-1))["content"]),
      thinks: false,
      ...(body["format"] === undefined ? {} : { schema: toRecord(body["format"]) }),
    };
  },
  toWhole: (answer) => ({ ...toLine(answer, answer.reply.text ?? ""), ...toEnd(answer) }),
  toPieces: (answer) => [
    ...splitText(answer.random, answer.reply.text ?? "").map(
      (text) => `${JSON.stringify({ ...toLine(answer, text), done: false })}\n`,
    ),
    `${JSON.stringify({ ...toLine(answer, ""), ...toEnd(answer) })}\n`,
  ],
  toError: (kind: FaultKind, message: string): WireError => ({ status: STATUS[kind], body: { error: message } }),
};

const STATUS: Readonly<Record<FaultKind, number>> = {
  rate_limited: 429,
  overloaded: 503,
  context_length: 400,
  unknown_path: 404,
};

function toLine({ ask, nowMs }: Answer, content: string): JsonRecord {
  return { model: ask.model, created_at: new Date(nowMs).toISOString(), message: { role: "assistant", content } };
}

/** Durations are nanoseconds, here those of a middling graphics card. */
function toEnd({ count }: Answer): JsonRecord {
  const promptNs = count.inputTokens * 650_000;
  const outputNs = count.outputTokens * 21_000_000;
  return {
    done: true,
    done_reason: "stop",
    total_duration: promptNs + outputNs + 41_000_000,
    load_duration: 38_000_000,
    prompt_eval_count: count.inputTokens,
    prompt_eval_duration: promptNs,
    eval_count: count.outputTokens,
    eval_duration: outputNs,
  };
}
