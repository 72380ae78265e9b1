/** @module Oddities are told, plain rows are left alone. */

import { describe, expect, test } from "bun:test";
import type { Exchange } from "../../src/domain/exchange.ts";
import { explainOddities } from "../../src/api/why.ts";
import { sampleExchange } from "./sample.ts";

const PLAIN: Partial<Exchange> = {
  state: "completed",
  statusCode: 200,
  kind: "generation",
  provider: "openai",
  dialect: "openai-chat",
  requestModel: "gpt-5",
  responseModel: "gpt-5",
  usage: { inputTokens: 10, outputTokens: 5 },
  usageSource: "reported",
  cost: { totalNanoUsd: 100, confidence: "exact" },
  attempts: [{ upstream: "openai", url: "https://api.openai.com/v1/chat/completions", startedMs: 0 }],
  edits: [],
  warnings: [],
};

function codes(changes: Partial<Exchange>): readonly string[] {
  return explainOddities(sampleExchange(1, 1_700_000_000_000, undefined, { ...PLAIN, ...changes })).map(
    (why) => why.code,
  );
}

function without(...fields: (keyof Exchange)[]): Exchange {
  const exchange = sampleExchange(1, 1_700_000_000_000, undefined, PLAIN);
  return Object.fromEntries(
    Object.entries(exchange).filter(([key]) => !fields.some((field) => field === key)),
  ) as Exchange;
}

describe("explainOddities", () => {
  test("says nothing about a plain row", () => {
    expect(codes({})).toEqual([]);
  });

  test("tells a chat stream without include_usage from an answer that has no counts", () => {
    const stream = explainOddities({ ...without("usage", "cost"), usageSource: "none", streaming: true });
    expect(stream.map((why) => why.code)).toEqual(["stream_without_usage"]);
    expect(stream[0]?.fix).toContain("include_usage");
    const whole = explainOddities({ ...without("usage", "cost"), usageSource: "none", streaming: false });
    expect(whole.map((why) => why.code)).toEqual(["no_usage"]);
  });

  test("gives the pricing.json line for an unpriced model, with the name quoted as JSON", () => {
    const name = 'odd"name';
    const [why] = explainOddities({ ...without("cost"), responseModel: name });
    expect(why?.code).toBe("unpriced");
    expect(why?.fix).toContain(`${JSON.stringify(name)}: {"input"`);
  });

  test("counts 0 as a price and not as unpriced", () => {
    expect(codes({ cost: { totalNanoUsd: 0, confidence: "exact" } })).toEqual([]);
  });

  test("tells a refusal of ours with its hint from an upstream that failed", () => {
    const refused = explainOddities(
      sampleExchange(1, 0, undefined, {
        ...PLAIN,
        state: "failed",
        statusCode: 404,
        errorCode: "unknown_provider",
        attempts: [],
      }),
    );
    expect(refused[0]?.code).toBe("refused");
    expect(refused[0]?.fix).toContain("providers");
    expect(codes({ state: "failed", errorCode: "upstream_connect_failed" })[0]).toBe("failed_on_the_way");
    expect(codes({ state: "failed", statusCode: 429 })).toEqual(["upstream_status"]);
  });

  test("an error code of the provider that is a name on every object is not taken for ours", () => {
    expect(codes({ state: "failed", statusCode: 500, errorCode: "constructor" })).toEqual(["upstream_status"]);
  });

  test("names who cut an answer short, and that the proxy died", () => {
    expect(codes({ state: "aborted", endedBy: "client" })).toEqual(["aborted_by_client"]);
    expect(codes({ state: "aborted", endedBy: "upstream" })).toEqual(["aborted_by_upstream"]);
    expect(codes({ state: "interrupted" })).toEqual(["interrupted"]);
  });

  test("lists partial usage, truncation, retries, slowness and quarantine, errors first", () => {
    const attempt = { upstream: "openai", url: "https://api.openai.com", startedMs: 0 };
    expect(
      codes({
        usageSource: "partial",
        response: { wireBytes: 9_000_000, truncated: true },
        attempts: [attempt, attempt],
        timing: { ttfbMs: 60_000, overheadMs: 120 },
        warnings: ["quarantined after two crashes"],
      }),
    ).toEqual(["quarantined", "partial_usage", "slow_proxy", "response_truncated", "retried", "slow_first_byte"]);
  });

  test("tells what a compatibility fix did not do", () => {
    const fixes = { configured: ["f"], applied: [], warnings: [] };
    expect(codes({ fixes })).toEqual([]);
    const warned = { ...fixes, warnings: [{ fix: "f", text: "rejected: malformed block" }] };
    expect(codes({ fixes: warned })).toEqual(["fix_warned"]);
  });

  test("says nothing of usage or price for calls that are no generation or not over", () => {
    const other = without("usage", "cost");
    expect(explainOddities({ ...other, kind: "other", usageSource: "none" })).toEqual([]);
    expect(explainOddities({ ...other, state: "pending", usageSource: "none" })).toEqual([]);
  });
});
