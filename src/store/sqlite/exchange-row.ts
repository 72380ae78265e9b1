/** @module An exchange as a row and back: which column holds which field. */

import type { Exchange, HeaderList } from "../../domain/exchange.ts";
import type { ExchangeId } from "../../domain/id.ts";
import type { Cost } from "../../domain/money.ts";
import type { Usage } from "../../domain/usage.ts";
import { toAmount, toCount, toEpochMs, toNanoUsd } from "../figure.ts";
import type { StoredExchange } from "../store.ts";

export type SqlValue = string | number | null;

/** Columns that a write sets, each with where its value comes from; `row_id` and `change_seq` are the store's own. */
const COLUMNS: readonly (readonly [name: string, read: (exchange: Exchange) => SqlValue])[] = [
  ["id", (e) => e.id],
  ["state", (e) => e.state],
  ["started_at_ms", (e) => toEpochMs(e.startedAtMs)],
  ["ended_at_ms", (e) => (e.endedAtMs === undefined ? null : toEpochMs(e.endedAtMs))],
  ["ended_by", (e) => e.endedBy ?? null],
  ["surface", (e) => e.surface],
  ["provider", (e) => e.provider],
  ["upstream", (e) => e.upstream],
  ["dialect", (e) => e.dialect],
  ["kind", (e) => e.kind],
  ["method", (e) => e.method],
  ["path", (e) => e.path],
  ["query", (e) => e.query ?? null],
  ["status_code", (e) => toCount(e.statusCode)],
  ["error_code", (e) => e.errorCode ?? null],
  ["error_message", (e) => e.errorMessage ?? null],
  ["request_model", (e) => e.requestModel ?? null],
  ["response_model", (e) => e.responseModel ?? null],
  ["response_id", (e) => e.responseId ?? null],
  ["streaming", (e) => (e.streaming ? 1 : 0)],
  ["finish_reason", (e) => e.finishReason ?? null],
  ["usage_source", (e) => e.usageSource],
  ["input_tokens", (e) => toCount(e.usage?.inputTokens)],
  ["output_tokens", (e) => toCount(e.usage?.outputTokens)],
  ["cache_read_tokens", (e) => toCount(e.usage?.cacheReadTokens)],
  ["cache_write_tokens", (e) => toCount(e.usage?.cacheWriteTokens)],
  ["cache_write_5m_tokens", (e) => toCount(e.usage?.cacheWrite5mTokens)],
  ["cache_write_1h_tokens", (e) => toCount(e.usage?.cacheWrite1hTokens)],
  ["reasoning_tokens", (e) => toCount(e.usage?.reasoningTokens)],
  ["audio_input_tokens", (e) => toCount(e.usage?.audioInputTokens)],
  ["audio_output_tokens", (e) => toCount(e.usage?.audioOutputTokens)],
  ["image_input_tokens", (e) => toCount(e.usage?.imageInputTokens)],
  ["image_output_tokens", (e) => toCount(e.usage?.imageOutputTokens)],
  ["web_search_requests", (e) => toCount(e.usage?.webSearchRequests)],
  ["audio_seconds", (e) => toAmount(e.usage?.audioSeconds)],
  ["search_units", (e) => toCount(e.usage?.searchUnits)],
  ["counted_tokens", (e) => toCount(e.usage?.countedTokens)],
  ["service_tier", (e) => e.serviceTier ?? null],
  ["reported_cost_nano_usd", (e) => toNanoUsd(e.reportedCostNanoUsd)],
  ["cost_nano_usd", (e) => toNanoUsd(e.cost?.totalNanoUsd)],
  ["cost_confidence", (e) => e.cost?.confidence ?? null],
  ["cost_source", (e) => e.cost?.source ?? null],
  ["cost_price_key", (e) => e.cost?.priceKey ?? null],
  ["cost_tier", (e) => e.cost?.tier ?? null],
  ["billing", (e) => e.billing],
  ["duration_ms", (e) => toAmount(e.timing.durationMs)],
  ["ttfb_ms", (e) => toAmount(e.timing.ttfbMs)],
  ["ttft_ms", (e) => toAmount(e.timing.ttftMs)],
  ["overhead_ms", (e) => toAmount(e.timing.overheadMs)],
  ["request_wire_bytes", (e) => toCount(e.request.wireBytes) ?? 0],
  ["request_content_type", (e) => e.request.contentType ?? null],
  ["request_content_encoding", (e) => e.request.contentEncoding ?? null],
  ["request_truncated", (e) => toFlag(e.request.truncated)],
  ["response_wire_bytes", (e) => toCount(e.response.wireBytes) ?? 0],
  ["response_content_type", (e) => e.response.contentType ?? null],
  ["response_content_encoding", (e) => e.response.contentEncoding ?? null],
  ["response_truncated", (e) => toFlag(e.response.truncated)],
  ["tool", (e) => e.tool ?? null],
  ["capture", (e) => e.capture],
  ["extra_usage", (e) => toJson(e.extraUsage)],
  ["cost_components", (e) => toJson(e.cost?.components)],
  ["cost_price", (e) => e.cost?.price ?? null],
  ["cost_notes", (e) => toJson(e.cost?.notes)],
  ["edits", (e) => JSON.stringify(e.edits)],
  ["attempts", (e) => JSON.stringify(e.attempts)],
  ["warnings", (e) => JSON.stringify(e.warnings)],
  ["request_headers", (e) => JSON.stringify(e.requestHeaders)],
  ["response_headers", (e) => toJson(e.responseHeaders)],
  ["tool_evidence", (e) => e.toolEvidence ?? null],
  ["client", (e) => e.client ?? null],
  ["client_evidence", (e) => e.clientEvidence ?? null],
  ["credential_hash", (e) => e.credentialHash ?? null],
  ["session_id", (e) => e.sessionId ?? null],
  ["parent_session_id", (e) => e.parentSessionId ?? null],
  ["session_evidence", (e) => e.sessionEvidence ?? null],
  ["session_inferred", (e) => toFlag(e.sessionInferred)],
  ["run", (e) => e.run ?? null],
  ["tags", (e) => toJson(e.tags)],
  ["tool_calls", (e) => toJson(e.toolCalls)],
  ["tool_results", (e) => toJson(e.toolResults)],
  ["tool_retry", (e) => toFlag(e.toolRetry)],
  ["error_class", (e) => e.errorClass ?? null],
  ["rate_limits", (e) => toJson(e.rateLimits)],
  ["fixes", (e) => toJson(e.fixes)],
  ["client_response", (e) => toJson(e.clientResponse)],
  ["key_id", (e) => e.keyId ?? null],
];

/** Names of the columns that `toExchangeValues` fills, in its order. */
export const EXCHANGE_COLUMNS: readonly string[] = COLUMNS.map(([name]) => name);

export function toExchangeValues(exchange: Exchange): SqlValue[] {
  return COLUMNS.map(([, read]) => read(exchange));
}

/** A row of `exchange` with all its columns. */
export type ExchangeRow = { readonly [column: string]: SqlValue };

/** The exchange as it was written, but for figures the store did not accept and a usage without any figure. */
export function fromExchangeRow(row: ExchangeRow): StoredExchange {
  // The casts name what `toExchangeValues` put into each column; the schema is STRICT and has one writer.
  const stored = {
    rowId: row["row_id"],
    changeSeq: row["change_seq"],
    id: row["id"] as ExchangeId,
    state: row["state"],
    startedAtMs: row["started_at_ms"],
    surface: row["surface"],
    provider: row["provider"],
    upstream: row["upstream"],
    dialect: row["dialect"],
    kind: row["kind"],
    method: row["method"],
    path: row["path"],
    streaming: row["streaming"] === 1,
    usageSource: row["usage_source"],
    billing: row["billing"],
    capture: row["capture"],
    timing: present({
      durationMs: row["duration_ms"],
      ttfbMs: row["ttfb_ms"],
      ttftMs: row["ttft_ms"],
      overheadMs: row["overhead_ms"],
    }),
    request: fromBodyColumns(row, "request"),
    response: fromBodyColumns(row, "response"),
    requestHeaders: fromJson(row["request_headers"]) as HeaderList,
    edits: fromJson(row["edits"]),
    attempts: fromJson(row["attempts"]),
    warnings: fromJson(row["warnings"]),
    ...present({
      endedAtMs: row["ended_at_ms"],
      endedBy: row["ended_by"],
      query: row["query"],
      statusCode: row["status_code"],
      errorCode: row["error_code"],
      errorMessage: row["error_message"],
      requestModel: row["request_model"],
      responseModel: row["response_model"],
      responseId: row["response_id"],
      finishReason: row["finish_reason"],
      usage: fromUsageColumns(row),
      extraUsage: fromJson(row["extra_usage"]),
      serviceTier: row["service_tier"],
      reportedCostNanoUsd: row["reported_cost_nano_usd"],
      cost: fromCostColumns(row),
      responseHeaders: fromJson(row["response_headers"]),
      tool: row["tool"],
      toolEvidence: row["tool_evidence"],
      client: row["client"],
      clientEvidence: row["client_evidence"],
      credentialHash: row["credential_hash"],
      keyId: row["key_id"],
      sessionId: row["session_id"],
      parentSessionId: row["parent_session_id"],
      sessionEvidence: row["session_evidence"],
      sessionInferred: fromFlag(row["session_inferred"]),
      run: row["run"],
      tags: fromJson(row["tags"]),
      toolCalls: fromJson(row["tool_calls"]),
      toolResults: fromJson(row["tool_results"]),
      toolRetry: fromFlag(row["tool_retry"]),
      errorClass: row["error_class"],
      rateLimits: fromJson(row["rate_limits"]),
      fixes: fromJson(row["fixes"]),
      clientResponse: fromJson(row["client_response"]),
    }),
  };
  return stored as unknown as StoredExchange;
}

function fromUsageColumns(row: ExchangeRow): Usage | undefined {
  const usage = present({
    inputTokens: row["input_tokens"],
    outputTokens: row["output_tokens"],
    cacheReadTokens: row["cache_read_tokens"],
    cacheWriteTokens: row["cache_write_tokens"],
    cacheWrite5mTokens: row["cache_write_5m_tokens"],
    cacheWrite1hTokens: row["cache_write_1h_tokens"],
    reasoningTokens: row["reasoning_tokens"],
    audioInputTokens: row["audio_input_tokens"],
    audioOutputTokens: row["audio_output_tokens"],
    imageInputTokens: row["image_input_tokens"],
    imageOutputTokens: row["image_output_tokens"],
    webSearchRequests: row["web_search_requests"],
    audioSeconds: row["audio_seconds"],
    searchUnits: row["search_units"],
    countedTokens: row["counted_tokens"],
  });
  return Object.keys(usage).length === 0 ? undefined : usage;
}

function fromCostColumns(row: ExchangeRow): Cost | undefined {
  if (row["cost_confidence"] === null) return undefined;
  return present({
    totalNanoUsd: row["cost_nano_usd"],
    confidence: row["cost_confidence"],
    components: fromJson(row["cost_components"]),
    source: row["cost_source"],
    priceKey: row["cost_price_key"],
    tier: row["cost_tier"],
    price: row["cost_price"],
    notes: fromJson(row["cost_notes"]),
  }) as Cost;
}

function fromBodyColumns(row: ExchangeRow, side: "request" | "response"): object {
  return {
    wireBytes: row[`${side}_wire_bytes`],
    ...present({
      contentType: row[`${side}_content_type`],
      contentEncoding: row[`${side}_content_encoding`],
      truncated: fromFlag(row[`${side}_truncated`]),
    }),
  };
}

/** The fields that hold something: NULL in a column is an absent field of the domain. */
function present(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const name in fields) {
    const value = fields[name];
    if (value !== null && value !== undefined) kept[name] = value;
  }
  return kept;
}

function toFlag(value: boolean | undefined): SqlValue {
  if (value === undefined) return null;
  return value ? 1 : 0;
}

function fromFlag(value: SqlValue | undefined): boolean | undefined {
  return value === null || value === undefined ? undefined : value === 1;
}

function toJson(value: object | undefined): SqlValue {
  return value === undefined ? null : JSON.stringify(value);
}

function fromJson(text: SqlValue | undefined): unknown {
  return typeof text === "string" ? JSON.parse(text) : undefined;
}
