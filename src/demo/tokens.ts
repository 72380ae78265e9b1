/** @module How the fake models count: by the length of what was really sent, with the head of a conversation cached. */

/** Token counts in the one meaning of modeltap: input is all input, output is all output. */
export type TokenCount = {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  /** New input that a provider with explicit caching writes into its cache. */
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
};

const CHARACTERS_PER_TOKEN = 3.9;

export function countTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** Providers leave short prompts out of their caches. */
const LEAST_CACHED_TOKENS = 1024;

/** Tokens after the last cache mark of a prompt. */
const UNCACHED_TOKENS = 4;

/**
 * `fixedTokens` are those of system prompt and tools, `messageTokens` one entry per message.
 * All but the last model message and what follows it was in the request before, so it is read from the cache.
 */
export function countPrompt(
  fixedTokens: number,
  messageTokens: readonly number[],
): Pick<TokenCount, "inputTokens" | "cacheReadTokens" | "cacheWriteTokens"> {
  const inputTokens = fixedTokens + sum(messageTokens);
  const earlier = messageTokens.length < 3 ? 0 : fixedTokens + sum(messageTokens.slice(0, -2));
  const cacheReadTokens = earlier >= LEAST_CACHED_TOKENS ? earlier : 0;
  const fresh = Math.max(0, inputTokens - cacheReadTokens - UNCACHED_TOKENS);
  return { inputTokens, cacheReadTokens, cacheWriteTokens: inputTokens >= LEAST_CACHED_TOKENS ? fresh : 0 };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
