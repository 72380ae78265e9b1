/** @module Which dialect a call is of, told from its path and content. */

import { describe, expect, test } from "bun:test";

import type { ReadContext } from "../../src/dialect/dialect.ts";
import { DIALECTS, findDialect } from "../../src/dialect/registry.ts";
import { toContext } from "../support/reading.ts";

const chat = { model: "m", messages: [] };
const GOOGLE = "/v1/projects/p/locations/l/publishers";

const CALLS: readonly (readonly [path: string, id: string, kind: string, facts?: Partial<ReadContext>])[] = [
  ["/v1/chat/completions", "openai-chat", "generation"],
  ["/chat/completions", "openai-chat", "generation"],
  ["/v1/chat/completions/", "openai-chat", "generation"],
  ["/api/v1/chat/completions", "openai-chat", "generation", { provider: "openrouter" }],
  ["/api/paas/v4/chat/completions", "openai-chat", "generation", { provider: "zai" }],
  ["/openai/deployments/x/chat/completions", "openai-chat", "generation", { provider: "azure" }],
  ["/v1beta/openai/chat/completions", "openai-chat", "generation", { provider: "gemini" }],
  [
    "/v1/projects/p/locations/l/endpoints/openapi/chat/completions",
    "openai-chat",
    "generation",
    { provider: "vertex" },
  ],
  ["/api/v2/cortex/inference:complete", "openai-chat", "generation", { provider: "snowflake" }],
  ["/v1/chat", "openai-chat", "generation", { provider: "writer" }],
  ["/v1/chat", "cohere", "generation", { provider: "cohere", requestBody: { message: "hi" } }],
  ["/v1/chat", "cohere", "generation", { provider: "cohere", requestBody: undefined }],
  ["/api/v1/chat", "unknown", "generation", { provider: "lmstudio", requestBody: { model: "m", input: "hi" } }],
  ["/v2/chat", "cohere", "generation", { provider: "cohere" }],
  ["/v2/embed", "cohere", "generation"],
  ["/v2/rerank", "rerank", "generation"],
  ["/v1/rerank", "rerank", "generation", { provider: "voyage" }],
  ["/v1/completions", "openai-completions", "generation"],
  ["/v1/fim/completions", "openai-completions", "generation", { provider: "mistral" }],
  ["/v1/responses", "openai-responses", "generation"],
  ["/backend-api/codex/responses", "openai-responses", "generation"],
  ["/v1/responses/compact", "openai-responses", "generation"],
  ["/v1/responses/input_tokens", "token-count", "other"],
  ["/v1/responses/resp_1", "openai-responses", "other", { method: "GET", requestBody: undefined }],
  ["/v1/responses/resp_1/cancel", "openai-responses", "other"],
  ["/v1/responses/resp_1", "unknown", "other", { method: "DELETE", requestBody: undefined }],
  ["/v1/embeddings", "openai-embeddings", "generation"],
  ["/api/v1/embeddings", "openai-embeddings", "generation", { provider: "openrouter" }],
  ["/v1/multimodalembeddings", "openai-embeddings", "generation", { provider: "voyage" }],
  ["/v1/images/generations", "openai-images", "generation"],
  ["/v1/audio/speech", "openai-audio", "generation"],
  ["/v1/messages", "anthropic-messages", "generation"],
  ["/api/anthropic/v1/messages", "anthropic-messages", "generation", { provider: "zai" }],
  ["/v1/messages/count_tokens", "token-count", "other"],
  ["/v1/complete", "anthropic-complete", "generation"],
  ["/v1/threads/t/messages", "unknown", "other", { requestBody: { role: "user", content: "x" } }],
  [`${GOOGLE}/anthropic/models/claude-x@1:streamRawPredict`, "anthropic-messages", "generation"],
  [`${GOOGLE}/anthropic/models/count-tokens:rawPredict`, "token-count", "other"],
  [`${GOOGLE}/mistralai/models/m:rawPredict`, "openai-chat", "generation"],
  [`${GOOGLE}/google/models/gemini-x:streamGenerateContent`, "gemini", "generation"],
  [`${GOOGLE}/google/models/gemini-x:predict`, "gemini", "generation"],
  ["/v1beta/models/gemini-x:generateContent", "gemini", "generation"],
  ["/v1internal:streamGenerateContent", "gemini", "generation"],
  ["/v1beta/models/gemini-x:countTokens", "token-count", "other"],
  ["/v1beta/interactions", "gemini-interactions", "generation"],
  ["/v1beta/interactions/i1", "gemini-interactions", "other", { method: "GET", requestBody: undefined }],
  ["/api/chat", "ollama", "generation", { provider: "ollama" }],
  ["/api/generate", "ollama", "generation", { provider: "openai" }],
  ["/api/embeddings", "ollama", "generation"],
  ["/api/tags", "unknown", "other", { method: "GET", requestBody: undefined }],
  ["/model/anthropic.claude%3A0/invoke", "bedrock-invoke", "generation"],
  ["/model/x/invoke-with-response-stream", "bedrock-invoke", "generation"],
  ["/model/x/converse", "bedrock-converse", "generation"],
  ["/model/x/converse-stream", "bedrock-converse", "generation"],
  ["/model/x/count-tokens", "token-count", "other"],
  ["/v1/models", "unknown", "other", { method: "GET", requestBody: undefined }],
  ["/v1/files", "unknown", "other", { requestBody: undefined }],
  ["/v9/brand-new", "unknown", "generation"],
  ["/v9/brand-new", "unknown", "other", { requestBody: { model: "m" } }],
  ["/v1/chat/completions", "unknown", "other", { method: "GET", requestBody: undefined }],
];

test.each(CALLS.map(([path, id, kind, facts = {}]) => [path, id, kind, facts] as const))(
  "%s is %s, %s",
  (path, id, kind, facts) => {
    const context = toContext({ path, requestBody: chat, ...facts });
    const dialect = findDialect(context);
    expect([dialect.id, dialect.kind(context)]).toEqual([id, kind]);
  },
);

test("ids are unique and the last dialect matches everything", () => {
  expect(new Set(DIALECTS.map((dialect) => dialect.id)).size).toBe(DIALECTS.length);
  expect(DIALECTS.at(-1)?.matches(toContext({ method: "PATCH", path: "", requestBody: 7 }))).toBe(true);
});

describe("a stream is asked for", () => {
  test.each([
    ["/v1/chat/completions", { stream: true }, "", true],
    ["/v1/chat/completions", { stream: "true" }, "", false],
    ["/v1/chat/completions", undefined, "", false],
    ["/api/chat", { model: "m" }, "", true],
    ["/api/chat", { model: "m", stream: false }, "", false],
    ["/api/embed", { model: "m" }, "", false],
    ["/v1beta/models/g:streamGenerateContent", {}, "", true],
    ["/v1beta/models/g:generateContent", {}, "", false],
    ["/model/x/converse-stream", {}, "", true],
    ["/model/x/invoke-with-response-stream", {}, "", true],
    ["/v1/publishers/anthropic/models/c:streamRawPredict", {}, "", true],
    ["/v1/messages", { stream: true }, "", true],
  ])("%s %j → %s%s", (path, requestBody, query, wanted) => {
    const context = toContext({ path, requestBody, query });
    expect(findDialect(context).isStreaming(context)).toBe(wanted);
  });

  test("by the query of a stored response", () => {
    const context = toContext({
      method: "GET",
      path: "/v1/responses/r",
      query: "starting_after=0&stream=true",
      requestBody: undefined,
    });
    expect(findDialect(context).isStreaming(context)).toBe(true);
  });
});
