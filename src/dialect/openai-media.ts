/** @module OpenAI's embeddings, images and audio in their JSON and event forms, and the embeddings of Voyage, Jina and others. */

import { createAnswerReader } from "./answer-reader.ts";
import { asksForStream, isPost, toPath } from "./call.ts";
import type { Dialect } from "./dialect.ts";
import { type Draft, type Grammar, hasText, takeIdentity } from "./draft.ts";
import { reportOpenAi } from "./openai-chat.ts";
import { type JsonRecord, toList, toRecord, toText } from "./value.ts";

const LAST_EVENT = /\.(?:done|completed)$/;

/** A whole answer, or an event such as `transcript.text.done` and `image_generation.completed`. */
export function takeMedia(draft: Draft, value: JsonRecord): void {
  takeIdentity(draft, value);
  const type = toText(value["type"]) ?? "";
  if (LAST_EVENT.test(type)) draft.isDone = true;
  const usage = toRecord(value["usage"]);
  if (usage !== undefined) {
    reportOpenAi(draft, usage);
    draft.isUsageFinal = draft.isDone;
  }
  if (draft.hasOutput) return;
  draft.hasOutput =
    toList(value["data"]).length > 0 ||
    hasText(value["text"]) ||
    hasText(value["delta"]) ||
    hasText(value["audio"]) ||
    hasText(value["b64_json"]);
}

const MEDIA: Grammar = { take: takeMedia };

function createMediaDialect(id: string, pattern: RegExp): Dialect {
  return {
    id,
    matches: (context) => isPost(context) && pattern.test(toPath(context)),
    kind: () => "generation",
    isStreaming: asksForStream,
    createReader: (context) => createAnswerReader(context, MEDIA),
  };
}

export const openAiEmbeddings: Dialect = createMediaDialect(
  "openai-embeddings",
  /(?:^|\/)(?:multimodal|contextualized)?embeddings$/,
);

export const openAiImages: Dialect = createMediaDialect("openai-images", /\/images\/(?:generations|edits|variations)$/);

export const openAiAudio: Dialect = createMediaDialect(
  "openai-audio",
  /\/audio\/(?:transcriptions|translations|speech)$/,
);
