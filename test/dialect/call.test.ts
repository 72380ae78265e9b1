/** @module Which model a request names: the body's, else the URL's. */

import { expect, test } from "bun:test";

import { findRequestModel } from "../../src/dialect/call.ts";
import { toContext } from "../support/reading.ts";

test.each([
  ["/v1/chat/completions", { model: "gpt-x" }, "gpt-x"],
  ["/v1beta/openai/chat/completions", { model: "models/gemini-x" }, "gemini-x"],
  ["/inference/v1/chat/completions", { model: "accounts/fireworks/models/llama" }, "accounts/fireworks/models/llama"],
  ["/openai/deployments/my-deployment/chat/completions", {}, "my-deployment"],
  ["/openai/deployments/d/embeddings", { model: "body" }, "body"],
  ["/model/us.anthropic.claude-x-v1%3A0/converse", {}, "us.anthropic.claude-x-v1:0"],
  ["/model/us.anthropic.claude-x-v1:0/invoke-with-response-stream", undefined, "us.anthropic.claude-x-v1:0"],
  [
    "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x/converse",
    {},
    "arn:aws:bedrock:us-east-1:1:inference-profile/us.x",
  ],
  ["/v1beta/models/gemini-2.5-pro:generateContent", {}, "gemini-2.5-pro"],
  ["/v1/projects/p/locations/l/publishers/google/models/gemini-x:streamGenerateContent", {}, "gemini-x"],
  ["/v1/projects/p/locations/l/publishers/anthropic/models/claude-x@20250101:rawPredict", {}, "claude-x@20250101"],
  ["/v1/projects/p/locations/l/publishers/anthropic/models/count-tokens:rawPredict", { model: "claude-x" }, "claude-x"],
  ["/v1beta/tunedModels/mine:generateContent", {}, "mine"],
  ["/v1/projects/p/locations/l/endpoints/openapi/chat/completions", {}, undefined],
  ["/v1internal:generateContent", {}, undefined],
  ["/model/%E0%A4%A/converse", {}, "%E0%A4%A"],
  ["/v1/chat/completions", { models: ["first", "second"] }, "first"],
  ["/v1/chat/completions", { model: 7 }, undefined],
  ["/v1/chat/completions", "text", undefined],
])("%s %j names %s", (path, requestBody, wanted) => {
  expect(findRequestModel(toContext({ path, requestBody }))).toBe(wanted as string);
});
