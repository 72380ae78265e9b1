/** @module OpenAI Embeddings as the fake provider speaks them. Source: platform.openai.com/docs/api-reference/embeddings, read 2026-11-21. */

import { type JsonRecord, toList, toText } from "../json.ts";
import type { Random } from "../random.ts";
import type { Answer, Ask, DemoFormat, FaultKind } from "./format.ts";
import { toOpenaiError } from "./openai-error.ts";

const DEFAULT_DIMENSIONS = 1536;
const MOST_DIMENSIONS = 3072;

export const embeddings: DemoFormat = {
  id: "openai-embeddings",
  streamType: "text/event-stream",
  matches: (path) => path.endsWith("/v1/embeddings"),
  readAsk(_path: string, _query: string, body: JsonRecord): Ask {
    const { input } = body;
    const inputs = typeof input === "string" ? [input] : toList(input);
    return {
      model: toText(body["model"]) ?? "text-embedding-3-small",
      streaming: false,
      fixedText: "",
      messages: inputs,
      lastText: "",
      thinks: false,
    };
  },
  toWhole({ ask, body, count, random }: Answer) {
    const dimensions = toDimensions(body["dimensions"]);
    const asText = body["encoding_format"] === "base64";
    return {
      object: "list",
      data: ask.messages.map((_, index) => ({
        object: "embedding",
        index,
        embedding: toEmbedding(random, dimensions, asText),
      })),
      model: ask.model,
      usage: { prompt_tokens: count.inputTokens, total_tokens: count.inputTokens },
    };
  },
  toPieces: () => [],
  toError: (kind: FaultKind, message: string) => toOpenaiError(kind, message),
};

function toDimensions(value: unknown): number {
  const wanted = typeof value === "number" && Number.isFinite(value) ? Math.floor(value) : DEFAULT_DIMENSIONS;
  return Math.min(MOST_DIMENSIONS, Math.max(1, wanted));
}

/** 32-bit floats, as numbers or as base64 of their little-endian bytes. */
function toEmbedding(random: Random, dimensions: number, asText: boolean): readonly number[] | string {
  const values = Float32Array.from({ length: dimensions }, () => (random() - 0.5) / 8);
  return asText ? Buffer.from(values.buffer).toString("base64") : [...values].map((value) => Number(value.toFixed(7)));
}
