/** @module Qwen models that write a tool call as tags into their reasoning: the block becomes a tool call of the answer. */

import type { Fix } from "./fix.ts";
import { createPromoter, type Promoter } from "./qwen-promote.ts";
import { QwenStream } from "./qwen-stream.ts";
import { CALL_TAG, TagParser } from "./qwen-tags.ts";

/** Off unless a route, an upstream or the default asks for it. */
export const qwenTaggedToolCall: Fix = {
  id: "qwen-tagged-tool-call-rewrite",
  name: "Qwen tagged tool-call rewrite",
  description:
    "Some servers of Qwen models leave <tool_call> blocks in the reasoning of a chat completion and end it with stop. " +
    "Whole blocks that call declared tools with fitting arguments become tool_calls; anything else passes as it came.",
  risk:
    "The client sees an answer that the upstream did not send. In a stream the part from the first tag on is held until " +
    "the answer's end, and a model that only writes about such a block could be taken at its word.",
  isFor: (method, path) => method === "POST" && path.endsWith("/chat/completions"),
  begin(call, report) {
    const promoter = createPromoter(call, report);
    if (promoter === undefined) return undefined;
    let stream: QwenStream | undefined;
    return {
      body: (answer) => promoteBody(answer, promoter),
      event: (event) => (stream ??= new QwenStream(promoter)).take(event),
      end: () => stream?.end(),
    };
  },
};

type Fields = Record<string, unknown>;

/** A copy with tool calls; undefined when there is nothing to change. */
function promoteBody(answer: unknown, promoter: Promoter): unknown {
  if (!isFields(answer) || !Array.isArray(answer["choices"])) return undefined;
  const choices: readonly unknown[] = answer["choices"];
  const promoted = choices.map((choice) => promoteChoice(choice, promoter));
  if (promoted.every((choice) => choice === undefined)) return undefined;
  return { ...answer, choices: choices.map((choice, at) => promoted[at] ?? choice) };
}

function promoteChoice(choice: unknown, promoter: Promoter): unknown {
  const message = isFields(choice) ? choice["message"] : undefined;
  if (!isFields(choice) || !isFields(message)) return undefined;
  const { tool_calls: present, reasoning_content: first, reasoning: second, ...others } = message;
  if (Array.isArray(present) && present.length > 0) return undefined;
  const text = typeof first === "string" ? first : second;
  const at = typeof text === "string" ? text.indexOf(CALL_TAG) : -1;
  if (typeof text !== "string" || at === -1) return undefined;
  const content = message["content"];
  if (typeof content === "string" ? content.trim() !== "" : Array.isArray(content) && content.length > 0) {
    promoter.reject("assistant content appeared alongside tagged block");
    return undefined;
  }
  const parser = new TagParser();
  const state = parser.push(text.slice(at));
  if (state !== "complete") {
    promoter.reject(state === "open" ? "malformed block" : state.wrong);
    return undefined;
  }
  const calls = promoter.promote(parser.calls);
  if ("wrong" in calls) {
    promoter.reject(calls.wrong);
    return undefined;
  }
  promoter.report(calls);
  const before = text.slice(0, at);
  return {
    ...choice,
    message: { ...others, content: before.trim() === "" ? null : before, tool_calls: calls },
    finish_reason: "tool_calls",
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
