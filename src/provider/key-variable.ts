/** @module Environment variables that customarily hold a key: those the providers' own SDKs and guides name, read 2026-11-21. */

const KEY_VARIABLES: Readonly<Record<string, string>> = {
  openai: "OPENAI_API_KEY",
  anthropic: "ANTHROPIC_API_KEY",
  gemini: "GEMINI_API_KEY",
  nvidia: "NVIDIA_API_KEY",
  openrouter: "OPENROUTER_API_KEY",
  moonshot: "MOONSHOT_API_KEY",
  zai: "ZAI_API_KEY",
  minimax: "MINIMAX_API_KEY",
  groq: "GROQ_API_KEY",
  mistral: "MISTRAL_API_KEY",
  deepseek: "DEEPSEEK_API_KEY",
  xai: "XAI_API_KEY",
  together: "TOGETHER_API_KEY",
  fireworks: "FIREWORKS_API_KEY",
  cerebras: "CEREBRAS_API_KEY",
  perplexity: "PERPLEXITY_API_KEY",
  cohere: "COHERE_API_KEY",
  huggingface: "HF_TOKEN",
  azure: "AZURE_OPENAI_API_KEY",
  alibaba: "DASHSCOPE_API_KEY",
  voyage: "VOYAGE_API_KEY",
  cliproxyapi: "CLI_PROXY_API_KEY",
  "ollama-cloud": "OLLAMA_API_KEY",
  "vercel-gateway": "AI_GATEWAY_API_KEY",
};

/** Only a name to propose: a key is read where a route or an upstream names its variable. */
export function findKeyVariable(provider: string): string | undefined {
  return Object.hasOwn(KEY_VARIABLES, provider) ? KEY_VARIABLES[provider] : undefined;
}
