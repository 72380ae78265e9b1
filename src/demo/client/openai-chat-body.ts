/** @module A conversation as OpenAI Chat Completions expects it. */

import type { JsonRecord } from "../json.ts";
import type { Message, ToolOffer } from "../script.ts";
import type { ChatCall } from "./call.ts";
import { toSchema } from "./schema.ts";

/** `includeUsage` is left out by many clients; the proxy may then ask for the usage itself. */
export function toOpenaiChatBody(call: ChatCall, includeUsage: boolean): JsonRecord {
  return {
    model: call.model,
    messages: [{ role: "system", content: call.system }, ...call.messages.map(toTurn)],
    ...(call.tools.length === 0 ? {} : { tools: call.tools.map(toTool) }),
    ...(call.streaming ? { stream: true, ...(includeUsage ? { stream_options: { include_usage: true } } : {}) } : {}),
  };
}

function toTool(tool: ToolOffer): JsonRecord {
  return {
    type: "function",
    function: { name: tool.name, description: tool.description, parameters: toSchema(tool) },
  };
}

function toTurn(message: Message): JsonRecord {
  switch (message.by) {
    case "person":
      return { role: "user", content: message.text };
    case "tool":
      return { role: "tool", tool_call_id: message.callId, content: message.text };
    case "model": {
      const { text, toolCall } = message.reply;
      if (toolCall === undefined) return { role: "assistant", content: text ?? "" };
      const called = { name: toolCall.name, arguments: JSON.stringify(toolCall.input) };
      return {
        role: "assistant",
        content: text ?? null,
        tool_calls: [{ id: message.callId, type: "function", function: called }],
      };
    }
  }
}
