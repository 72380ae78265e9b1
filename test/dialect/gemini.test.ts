/** @module Gemini and Vertex: the last metadata that has counts wins; tool prompts and thoughts stand beside. */

import { expect, test } from "bun:test";

import { readAnswer, toSse } from "../support/reading.ts";

const CALL = {
  path: "/v1beta/models/gemini-x:streamGenerateContent",
  query: "alt=sse",
  provider: "gemini",
  requestBody: { contents: [] },
};
const chunk = (usageMetadata: unknown, finishReason?: string) => ({
  candidates: [{ content: { parts: [{ text: "a" }] }, finishReason }],
  modelVersion: "gemini-x-001",
  responseId: "r1",
  usageMetadata,
});
const read = (chunks: readonly unknown[], truncated = false) =>
  readAnswer(
    toSse(...chunks).replaceAll("\n", "\r\n"),
    { ...CALL, responseContentType: "text/event-stream" },
    truncated,
  );

test("input and output take in tool prompts and thoughts", () => {
  const last = chunk(
    {
      promptTokenCount: 10,
      toolUsePromptTokenCount: 5,
      cachedContentTokenCount: 4,
      candidatesTokenCount: 3,
      thoughtsTokenCount: 7,
      totalTokenCount: 25,
      serviceTier: "standard",
    },
    "STOP",
  );
  expect(read([last])).toMatchObject({
    model: "gemini-x-001",
    requestModel: "gemini-x",
    responseId: "r1",
    usage: { inputTokens: 15, cacheReadTokens: 4, outputTokens: 10, reasoningTokens: 7, cacheWriteTokens: 0 },
    serviceTier: "standard",
    finishReason: "STOP",
    usageSource: "reported",
    complete: true,
  });
});

test("counts are not added and may fall", () => {
  const reading = read([
    chunk({ promptTokenCount: 15, totalTokenCount: 15 }),
    chunk({ promptTokenCount: 13, candidatesTokenCount: 8, totalTokenCount: 21 }, "STOP"),
  ]);
  expect(reading.usage).toMatchObject({ inputTokens: 13, outputTokens: 8 });
});

test("metadata without counts is no usage and hides none", () => {
  expect(read([chunk({ trafficType: "ON_DEMAND" }, "STOP")])).toMatchObject({
    usageSource: "none",
    serviceTier: "ON_DEMAND",
  });
  expect(read([chunk({ promptTokenCount: 8 }), chunk({ trafficType: "ON_DEMAND" }, "STOP")]).usage?.inputTokens).toBe(
    8,
  );
});

test("modalities are names or numbers", () => {
  const details = (audio: unknown, image: unknown) => ({
    promptTokenCount: 30,
    promptTokensDetails: [
      { modality: audio, tokenCount: 20 },
      { modality: "TEXT", tokenCount: 10 },
    ],
    candidatesTokenCount: 9,
    candidatesTokensDetails: [{ modality: image, tokenCount: 9 }],
  });
  const wanted = { audioInputTokens: 20, audioOutputTokens: 0, imageOutputTokens: 9 };
  expect(read([chunk(details("AUDIO", "IMAGE"))]).usage).toMatchObject(wanted);
  expect(read([chunk(details(4, 2))]).usage).toMatchObject(wanted);
});

test("one JSON array instead of events, whole and cut", () => {
  const text = JSON.stringify([
    chunk({ promptTokenCount: 5, totalTokenCount: 5 }),
    chunk({ promptTokenCount: 5, candidatesTokenCount: 2 }, "STOP"),
  ]);
  const facts = { ...CALL, query: "", responseContentType: "application/json" };
  expect(readAnswer(text, facts)).toMatchObject({
    usage: { inputTokens: 5, outputTokens: 2 },
    usageSource: "reported",
    complete: true,
  });
  expect(readAnswer(text.slice(0, -30), facts, true)).toMatchObject({
    usage: { inputTokens: 5, outputTokens: 0 },
    usageSource: "partial",
    complete: false,
  });
});

test("a blocked prompt says why", () => {
  expect(readAnswer({ promptFeedback: { blockReason: "MODEL_ARMOR" } }, CALL)).toMatchObject({
    finishReason: "MODEL_ARMOR",
    usageSource: "none",
  });
});

test("Code Assist wraps the chunks of Gemini CLI", () => {
  const facts = { ...CALL, path: "/v1internal:streamGenerateContent", requestBody: { model: "gemini-x", request: {} } };
  expect(
    readAnswer(toSse({ response: chunk({ promptTokenCount: 5, candidatesTokenCount: 2 }, "STOP") }), facts),
  ).toMatchObject({
    requestModel: "gemini-x",
    usage: { inputTokens: 5, outputTokens: 2 },
  });
});

test("Vertex predictions count each input", () => {
  const embedding = (tokens: number) => ({ embeddings: { values: [1], statistics: { token_count: tokens } } });
  const facts = { ...CALL, path: "/v1/projects/p/locations/l/publishers/google/models/e:predict", query: "" };
  expect(readAnswer({ predictions: [embedding(4), embedding(5)] }, facts)).toMatchObject({
    model: "e",
    usage: { inputTokens: 9, outputTokens: 0 },
  });
  expect(readAnswer({ predictions: [{ bytesBase64Encoded: "" }] }, facts).usage).toBeUndefined();
});

test("interactions have names of their own, whole and streamed", () => {
  const usage = {
    total_input_tokens: 53,
    total_tool_use_tokens: 2,
    total_cached_tokens: 1,
    total_output_tokens: 15,
    total_thought_tokens: 41,
  };
  const wanted = { inputTokens: 55, cacheReadTokens: 1, outputTokens: 56, reasoningTokens: 41 };
  const facts = { path: "/v1beta/interactions", provider: "gemini" };
  expect(readAnswer({ id: "i", model: "models/g", status: "completed", usage }, facts)).toMatchObject({
    model: "g",
    usage: wanted,
    finishReason: "completed",
  });
  const events = [
    { event_type: "interaction.created", interaction: { id: "i", model: "g", status: "in_progress" } },
    { event_type: "step.delta", delta: {} },
    { event_type: "interaction.completed", interaction: { id: "i", status: "completed", usage } },
  ];
  expect(readAnswer(toSse(...events), facts)).toMatchObject({
    model: "g",
    responseId: "i",
    usage: wanted,
    complete: true,
  });
});
