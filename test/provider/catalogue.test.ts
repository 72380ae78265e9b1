import { expect, test } from "bun:test";
import { findProvider, PROVIDERS, RESERVED_SEGMENTS } from "../../src/provider/catalogue.ts";

test("ids and aliases are unique, well formed and not reserved", () => {
  const names = PROVIDERS.flatMap((provider) => [provider.id, ...(provider.aliases ?? [])]);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) {
    expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
    // `bedrock` is reserved against others: the catalogue's own row may use it.
    if (name !== "bedrock") expect(RESERVED_SEGMENTS.has(name)).toBe(false);
  }
});

test("each row has a base URL, or an example of one", () => {
  for (const { id, baseUrl, baseUrlExample } of PROVIDERS) {
    expect({ id, has: (baseUrl ?? baseUrlExample) !== undefined }).toEqual({ id, has: true });
    if (baseUrl !== undefined) expect(new URL(baseUrl).href.replace(/\/$/, "")).toBe(baseUrl);
  }
});

test("the issue's providers are all there, and the prior programs' names are understood", () => {
  const wanted =
    "openai anthropic gemini nvidia openrouter moonshot zai minimax ollama ollama-cloud groq mistral deepseek xai together fireworks cerebras perplexity cohere huggingface azure vertex bedrock vercel-gateway alibaba voyage lmstudio vllm llamacpp";
  for (const id of wanted.split(" ")) expect(findProvider(id)?.id).toBe(id);
  expect(findProvider("google")?.id).toBe("gemini");
  expect(findProvider("huggingface-router")?.id).toBe("huggingface");
  expect(findProvider("local-llm")?.baseUrl).toBe("http://localhost:8000/v1");
});
