/** @module A conversation as Anthropic Messages expects it, with the cache marks coding agents set. */

import type { JsonRecord } from "../json.ts";
import type { Message, ToolOffer } from "../script.ts";
import type { ChatCall } from "./call.ts";
import { toSchema } from "./schema.ts";

export type AnthropicOptions = {
  readonly caching: boolean;
  readonly thinking: boolean;
  /** Goes into `metadata.user_id`. */
  readonly userId?: string;
};

export function toAnthropicBody(call: ChatCall, options: AnthropicOptions): JsonRecord {
  const hour = { cache_control: { type: "ephemeral", ttl: "1h" } };
  const last = call.messages.length - 1;
  return {
    model: call.model,
    max_tokens: call.streaming ? 32_000 : 512,
    system: [{ type: "text", text: call.system, ...(options.caching ? hour : {}) }],
    ...(call.tools.length === 0 ? {} : { tools: call.tools.map(toTool) }),
    messages: call.messages.map((message, index) => toTurn(message, options.caching && index === last)),
    ...(options.thinking ? { thinking: { type: "enabled", budget_tokens: 8_000 } } : {}),
    ...(options.userId === undefined ? {} : { metadata: { user_id: options.userId } }),
    ...(call.streaming ? { stream: true } : {}),
  };
}

function toTool(tool: ToolOffer): JsonRecord {
  return { name: tool.name, description: tool.description, input_schema: toSchema(tool) };
}

function toTurn(message: Message, marked: boolean): JsonRecord {
  const mark = marked ? { cache_control: { type: "ephemeral" } } : {};
  switch (message.by) {
    case "person":
      return { role: "user", content: [{ type: "text", text: message.text, ...mark }] };
    case "tool":
      return {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: message.callId, content: message.text, ...mark }],
      };
    case "model": {
      const { text, toolCall } = message.reply;
      return {
        role: "assistant",
        content: [
          ...(text === undefined ? [] : [{ type: "text", text }]),
          ...(toolCall === undefined ? [] : [{ type: "tool_use", id: message.callId, ...toolCall }]),
        ],
      };
    }
  }
}
