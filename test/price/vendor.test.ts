/** @module Who makes a model, told from its name. */

import { expect, test } from "bun:test";
import { findVendor, findVendorOfModel } from "../../src/price/vendor.ts";

test.each([
  ["claude-sonnet-4-5", "anthropic"],
  ["gpt-5", "openai"],
  ["ft:gpt-4o:org::id", "openai"],
  ["chatgpt-4o-latest", "openai"],
  ["o1", "openai"],
  ["o3-mini", "openai"],
  ["o4-mini", "openai"],
  ["Gemini-2.5-pro", "gemini"],
  ["grok-4", "xai"],
  ["glm-4.6", "zai"],
  ["kimi-k2", "moonshot"],
  ["deepseek-chat", "deepseek"],
  ["mistral-large-latest", "mistral"],
  ["codestral-2508", "mistral"],
  ["command-a-03-2025", "cohere"],
  ["qwen3-max", "alibaba"],
  ["MiniMax-M2", "minimax"],
  ["sonar-pro", "perplexity"],
  ["x-ai/grok-4", "xai"],
  ["anthropic/whatever", "anthropic"],
])("%s is made by %s", (model, provider) => {
  expect(findVendorOfModel(model)?.provider).toBe(provider);
});

test.each(["gpt-oss-120b", "llama-3.1-70b", "o5x", "oasis", "my-gpt-5", "acme/gpt-5", "claudette", ""])(
  "%p is nobody's for sure",
  (model) => {
    expect(findVendorOfModel(model)).toBeUndefined();
  },
);

test("hosts of other people's models are no vendors", () => {
  expect(findVendor("openai")?.provider).toBe("openai");
  expect(findVendor("groq")).toBeUndefined();
});
