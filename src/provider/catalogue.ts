/** @module The providers known from the start, one row each. Base URLs: providers' API references, read 2026-11-21. */

import type { Provider } from "./provider.ts";

export const PROVIDERS: readonly Provider[] = [
  { id: "openai", family: "openai", baseUrl: "https://api.openai.com" },
  { id: "anthropic", family: "anthropic", baseUrl: "https://api.anthropic.com" },
  {
    id: "gemini",
    aliases: ["google"],
    family: "gemini",
    baseUrl: "https://generativelanguage.googleapis.com",
    rootV1: "/v1beta/openai",
  },
  { id: "nvidia", family: "openai", baseUrl: "https://integrate.api.nvidia.com" },
  // Always tells usage; the option has no effect (https://openrouter.ai/docs ChatStreamOptions, read 2026-11-21).
  { id: "openrouter", family: "openai", baseUrl: "https://openrouter.ai", rootV1: "/api/v1", includeUsage: "never" },
  { id: "moonshot", family: "openai", baseUrl: "https://api.moonshot.ai" },
  { id: "zai", family: "openai", baseUrl: "https://api.z.ai", rootV1: "/api/paas/v4" },
  { id: "minimax", family: "openai", baseUrl: "https://api.minimax.io" },
  { id: "ollama", family: "ollama", baseUrl: "http://127.0.0.1:11434", local: true },
  { id: "ollama-cloud", family: "ollama", baseUrl: "https://api.ollama.com" },
  { id: "groq", family: "openai", baseUrl: "https://api.groq.com", rootV1: "/openai/v1" },
  // Mistral sends usage in the last chunk unasked and refuses unknown body fields.
  { id: "mistral", family: "openai", baseUrl: "https://api.mistral.ai", includeUsage: "never" },
  // Its last chunk has usage unasked, in recorded streams.
  { id: "deepseek", family: "openai", baseUrl: "https://api.deepseek.com", includeUsage: "never" },
  { id: "xai", family: "openai", baseUrl: "https://api.x.ai" },
  { id: "together", family: "openai", baseUrl: "https://api.together.xyz" },
  { id: "fireworks", family: "openai", baseUrl: "https://api.fireworks.ai", rootV1: "/inference/v1" },
  { id: "cerebras", family: "openai", baseUrl: "https://api.cerebras.ai" },
  { id: "perplexity", family: "openai", baseUrl: "https://api.perplexity.ai", rootV1: "", includeUsage: "never" },
  { id: "cohere", family: "cohere", baseUrl: "https://api.cohere.com", rootV1: "/compatibility/v1" },
  {
    id: "huggingface",
    aliases: ["huggingface-router"],
    family: "openai",
    baseUrl: "https://router.huggingface.co",
  },
  { id: "azure", family: "openai", baseUrlExample: "https://<resource>.openai.azure.com" },
  { id: "vertex", family: "gemini", baseUrlExample: "https://<region>-aiplatform.googleapis.com" },
  { id: "bedrock", family: "bedrock", baseUrlExample: "https://bedrock-runtime.<region>.amazonaws.com" },
  { id: "vercel-gateway", family: "openai", baseUrl: "https://ai-gateway.vercel.sh" },
  { id: "alibaba", family: "openai", baseUrl: "https://dashscope-intl.aliyuncs.com", rootV1: "/compatible-mode/v1" },
  { id: "voyage", family: "openai", baseUrl: "https://api.voyageai.com" },
  { id: "lmstudio", family: "openai", baseUrl: "http://127.0.0.1:1234", local: true },
  { id: "vllm", family: "openai", baseUrl: "http://127.0.0.1:8000", local: true },
  // llama-server's own default is 8080, which is ours; 8081 is what its guides use beside another server.
  // Its last chunk has the counts as `timings` unasked; asked for usage, they move to a chunk that clients do not expect.
  { id: "llamacpp", family: "openai", baseUrl: "http://127.0.0.1:8081", local: true, includeUsage: "never" },
  // CLIProxyAPI speaks every dialect on one port; 8317 is its default. Source: its README, 2026-11-21.
  { id: "cliproxyapi", family: "openai", baseUrl: "http://localhost:8317", everyDialect: true },
  { id: "local-llm", family: "openai", baseUrl: "http://localhost:8000/v1", local: true },
];

/** First path segments that belong to modeltap itself and can be no provider id. */
export const RESERVED_SEGMENTS: ReadonlySet<string> = new Set([
  "admin",
  "api",
  "bedrock",
  "dashboard",
  "foundation-models",
  "health",
  "healthz",
  "inference-profiles",
  "metrics",
  "model",
  "ready",
  "stats",
  "v1",
  "v1alpha",
  "v1beta",
  "assets",
]);

/** The catalogue's own upstream under the reserved word `bedrock` is reached by its base URL like any other. */
export function findProvider(id: string): Provider | undefined {
  return BY_NAME.get(id);
}

const BY_NAME: ReadonlyMap<string, Provider> = new Map(
  PROVIDERS.flatMap((provider) => [provider.id, ...(provider.aliases ?? [])].map((name) => [name, provider] as const)),
);
