/** @module Compares a reading with what a recorded case expects, field by field. */

import type { Reading } from "../../src/dialect/dialect.ts";
import type { ExtraUsage, Usage } from "../../src/domain/usage.ts";
import type { Expected, TrafficCase } from "./traffic.ts";

/** Differences in words; empty when the reading is what was expected, or an accepted alternative of it. */
export function findDifferences(traffic: TrafficCase, reading: Reading): readonly string[] {
  const main = differ(traffic.expected, reading);
  const isAccepted = traffic.alternatives.some(
    (other) => differ({ ...traffic.expected, ...other }, reading).length === 0,
  );
  return [...(isAccepted ? [] : main), ...differExtra(traffic, reading), ...differError(traffic, reading)];
}

/** What must hold for any bytes whatsoever: counts are whole numbers from 0. */
export function findNonsense(reading: Reading): readonly string[] {
  return [reading.usage, ...reading.extraUsage.map((extra) => extra.usage)].flatMap((usage) =>
    Object.entries(usage ?? {})
      .filter(
        ([name, count]) =>
          count < 0 || !(name === "audioSeconds" ? Number.isFinite(count) : Number.isSafeInteger(count)),
      )
      .map(([name, count]) => `${name} is ${count}`),
  );
}

const COUNTS: Readonly<Record<string, (usage: Usage) => number | undefined>> = {
  input_tokens: (usage) => usage.inputTokens,
  output_tokens: (usage) => usage.outputTokens,
  cache_read_tokens: (usage) => usage.cacheReadTokens,
  cache_write_tokens: (usage) => usage.cacheWriteTokens,
  cache_write_5m_tokens: (usage) => usage.cacheWrite5mTokens,
  cache_write_1h_tokens: (usage) => usage.cacheWrite1hTokens,
  reasoning_tokens: (usage) => usage.reasoningTokens,
  audio_input_tokens: (usage) => usage.audioInputTokens,
  audio_output_tokens: (usage) => usage.audioOutputTokens,
  audio_tokens: ({ audioInputTokens: input, audioOutputTokens: output }) =>
    input === undefined && output === undefined ? undefined : (input ?? 0) + (output ?? 0),
  image_input_tokens: (usage) => usage.imageInputTokens,
  image_output_tokens: (usage) => usage.imageOutputTokens,
  web_search_requests: (usage) => usage.webSearchRequests,
  audio_seconds: (usage) => usage.audioSeconds,
  search_units: (usage) => usage.searchUnits,
  counted_tokens: (usage) => usage.countedTokens,
};

function differ(expected: Partial<Expected>, reading: Reading): string[] {
  const differences: string[] = [];
  const compare = (name: string, wanted: unknown, got: unknown) => {
    if ((wanted ?? undefined) !== (got ?? undefined))
      differences.push(`${name}: ${String(wanted)} expected, ${String(got)} read`);
  };
  for (const [name, wanted] of Object.entries(expected)) {
    const count = COUNTS[name];
    if (count !== undefined) compare(name, wanted, count(reading.usage ?? {}));
    else if (name === "model") compare(name, wanted, reading.model);
    else if (name === "request_model") compare(name, wanted, reading.requestModel);
    else if (name === "service_tier") compare(name, wanted, reading.serviceTier);
    else if (name === "billable") compare(name, wanted, reading.billable);
    else if (name === "reported_cost_usd") compare(name, Math.round(Number(wanted) * 1e9), reading.reportedCostNanoUsd);
    else differences.push(`${name}: no rule to compare it`);
  }
  if (expected.billable === undefined) compare("billable", true, reading.billable);
  return differences;
}

function differExtra(traffic: TrafficCase, reading: Reading): string[] {
  const wanted = traffic.expectedExtra.map((extra) => JSON.stringify(extra, Object.keys(extra).sort()));
  const got = reading.extraUsage.map((extra) => {
    const record = toExpectedExtra(extra);
    return JSON.stringify(record, Object.keys(record).sort());
  });
  return JSON.stringify(wanted) === JSON.stringify(got) ? [] : [`extra: ${wanted.join()} expected, ${got.join()} read`];
}

function toExpectedExtra({ kind, model, usage }: ExtraUsage): Record<string, unknown> {
  return {
    kind,
    model,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
  };
}

function differError(traffic: TrafficCase, reading: Reading): string[] {
  const wanted = traffic.expectedError;
  if (wanted === undefined) return [];
  if (reading.error === undefined) return ["error: expected, none read"];
  const { type, code, message } = reading.error;
  const kind = wanted["type"] ?? (typeof wanted["status_text"] === "string" ? wanted["status_text"] : undefined);
  return [
    ["type", kind, type],
    ["code", wanted["code"] === undefined ? undefined : JSON.stringify(wanted["code"]).replaceAll('"', ""), code],
    ["message", wanted["message"], message],
  ].flatMap(([name, want, got]) => {
    const isPrefix = name === "message" && typeof want === "string" && typeof got === "string" && got.startsWith(want);
    return want === undefined || want === got || isPrefix ? [] : [`error ${JSON.stringify([name, want, got])}`];
  });
}
