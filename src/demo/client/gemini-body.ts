/** @module A conversation as Gemini generateContent expects it; the model is in the path, not here. */

import type { JsonRecord } from "../json.ts";
import type { Message, ToolOffer } from "../script.ts";
import type { ChatCall } from "./call.ts";
import { toSchema } from "./schema.ts";

export function toGeminiBody(call: ChatCall): JsonRecord {
  return {
    contents: call.messages.map(toContent),
    systemInstruction: { role: "user", parts: [{ text: call.system }] },
    ...(call.tools.length === 0 ? {} : { tools: [{ functionDeclarations: call.tools.map(toDeclaration) }] }),
    generationConfig: { temperature: 1, topP: 0.95, topK: 64 },
  };
}

function toDeclaration(tool: ToolOffer): JsonRecord {
  return { name: tool.name, description: tool.description, parametersJsonSchema: toSchema(tool) };
}

function toContent(message: Message): JsonRecord {
  switch (message.by) {
    case "person":
      return { role: "user", parts: [{ text: message.text }] };
    case "tool":
      return {
        role: "user",
        parts: [{ functionResponse: { name: message.toolName, response: { output: message.text } } }],
      };
    case "model": {
      const { text, toolCall } = message.reply;
      return {
        role: "model",
        parts: [
          ...(text === undefined ? [] : [{ text }]),
          ...(toolCall === undefined ? [] : [{ functionCall: { name: toolCall.name, args: toolCall.input } }]),
        ],
      };
    }
  }
}
