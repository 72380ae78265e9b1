/** @module Builder of exchanges for tests: a plain completed call, with what the test is about put over it. */

import type { Exchange } from "../../src/domain/exchange.ts";
import { fromIdBytes, type ExchangeId } from "../../src/domain/id.ts";

/** Friday 2026-11-20 12:00:00 UTC, on a 15-minute border. */
export const EXCHANGE_START_MS = Date.UTC(2026, 10, 20, 12);

/** A completed OpenAI chat call with usage, cost and timing; a new id each time, made from its start as a real one is. */
export function exchange(fields: Partial<Exchange> = {}): Exchange {
  const startedAtMs = fields.startedAtMs ?? EXCHANGE_START_MS;
  return {
    id: exchangeId(startedAtMs),
    state: "completed",
    startedAtMs,
    endedAtMs: startedAtMs + 1_200,
    endedBy: "upstream",
    surface: "provider",
    provider: "openai",
    upstream: "openai",
    dialect: "openai-chat",
    kind: "generation",
    method: "POST",
    path: "/v1/chat/completions",
    statusCode: 200,
    requestModel: "gpt-5-mini",
    responseModel: "gpt-5-mini-2026-08-07",
    streaming: false,
    finishReason: "stop",
    usage: { inputTokens: 100, outputTokens: 20 },
    usageSource: "reported",
    cost: { totalNanoUsd: 65_000, confidence: "exact" },
    billing: "metered",
    timing: { durationMs: 1_200, ttfbMs: 320, overheadMs: 0.4 },
    request: { wireBytes: 400, contentType: "application/json" },
    response: { wireBytes: 900, contentType: "application/json" },
    requestHeaders: [["content-type", "application/json"]],
    responseHeaders: [["content-type", "application/json"]],
    capture: "full",
    edits: [],
    attempts: [],
    warnings: [],
    ...fields,
  };
}

/** An exchange whose head is known and no more. */
export function pendingExchange(fields: Partial<Exchange> = {}): Exchange {
  const {
    endedAtMs: _endedAtMs,
    endedBy: _endedBy,
    statusCode: _statusCode,
    responseModel: _responseModel,
    finishReason: _finishReason,
    usage: _usage,
    cost: _cost,
    responseHeaders: _responseHeaders,
    ...head
  } = exchange();
  return {
    ...head,
    state: "pending",
    usageSource: "none",
    timing: {},
    response: { wireBytes: 0 },
    ...fields,
    id: fields.id ?? exchangeId(fields.startedAtMs ?? head.startedAtMs),
  };
}

/** A UUIDv7 of the given moment; ids made one after the other sort in that order. */
export function exchangeId(startedAtMs: number = EXCHANGE_START_MS): ExchangeId {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(startedAtMs, 0, 6);
  made += 1;
  bytes.writeUInt16BE(0x7000, 6);
  bytes.writeUInt16BE(0x8000, 8);
  bytes.writeUInt16BE(process.pid & 0xffff, 10);
  bytes.writeUInt32BE(made, 12);
  return fromIdBytes(bytes, 0);
}

let made = 0;
