/** @module Names lose decoration step by step, and never a part that tells one model from another. */

import { expect, test } from "bun:test";
import { hasDate, toModelNames, toUndatedName } from "../../src/price/model-name.ts";

const namesOf = (model: string, provider = "openai") => toModelNames(model, provider).map(({ name }) => name);

test.each([
  ["gpt-4o", "openai", ["gpt-4o"]],
  ["gpt-4o-2024-08-06", "openai", ["gpt-4o-2024-08-06", "gpt-4o"]],
  ["claude-3-5-haiku-20241022", "anthropic", ["claude-3-5-haiku-20241022", "claude-3-5-haiku"]],
  ["claude-sonnet-4-5@20250929", "vertex", ["claude-sonnet-4-5@20250929", "claude-sonnet-4-5"]],
  ["codex-mini-latest", "openai", ["codex-mini-latest", "codex-mini"]],
  ["models/gemini-2.5-pro", "gemini", ["models/gemini-2.5-pro", "gemini-2.5-pro"]],
  ["openai/gpt-4o:online", "openrouter", ["openai/gpt-4o:online", "openai/gpt-4o"]],
  ["openai/gpt-4o:free", "openrouter", ["openai/gpt-4o:free"]],
  ["a/b-20250101:free", "openrouter", ["a/b-20250101:free", "a/b:free"]],
  ["ft:gpt-4o:org::id", "openai", ["ft:gpt-4o:org::id", "ft:gpt-4o"]],
  ["mistral-small-2603", "mistral", ["mistral-small-2603"]],
  ["gpt-4-0613", "openai", ["gpt-4-0613"]],
  ["claude-opus-4-5", "anthropic", ["claude-opus-4-5"]],
])("%s of %s is looked up as %p", (model, provider, names) => {
  expect(namesOf(model, provider)).toEqual(names);
});

test("on Bedrock version and date go before the region, so that a regional price is found first", () => {
  expect(namesOf("us.anthropic.claude-x-20250929-v1:0", "bedrock")).toEqual([
    "us.anthropic.claude-x-20250929-v1:0",
    "us.anthropic.claude-x-20250929",
    "us.anthropic.claude-x",
    "anthropic.claude-x-20250929-v1:0",
    "anthropic.claude-x-20250929",
    "anthropic.claude-x",
  ]);
});

test("only the vendor's own name space is taken away", () => {
  expect(namesOf("openai/gpt-4o", "openai")).toEqual(["openai/gpt-4o", "gpt-4o"]);
  expect(namesOf("openai/gpt-4o", "groq")).toEqual(["openai/gpt-4o"]);
  expect(namesOf("anthropic/gpt-4o", "openai")).toEqual(["anthropic/gpt-4o"]);
});

test("every step is named in words, the name as sent has none", () => {
  const [sent, changed] = toModelNames("models/gemini-x-2026-01-01", "gemini");
  expect(sent?.change).toBeUndefined();
  expect(changed).toEqual({ name: "gemini-x-2026-01-01", change: "without its path" });
  expect(toModelNames("models/gemini-x-2026-01-01", "gemini").at(-1)?.change).toBe(
    "without its path, without its date",
  );
});

test("empty, endless and wrongly encoded names do no harm", () => {
  expect(toModelNames("  ", "openai")).toEqual([]);
  expect(toModelNames("x".repeat(301), "openai")).toEqual([]);
  expect(namesOf("100%-model")).toEqual(["100%-model"]);
  expect(namesOf("models/", "gemini")).toEqual(["models/"]);
  expect(toModelNames("models/a/b:c-2025-01-01-latest", "gemini").length).toBeLessThanOrEqual(32);
});

test("a dated name has an undated one", () => {
  expect(toUndatedName("claude-3-7-sonnet-20250219")).toBe("claude-3-7-sonnet");
  expect(toUndatedName("anthropic.claude-x-20250929-v1:0")).toBe("anthropic.claude-x");
  expect(toUndatedName("codex-mini-latest")).toBe("codex-mini");
  expect(toUndatedName("anthropic.claude-v2:1")).toBeUndefined();
  expect(toUndatedName("gpt-4o")).toBeUndefined();
  expect([hasDate("a-2025-01-01"), hasDate("a-20250101-v1:0"), hasDate("a-latest"), hasDate("a-2603")]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
