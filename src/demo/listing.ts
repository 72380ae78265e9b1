/** @module Answers of the fake provider that ask no model: lists of models and token counts. */

import { type JsonRecord, toList } from "./json.ts";
import { SCENARIOS } from "./scenario/scenarios.ts";
import { countTokens } from "./tokens.ts";

/** The JSON to a listing path; undefined when the path is none. `path` is the whole path of the request. */
export function findListing(path: string): JsonRecord | undefined {
  if (path.endsWith("/api/tags")) {
    const model = {
      name: "llama3.2:latest",
      model: "llama3.2:latest",
      modified_at: "2026-01-05T10:00:00Z",
      size: 2_019_393_189,
    };
    return { models: [model] };
  }
  if (!path.endsWith("/v1/models")) return undefined;
  const models = [...new Set(SCENARIOS.map((scenario) => scenario.model))].sort();
  return {
    object: "list",
    data: models.map((id) => ({ id, object: "model", created: 1_767_225_600, owned_by: "demo" })),
  };
}

/** Anthropic's count of a request that is not sent; undefined when the path asks for none. */
export function findCount(path: string, body: JsonRecord): JsonRecord | undefined {
  if (!path.endsWith("/v1/messages/count_tokens")) return undefined;
  const parts = [body["system"] ?? "", body["tools"] ?? "", ...toList(body["messages"])];
  return { input_tokens: parts.reduce<number>((sum, part) => sum + countTokens(JSON.stringify(part)), 0) };
}
