/** @module Cohere: billed units are charged; streams of both versions; rerank by search or by tokens. */

import { expect, test } from "bun:test";

import { EVENT_STREAM, readAnswer, toSse } from "../support/reading.ts";

const usage = {
  billed_units: { input_tokens: 33, output_tokens: 22 },
  tokens: { input_tokens: 1452, output_tokens: 33 },
  cached_tokens: 144,
};
const wanted = { inputTokens: 33, outputTokens: 22, cacheReadTokens: 0 };

test("v2, whole and streamed", () => {
  const facts = { path: "/v2/chat", provider: "cohere" };
  expect(readAnswer({ id: "a", finish_reason: "COMPLETE", usage }, facts)).toMatchObject({
    usage: wanted,
    finishReason: "COMPLETE",
    model: "asked-model",
  });
  const events = [
    { type: "message-start", id: "a" },
    { type: "content-delta", delta: { message: { content: { text: "x" } } } },
    { type: "message-end", delta: { finish_reason: "COMPLETE", usage } },
  ];
  expect(readAnswer(toSse(...events), { ...facts, ...EVENT_STREAM })).toMatchObject({
    usage: wanted,
    responseId: "a",
    complete: true,
  });
  expect(readAnswer(toSse(...events.slice(0, 2)), { ...facts, ...EVENT_STREAM }, true)).toMatchObject({
    usageSource: "none",
    complete: false,
  });
});

test("v1 streams lines, sometimes labelled as JSON", () => {
  const facts = { path: "/v1/chat", provider: "cohere", requestBody: { model: "command", message: "hi" } };
  const lines = [
    { event_type: "stream-start", generation_id: "g" },
    { event_type: "text-generation", text: "x" },
    { event_type: "stream-end", finish_reason: "COMPLETE", response: { meta: usage } },
  ]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");
  for (const responseContentType of ["application/stream+json", "application/json"]) {
    expect(readAnswer(lines, { ...facts, responseContentType })).toMatchObject({
      usage: wanted,
      responseId: "g",
      model: "command",
      complete: true,
    });
  }
});

test("plain tokens stand in for missing billed units", () => {
  expect(readAnswer({ usage: { tokens: usage.tokens, cached_tokens: 144 } }, { path: "/v2/chat" }).usage).toMatchObject(
    { inputTokens: 1452, outputTokens: 33, cacheReadTokens: 144 },
  );
});

test("embeddings of images are input", () => {
  expect(
    readAnswer({ meta: { billed_units: { input_tokens: 4, image_tokens: 500 } } }, { path: "/v2/embed" }).usage,
  ).toMatchObject({ inputTokens: 504, imageInputTokens: 500, outputTokens: 0 });
});

test("rerank is billed by search (Cohere) or by tokens (Voyage, llama.cpp)", () => {
  expect(readAnswer({ meta: { billed_units: { search_units: 1 } } }, { path: "/v2/rerank" }).usage).toEqual({
    searchUnits: 1,
  });
  expect(readAnswer({ usage: { total_tokens: 43 } }, { path: "/v1/rerank" }).usage?.inputTokens).toBe(43);
});
