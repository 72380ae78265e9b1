/** @module Each recipe names the address that the client truly reads, and no other. */

import { expect, test } from "bun:test";
import { createRecipes, findClientOrigin } from "../../web/recipes.ts";

const ORIGIN = "http://127.0.0.1:8080";
const recipes = new Map(createRecipes(ORIGIN).map((recipe) => [recipe.id, recipe.code]));

test.each([
  ["claude-code", `ANTHROPIC_BASE_URL=${ORIGIN}/anthropic\n`],
  ["codex", `openai_base_url = "${ORIGIN}/openai/v1"`],
  ["opencode", `"baseURL": "${ORIGIN}/anthropic/v1"`],
  ["gemini-cli", `GOOGLE_GEMINI_BASE_URL=${ORIGIN}/gemini\n`],
  ["cline", `${ORIGIN}/openai/v1`],
  ["continue", `apiBase: ${ORIGIN}/openai/v1`],
  ["cursor", `${ORIGIN}/openai/v1`],
  ["openai-sdk", `OPENAI_BASE_URL=${ORIGIN}/openai/v1`],
  ["anthropic-sdk", `ANTHROPIC_BASE_URL=${ORIGIN}/anthropic`],
  ["google-genai", `baseUrl: "${ORIGIN}/gemini"`],
  ["ollama", `OLLAMA_HOST=${ORIGIN}/ollama\n`],
  ["curl", `curl ${ORIGIN}/openai/v1/chat/completions`],
])("%s is told %s", (id, part) => expect(`${recipes.get(id)}\n`).toContain(part));

test("the OpenCode recipe is JSON as it stands", () => {
  expect(JSON.parse(recipes.get("opencode") ?? "")).toHaveProperty("provider.openai.options.baseURL");
});

test("clients are told the page's own origin, unless the proxy does not listen on that port", () => {
  expect(findClientOrigin(ORIGIN, undefined)).toBe(ORIGIN);
  expect(findClientOrigin("http://localhost:8080", [ORIGIN])).toBe("http://localhost:8080");
  expect(findClientOrigin("http://localhost:5173", [`${ORIGIN}/`])).toBe(ORIGIN);
  expect(findClientOrigin("https://tap.example", [ORIGIN])).toBe("https://tap.example");
});
