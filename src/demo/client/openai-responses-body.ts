/** @module A conversation as OpenAI Responses expects it, in the way Codex sends it: whole, and not stored. */

import type { JsonRecord } from "../json.ts";
import type { Message, ToolOffer } from "../script.ts";
import type { ChatCall } from "./call.ts";
import { toSchema } from "./schema.ts";

export function toOpenaiResponsesBody(call: ChatCall): JsonRecord {
  return {
    model: call.model,
    instructions: call.system,
    input: call.messages.flatMap(toItems),
    tools: call.tools.map(toTool),
    tool_choice: "auto",
    parallel_tool_calls: true,
    reasoning: { effort: "medium" },
    store: false,
    stream: call.streaming,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: call.identity.sessionId,
  };
}

function toTool(tool: ToolOffer): JsonRecord {
  return { type: "function", name: tool.name, description: tool.description, parameters: toSchema(tool) };
}

function toItems(message: Message): readonly JsonRecord[] {
  switch (message.by) {
    case "person":
      return [{ type: "message", role: "user", content: [{ type: "input_text", text: message.text }] }];
    case "tool":
      return [{ type: "function_call_output", call_id: message.callId, output: message.text }];
    case "model": {
      const { text, toolCall } = message.reply;
      return [
        ...(text === undefined
          ? []
          : [{ type: "message", role: "assistant", content: [{ type: "output_text", text }] }]),
        ...(toolCall === undefined
          ? []
          : [
              {
                type: "function_call",
                call_id: message.callId,
                name: toolCall.name,
                arguments: JSON.stringify(toolCall.input),
              },
            ]),
      ];
    }
  }
}
