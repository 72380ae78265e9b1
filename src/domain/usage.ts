/** @module Token counts of one exchange, in the one meaning used everywhere. */

/**
 * Counts as the provider reported them. An absent field was not reported; 0 was.
 * `inputTokens` is all input (cached reads, cache writes and tool prompts inside);
 * `outputTokens` is all output (reasoning inside). The other token fields are subsets of those two.
 */
export type Usage = {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cacheReadTokens?: number;
  /** All cache writes, whatever their lifetime. */
  readonly cacheWriteTokens?: number;
  readonly cacheWrite5mTokens?: number;
  readonly cacheWrite1hTokens?: number;
  readonly reasoningTokens?: number;
  readonly audioInputTokens?: number;
  readonly audioOutputTokens?: number;
  readonly imageInputTokens?: number;
  readonly imageOutputTokens?: number;
  /** Server-side web searches, billed by request. */
  readonly webSearchRequests?: number;
  readonly audioSeconds?: number;
  readonly searchUnits?: number;
  /** Answer of a token-counting endpoint: never billed, never summed. */
  readonly countedTokens?: number;
};

/** Where the usage of an exchange comes from; `partial` = the answer was cut before its final count. */
export type UsageSource = "reported" | "partial" | "none";

/** Tokens billed beside the main usage: another model, or an iteration the top level leaves out. */
export type ExtraUsage = {
  readonly kind: string;
  readonly model?: string;
  readonly usage: Usage;
};

/** Input plus output; undefined when neither is known. */
export function totalTokens(usage: Usage | undefined): number | undefined {
  if (usage?.inputTokens === undefined && usage?.outputTokens === undefined) return undefined;
  return (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0);
}
