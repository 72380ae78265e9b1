/** @module An exchange as a row of agent-cli-proxy's request_logs. */

import type { z } from "zod";
import { toUsd } from "../domain/money.ts";
import { totalTokens } from "../domain/usage.ts";
import type { StoredExchange } from "../store/store.ts";
import type { logRow } from "./schema/log.ts";

type LogRow = z.output<typeof logRow>;

/** Shown where a client went before there was a status; kept nowhere. */
const CLIENT_GONE = 499;

export function toLogRow(exchange: StoredExchange): LogRow {
  const { usage, cost, timing } = exchange;
  const isRefused = (exchange.statusCode ?? 0) >= 400;
  const endedAt = toIso(exchange.endedAtMs);
  return {
    id: exchange.rowId,
    request_id: exchange.id,
    provider: exchange.provider,
    model: exchange.responseModel ?? exchange.requestModel ?? null,
    actual_model: exchange.responseModel ?? null,
    actual_provider: exchange.responseModel === undefined ? null : exchange.provider,
    proxy_api_key_id: exchange.keyId ?? null,
    tool: exchange.tool ?? null,
    client_id: exchange.client ?? null,
    agent: findHeader(exchange, "x-agent-name"),
    source: "proxy",
    msg_id: exchange.responseId ?? null,
    path: exchange.path,
    streamed: exchange.streaming ? 1 : 0,
    status: exchange.statusCode ?? (isClientAbort(exchange) ? CLIENT_GONE : null),
    prompt_tokens: usage?.inputTokens ?? null,
    completion_tokens: usage?.outputTokens ?? null,
    cache_creation_tokens: usage?.cacheWriteTokens ?? null,
    cache_read_tokens: usage?.cacheReadTokens ?? null,
    reasoning_tokens: usage?.reasoningTokens ?? null,
    total_tokens: totalTokens(usage) ?? null,
    cost_usd: toUsd(cost?.totalNanoUsd),
    cost_status: toCostStatus(exchange),
    lifecycle_status: toLifecycleStatus(exchange),
    incomplete: exchange.state === "completed" ? 0 : 1,
    error_code: exchange.errorCode ?? (isRefused ? "upstream_error" : null),
    error_message: exchange.errorMessage ?? null,
    latency_ms: timing.durationMs ?? null,
    started_at: new Date(exchange.startedAtMs).toISOString(),
    finished_at: endedAt,
    finalized_at: endedAt,
    meta_json: JSON.stringify({
      method: exchange.method,
      originator: findHeader(exchange, "originator"),
      session_id: exchange.sessionId ?? null,
    }),
    user_agent: findHeader(exchange, "user-agent"),
    source_ip: null,
    cliproxy_account: null,
    cliproxy_auth_index: null,
    cliproxy_source: null,
    correlated_at: null,
    session_id: exchange.sessionId ?? null,
    upstream: exchange.upstream,
    kind: exchange.kind,
    billing: exchange.billing,
    cost_confidence: cost?.confidence ?? null,
    first_byte_ms: timing.ttfbMs ?? null,
  };
}

/** An answer with a status of 400 and above is an error there; ours keeps apart whether it arrived whole. */
function toLifecycleStatus({ state, statusCode }: StoredExchange): LogRow["lifecycle_status"] {
  switch (state) {
    case "pending":
      return "pending";
    case "completed":
      return (statusCode ?? 0) >= 400 ? "error" : "completed";
    case "failed":
      return "error";
    case "aborted":
    case "interrupted":
      return "aborted";
  }
}

/** `pending` = a price may still come; `unsupported` = there is nothing to price. */
function toCostStatus(exchange: StoredExchange): LogRow["cost_status"] {
  if (exchange.state === "pending") return "unresolved";
  if (exchange.cost?.totalNanoUsd !== undefined) return "ok";
  return exchange.kind === "generation" && totalTokens(exchange.usage) !== undefined ? "pending" : "unsupported";
}

function isClientAbort({ state, endedBy }: StoredExchange): boolean {
  return state === "aborted" && endedBy === "client";
}

function findHeader({ requestHeaders }: StoredExchange, name: string): string | null {
  return requestHeaders.find(([field]) => field.toLowerCase() === name)?.[1] ?? null;
}

function toIso(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
