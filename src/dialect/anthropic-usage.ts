/** @module What Anthropic's `usage` means: input beside its cache parts, and iterations billed beside the top level. */

import type { ExtraUsage, Usage } from "../domain/usage.ts";
import { findReportedCost } from "./cost.ts";
import { type Accounting, type Draft, fillDetails } from "./draft.ts";
import { type JsonRecord, defined, findCount, sumCounts, toCount, toRecord, toRecords, toText } from "./value.ts";

/** Source: Anthropic Messages API, `usage`, `iterations`; the top level leaves compaction, advisors and refused attempts out. */
export function accountAnthropic(reported: JsonRecord, draft: Draft): Accounting {
  const usage = toUsage(reported);
  const iterations = toRecords(reported["iterations"]);
  const fallback = iterations.findLast((iteration) => iteration["type"] === "fallback_message");
  const model = toText(fallback?.["model"]);
  const extraUsage = toExtraUsage(iterations, model ?? draft.model, fallback !== undefined);
  const cost = findReportedCost(reported);
  return {
    ...(usage === undefined ? {} : { usage: withKnownInput(usage) }),
    ...(extraUsage.length === 0 ? {} : { extraUsage }),
    ...(model === undefined ? {} : { model }),
    ...(cost === undefined ? {} : { reportedCostNanoUsd: cost }),
    ...(toText(reported["service_tier"]) === undefined ? {} : { serviceTier: String(reported["service_tier"]) }),
    warnings: reported["speed"] === "fast" ? ["speed: fast"] : [],
  };
}

/** False where the input is unknown because the event that tells it, `message_start`, was not seen. */
export function tellsInput(reported: JsonRecord | undefined): boolean {
  return reported !== undefined && toUsage(reported)?.inputTokens !== undefined;
}

/** A stream that lost its `message_start` has told neither input nor cache: they are unknown, not 0. */
function withKnownInput(usage: Usage): Usage {
  const filled = fillDetails(usage);
  if (usage.inputTokens !== undefined) return filled;
  const { cacheReadTokens: _read, cacheWriteTokens: _write, ...known } = filled;
  return known;
}

function toUsage(reported: JsonRecord): Usage | undefined {
  const lifetimes = toRecord(reported["cache_creation"]);
  const write5m = toCount(lifetimes?.["ephemeral_5m_input_tokens"]);
  const write1h = toCount(lifetimes?.["ephemeral_1h_input_tokens"]);
  const fresh = toCount(reported["input_tokens"]);
  const cacheRead = toCount(reported["cache_read_input_tokens"]);
  const cacheWrite = toCount(reported["cache_creation_input_tokens"]) ?? sumCounts(write5m, write1h);
  const tools = toRecord(reported["server_tool_use"]);
  const usage = defined({
    inputTokens: sumCounts(fresh, cacheRead, cacheWrite),
    outputTokens: toCount(reported["output_tokens"]),
    cacheReadTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    cacheWrite5mTokens: write5m,
    cacheWrite1hTokens: write1h,
    reasoningTokens: findCount(
      toRecord(reported["output_tokens_details"])?.["thinking_tokens"],
      reported["reasoning_tokens"],
    ),
    webSearchRequests: toCount(tools?.["web_search_requests"]),
  });
  return usage.inputTokens === undefined && usage.outputTokens === undefined ? undefined : usage;
}

function toExtraUsage(
  iterations: readonly JsonRecord[],
  model: string | undefined,
  hasFallback: boolean,
): readonly ExtraUsage[] {
  return iterations.flatMap((iteration) => {
    const kind = toText(iteration["type"]) ?? "message";
    const own = toText(iteration["model"]);
    const isOtherModel = hasFallback && own !== undefined && own !== model;
    if ((kind === "message" || kind === "fallback_message") && !isOtherModel) return [];
    const usage = toUsage(iteration);
    if (usage === undefined) return [];
    const billed = own ?? model;
    return [{ kind, ...(billed === undefined ? {} : { model: billed }), usage: fillDetails(usage) }];
  });
}
