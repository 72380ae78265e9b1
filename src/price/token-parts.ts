/** @module Splits the counted tokens of an answer into parts that each have one price and never overlap. */

import type { CostComponents } from "../domain/money.ts";
import type { Usage } from "../domain/usage.ts";
import type { PriceRates } from "./row.ts";

export type TokenPart = {
  readonly component: keyof CostComponents;
  readonly tokens: number;
  readonly picoUsdPerToken: number;
};

export type TokenParts =
  | { readonly known: true; readonly parts: readonly TokenPart[]; readonly notes: readonly string[] }
  | { readonly known: false; readonly why: string };

/** No request is this large; a count beyond it is a fault of the upstream, not a bill. */
const MAX_TOKENS = 1_000_000_000;

/** `outputMayLack` = an answer of this kind has no output to count (embeddings, reranking). */
export function toTokenParts(usage: Usage, rates: PriceRates, outputMayLack: boolean): TokenParts {
  for (const count of [usage.inputTokens, usage.outputTokens]) {
    if (count !== undefined && toCount(count) === undefined) {
      return { known: false, why: `a reported count of ${count} tokens is not plausible` };
    }
  }
  const input = toCount(usage.inputTokens);
  const output = toCount(usage.outputTokens) ?? (outputMayLack ? 0 : undefined);
  if (input === undefined) return { known: false, why: "the number of input tokens was not reported" };
  if (output === undefined) return { known: false, why: "the number of output tokens was not reported" };
  const notes: string[] = [];
  const parts = [...splitInput(usage, input, rates, notes), ...splitOutput(usage, output, rates)];
  return { known: true, parts: parts.filter((part) => part.tokens > 0 || isMain(part)), notes };
}

/** Cache first, because its counts are sure subsets; audio and images only where they have a price of their own. */
function splitInput(usage: Usage, input: number, rates: PriceRates, notes: string[]): readonly TokenPart[] {
  const cacheRead = Math.min(toCount(usage.cacheReadTokens) ?? 0, input);
  const reportedWrites =
    toCount(usage.cacheWriteTokens) ??
    (toCount(usage.cacheWrite5mTokens) ?? 0) + (toCount(usage.cacheWrite1hTokens) ?? 0);
  const writes = Math.min(reportedWrites, input - cacheRead);
  const write1h = Math.min(toCount(usage.cacheWrite1hTokens) ?? 0, writes);
  let plain = input - cacheRead - writes;
  const audio = rates.audioInput === undefined ? 0 : Math.min(toCount(usage.audioInputTokens) ?? 0, plain);
  plain -= audio;
  const images = rates.imageInput === undefined ? 0 : Math.min(toCount(usage.imageInputTokens) ?? 0, plain);
  plain -= images;

  const writeRate = rates.cacheWrite ?? rates.input;
  if (cacheRead > 0 && rates.cacheRead === undefined)
    notes.push("cached input has no price of its own; charged as input");
  if (writes > write1h && rates.cacheWrite === undefined) {
    notes.push("cache writes have no price of their own; charged as input");
  }
  if (write1h > 0 && rates.cacheWrite1h === undefined) {
    notes.push("one-hour cache writes have no price of their own; charged as plain cache writes");
  }
  return [
    { component: "input", tokens: plain, picoUsdPerToken: rates.input },
    { component: "cacheRead", tokens: cacheRead, picoUsdPerToken: rates.cacheRead ?? rates.input },
    { component: "cacheWrite5m", tokens: writes - write1h, picoUsdPerToken: writeRate },
    { component: "cacheWrite1h", tokens: write1h, picoUsdPerToken: rates.cacheWrite1h ?? writeRate },
    { component: "audioInput", tokens: audio, picoUsdPerToken: rates.audioInput ?? rates.input },
    { component: "imageInput", tokens: images, picoUsdPerToken: rates.imageInput ?? rates.input },
  ];
}

function splitOutput(usage: Usage, output: number, rates: PriceRates): readonly TokenPart[] {
  let plain = output;
  const take = (count: number | undefined, rate: number | undefined): number => {
    if (rate === undefined) return 0;
    const taken = Math.min(toCount(count) ?? 0, plain);
    plain -= taken;
    return taken;
  };
  const audio = take(usage.audioOutputTokens, rates.audioOutput);
  const images = take(usage.imageOutputTokens, rates.imageOutput);
  const reasoning = take(usage.reasoningTokens, rates.reasoning);
  return [
    { component: "output", tokens: plain, picoUsdPerToken: rates.output },
    { component: "reasoning", tokens: reasoning, picoUsdPerToken: rates.reasoning ?? rates.output },
    { component: "audioOutput", tokens: audio, picoUsdPerToken: rates.audioOutput ?? rates.output },
    { component: "imageOutput", tokens: images, picoUsdPerToken: rates.imageOutput ?? rates.output },
  ];
}

function isMain(part: TokenPart): boolean {
  return part.component === "input" || part.component === "output";
}

/** A whole, plausible count; undefined for everything else. */
function toCount(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 && value <= MAX_TOKENS ? Math.floor(value) : undefined;
}
