/** @module Whether a client's model is in the built-in price list under the provider the client calls. */

import { join } from "node:path";

import type { ClientId } from "../../src/demo/script.ts";

const PROVIDER_OF: Readonly<Record<ClientId, string>> = {
  "claude-code": "anthropic",
  "claude-code-subscription": "anthropic",
  opencode: "anthropic",
  codex: "openai",
  "openai-sdk": "openai",
  "gemini-cli": "gemini",
  "openrouter-sdk": "openrouter",
  "groq-sdk": "groq",
  ollama: "ollama",
};

type PriceRow = { readonly provider: string; readonly model: string };

/** Exact names only: the demo must not lean on guesses. */
export async function createPriceIndexFromBuiltIn(): Promise<(client: ClientId, model: string) => boolean> {
  // The file's form is held by the tests of src/price.
  const rows = (await Bun.file(join(import.meta.dir, "../../data/prices/prices.json")).json()) as PriceRow[];
  const known = new Set(rows.map(({ provider, model }) => `${provider} ${model}`));
  return (client, model) => known.has(`${PROVIDER_OF[client]} ${model}`);
}
