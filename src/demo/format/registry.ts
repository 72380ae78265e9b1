/** @module The wire formats the fake provider speaks; the first whose path matches is used. */

import { anthropic } from "./anthropic.ts";
import { embeddings } from "./embeddings.ts";
import type { DemoFormat } from "./format.ts";
import { gemini } from "./gemini.ts";
import { ollama } from "./ollama.ts";
import { openaiChat } from "./openai-chat.ts";
import { openaiResponses } from "./openai-responses.ts";

export const FORMATS: readonly DemoFormat[] = [anthropic, openaiChat, openaiResponses, gemini, ollama, embeddings];
