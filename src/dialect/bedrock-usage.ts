/** @module What Amazon's own counts mean: Converse and Nova `usage`, Titan, Llama, invocation metrics and headers. */

import type { HeaderList } from "../domain/exchange.ts";
import type { Usage } from "../domain/usage.ts";
import { findHeader } from "./call.ts";
import { type Accounting, fillZeros } from "./draft.ts";
import { type JsonRecord, defined, findCount, sumCounts, toCount, toRecords } from "./value.ts";

/** Converse and Nova: cache reads and writes stand beside `inputTokens` (`totalTokens` confirms). */
export function accountBedrock(reported: JsonRecord): Accounting {
  const usage = toBedrockUsage(reported);
  return usage === undefined ? {} : { usage: fillZeros(usage) };
}

export function toBedrockUsage(reported: JsonRecord): Usage | undefined {
  const cacheRead = findCount(reported["cacheReadInputTokens"], reported["cacheReadInputTokenCount"]);
  const details = toRecords(reported["cacheDetails"]);
  const hasDetails = details.length > 0;
  const cacheWrite =
    findCount(reported["cacheWriteInputTokens"], reported["cacheWriteInputTokenCount"]) ??
    sumCounts(...details.map((detail) => toCount(detail["inputTokens"])));
  const fresh = toCount(reported["inputTokens"]) ?? toCount(reported["inputTokenCount"]);
  const usage = defined({
    inputTokens: fresh === undefined ? undefined : sumCounts(fresh, cacheRead, cacheWrite),
    outputTokens: toCount(reported["outputTokens"]) ?? toCount(reported["outputTokenCount"]),
    cacheReadTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    cacheWrite5mTokens: hasDetails ? sumTtl(details, "5m") : undefined,
    cacheWrite1hTokens: hasDetails ? sumTtl(details, "1h") : undefined,
  });
  return usage.inputTokens === undefined && usage.outputTokens === undefined ? undefined : usage;
}

function sumTtl(details: readonly JsonRecord[], ttl: string): number {
  return (
    sumCounts(...details.filter((detail) => detail["ttl"] === ttl).map((detail) => toCount(detail["inputTokens"]))) ?? 0
  );
}

/** Titan's and Llama's flat counts. Titan writes them as floats, and each result of a batch has its own. */
export function accountFlatBedrock(reported: JsonRecord): Accounting {
  const results = toRecords(reported["results"]);
  const output =
    findCount(reported["totalOutputTextTokenCount"], reported["generation_token_count"]) ??
    sumCounts(...results.map((result) => toCount(result["tokenCount"])));
  const usage = defined({
    inputTokens: findCount(reported["inputTextTokenCount"], reported["prompt_token_count"]),
    outputTokens: output,
  });
  return Object.keys(usage).length === 0 ? {} : { usage: fillZeros(usage) };
}

/** The counts of `x-amzn-bedrock-*` headers under Bedrock's own names; undefined when there are none. */
export function readBedrockHeaders(headers: HeaderList): JsonRecord | undefined {
  const read = (name: string) => {
    const value = findHeader(headers, `x-amzn-bedrock-${name}-token-count`);
    return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
  };
  const counts = defined({
    inputTokens: read("input"),
    outputTokens: read("output"),
    cacheReadInputTokens: read("cache-read-input"),
    cacheWriteInputTokens: read("cache-write-input"),
  });
  return Object.keys(counts).length === 0 ? undefined : counts;
}
