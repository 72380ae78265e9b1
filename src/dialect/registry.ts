/** @module The wire formats in the order they are asked; the first that matches reads the call. */

import { anthropicComplete, anthropicMessages } from "./anthropic-messages.ts";
import { bedrockConverse, bedrockInvoke } from "./bedrock.ts";
import { cohere, rerank } from "./cohere.ts";
import type { Dialect, ReadContext } from "./dialect.ts";
import { gemini, geminiInteractions } from "./gemini.ts";
import { ollama } from "./ollama.ts";
import { openAiChat, openAiCompletions } from "./openai-chat.ts";
import { openAiAudio, openAiEmbeddings, openAiImages } from "./openai-media.ts";
import { openAiResponses } from "./openai-responses.ts";
import { tokenCount } from "./token-count.ts";
import { unknown } from "./unknown.ts";

/** Counting endpoints before the paths they extend; `unknown`, which matches everything, last. */
export const DIALECTS: readonly Dialect[] = [
  tokenCount,
  bedrockConverse,
  bedrockInvoke,
  anthropicMessages,
  anthropicComplete,
  openAiResponses,
  openAiChat,
  ollama,
  openAiCompletions,
  openAiEmbeddings,
  openAiImages,
  openAiAudio,
  gemini,
  geminiInteractions,
  cohere,
  rerank,
  unknown,
];

/** Chosen by method, path and request, never by the provider's name alone. */
export function findDialect(context: ReadContext): Dialect {
  return DIALECTS.find((dialect) => dialect.matches(context)) ?? unknown;
}
