/** @module An exchange of the store as the rows and details that the api answers with. */

import type { BodyFacts } from "../domain/exchange.ts";
import type { FixOutcome } from "../domain/fix.ts";
import { type Cost, type CostComponents, toUsd } from "../domain/money.ts";
import { totalTokens, type Usage } from "../domain/usage.ts";
import type { StoredExchange } from "../store/store.ts";
import type { BodyDetail, CostDetail, FixMark, RequestDetail, RequestRow } from "./contract.ts";
import { explainOddities } from "./why.ts";

/** One row of a list. */
export function toRequestRow(exchange: StoredExchange): RequestRow {
  const { usage, timing, cost } = exchange;
  return {
    id: exchange.rowId,
    timestamp: exchange.startedAtMs / 1000,
    provider: exchange.provider,
    model: exchange.responseModel ?? exchange.requestModel ?? null,
    endpoint: exchange.path,
    method: exchange.method,
    input_tokens: usage?.inputTokens ?? null,
    output_tokens: usage?.outputTokens ?? null,
    total_tokens: totalTokens(usage) ?? null,
    cost_usd: toUsd(cost?.totalNanoUsd),
    duration_ms: timing.durationMs ?? null,
    streaming: exchange.streaming ? 1 : 0,
    status_code: exchange.statusCode ?? null,
    error: exchange.errorMessage ?? exchange.errorCode ?? null,
    exchange_id: exchange.id,
    dialect: exchange.dialect,
    state: exchange.state,
    ttfb_ms: timing.ttfbMs ?? null,
    ttft_ms: timing.ttftMs ?? null,
    cache_read_tokens: usage?.cacheReadTokens ?? null,
    cache_write_tokens: usage?.cacheWriteTokens ?? null,
    cache_write_1h_tokens: usage?.cacheWrite1hTokens ?? null,
    reasoning_tokens: usage?.reasoningTokens ?? null,
    audio_input_tokens: usage?.audioInputTokens ?? null,
    audio_output_tokens: usage?.audioOutputTokens ?? null,
    usage_source: exchange.usageSource,
    cost_confidence: cost?.confidence ?? null,
    overhead_ms: timing.overheadMs ?? null,
    billing: exchange.billing,
    kind: exchange.kind,
    surface: exchange.surface,
    upstream: exchange.upstream,
    error_code: exchange.errorCode ?? null,
    ended_by: exchange.endedBy ?? null,
    tool: exchange.tool ?? null,
    client: exchange.client ?? null,
    key_id: exchange.keyId ?? null,
    session_id: exchange.sessionId ?? null,
    error_class: exchange.errorClass ?? null,
    fix: toFixMark(exchange.fixes),
    change_seq: exchange.changeSeq,
    why: explainOddities(exchange),
  };
}

function toFixMark(fixes: FixOutcome | undefined): FixMark | null {
  if (fixes === undefined) return null;
  if (fixes.applied.length > 0) return "applied";
  return fixes.warnings.length > 0 ? "warned" : null;
}

/** Everything but the bodies. */
export function toRequestDetail(exchange: StoredExchange): RequestDetail {
  return {
    ...toRequestRow(exchange),
    started_at: new Date(exchange.startedAtMs).toISOString(),
    ended_at: exchange.endedAtMs === undefined ? null : new Date(exchange.endedAtMs).toISOString(),
    query: exchange.query ?? null,
    request_model: exchange.requestModel ?? null,
    response_model: exchange.responseModel ?? null,
    response_id: exchange.responseId ?? null,
    finish_reason: exchange.finishReason ?? null,
    service_tier: exchange.serviceTier ?? null,
    usage: exchange.usage === undefined ? null : { ...exchange.usage },
    extra_usage: exchange.extraUsage ?? [],
    reported_cost_usd: toUsd(exchange.reportedCostNanoUsd),
    cost: exchange.cost === undefined ? null : toCostDetail(exchange.cost, exchange.usage),
    request: toBodyDetail(exchange.request),
    response: toBodyDetail(exchange.response),
    client_response: exchange.clientResponse === undefined ? null : toBodyDetail(exchange.clientResponse),
    fixes: exchange.fixes ?? null,
    request_headers: exchange.requestHeaders,
    response_headers: exchange.responseHeaders ?? null,
    identity: {
      tool_evidence: exchange.toolEvidence ?? null,
      client_evidence: exchange.clientEvidence ?? null,
      credential_hash: exchange.credentialHash ?? null,
      parent_session_id: exchange.parentSessionId ?? null,
      session_evidence: exchange.sessionEvidence ?? null,
      session_inferred: exchange.sessionInferred ?? null,
      run: exchange.run ?? null,
      tags: exchange.tags ?? {},
    },
    turn: {
      tool_calls: exchange.toolCalls ?? [],
      tool_results: exchange.toolResults ?? [],
      tool_retry: exchange.toolRetry ?? false,
      rate_limits: exchange.rateLimits ?? [],
    },
    capture: exchange.capture,
    edits: exchange.edits,
    attempts: exchange.attempts.map((attempt) => ({
      upstream: attempt.upstream,
      url: attempt.url,
      started_ms: attempt.startedMs,
      ended_ms: attempt.endedMs ?? null,
      status_code: attempt.statusCode ?? null,
      error_code: attempt.errorCode ?? null,
    })),
    warnings: exchange.warnings,
  };
}

/** How many tokens each part of a cost was charged for; undefined when the part is not made of one count. */
const COMPONENT_TOKENS: Readonly<Record<keyof CostComponents, (usage: Usage) => number | undefined>> = {
  input: (usage) => {
    if (usage.inputTokens === undefined) return undefined;
    const others = [usage.cacheReadTokens, usage.cacheWriteTokens, usage.audioInputTokens, usage.imageInputTokens];
    return Math.max(
      0,
      others.reduce<number>((rest, part) => rest - (part ?? 0), usage.inputTokens),
    );
  },
  cacheRead: (usage) => usage.cacheReadTokens,
  cacheWrite5m: (usage) =>
    usage.cacheWrite5mTokens ??
    (usage.cacheWriteTokens === undefined ? undefined : usage.cacheWriteTokens - (usage.cacheWrite1hTokens ?? 0)),
  cacheWrite1h: (usage) => usage.cacheWrite1hTokens,
  output: () => undefined,
  reasoning: (usage) => usage.reasoningTokens,
  audioInput: (usage) => usage.audioInputTokens,
  audioOutput: (usage) => usage.audioOutputTokens,
  imageInput: (usage) => usage.imageInputTokens,
  imageOutput: (usage) => usage.imageOutputTokens,
  extra: () => undefined,
  other: () => undefined,
};

/** A cost with its explanation; `usage` gives the token count of each part where one count stands for it. */
export function toCostDetail(cost: Cost, usage: Usage | undefined): CostDetail {
  // Object.entries widens the keys of a closed type to string.
  const parts = Object.entries(cost.components ?? {}) as [keyof CostComponents, number | undefined][];
  return {
    total_usd: toUsd(cost.totalNanoUsd),
    confidence: cost.confidence,
    components: parts.flatMap(([name, nanoUsd]) =>
      nanoUsd === undefined
        ? []
        : [{ name, usd: nanoUsd / 1e9, tokens: usage === undefined ? null : (tokensOf(name, usage, cost) ?? null) }],
    ),
    source: cost.source ?? null,
    price_key: cost.priceKey ?? null,
    tier: cost.tier ?? null,
    price: parsePrice(cost.price),
    notes: cost.notes ?? [],
  };
}

/** Output is charged without the reasoning tokens only where those have a price of their own. */
function tokensOf(name: keyof CostComponents, usage: Usage, cost: Cost): number | undefined {
  if (name !== "output") return COMPONENT_TOKENS[name](usage);
  if (usage.outputTokens === undefined) return undefined;
  const apart = [
    cost.components?.reasoning === undefined ? 0 : (usage.reasoningTokens ?? 0),
    cost.components?.audioOutput === undefined ? 0 : (usage.audioOutputTokens ?? 0),
    cost.components?.imageOutput === undefined ? 0 : (usage.imageOutputTokens ?? 0),
  ];
  return Math.max(
    0,
    apart.reduce((rest, part) => rest - part, usage.outputTokens),
  );
}

function parsePrice(text: string | undefined): unknown {
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function toBodyDetail(body: BodyFacts): BodyDetail {
  return {
    wire_bytes: body.wireBytes,
    content_type: body.contentType ?? null,
    content_encoding: body.contentEncoding ?? null,
    truncated: body.truncated ?? false,
  };
}
