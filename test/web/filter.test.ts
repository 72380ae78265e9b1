/** @module A live row is let in by the same filter that the api lists by. */

import { describe, expect, test } from "bun:test";
import { toRequestRow } from "../../src/api/rows.ts";
import { hasFilter, matchesFilter, readFilter, toFilterQuery } from "../../web/filter.ts";
import { sampleExchange } from "../api/sample.ts";

const exchange = sampleExchange(1, 1_700_000_000_000, undefined, {
  provider: "anthropic",
  requestModel: "claude-sonnet-4-5",
  responseModel: "claude-sonnet-4-5",
  path: "/v1/messages",
  state: "failed",
  statusCode: 429,
  kind: "generation",
  tool: "claude-code",
  sessionId: "ses_1",
  errorMessage: "rate_limit_error",
});
const row = toRequestRow({ ...exchange, rowId: 1, changeSeq: 1 });

describe("matchesFilter", () => {
  test.each([
    {},
    { provider: "anthropic" },
    { model: "claude-sonnet-4-5" },
    { tool: "claude-code", session: "ses_1" },
    { status: "429" },
    { status: "4xx" },
    { status: "400-499" },
    { state: "failed,aborted" },
    { kind: "generation" },
    { kind: "all" },
    { text: "SONNET" },
    { text: "rate_limit" },
    { text: "/v1/mess" },
    { text: exchange.id.slice(0, 8) },
  ])("takes a row that %j names", (filter) => expect(matchesFilter(row, filter)).toBe(true));

  test.each([
    { provider: "anthro" },
    { model: "claude" },
    { tool: "claude" },
    { session: "ses_2" },
    { status: "5xx" },
    { status: "nonsense" },
    { state: "completed" },
    { kind: "other" },
    { text: "gpt" },
  ])("leaves a row that %j does not name", (filter) => expect(matchesFilter(row, filter)).toBe(false));
});

test("a filter comes back from its address, other fields left out", () => {
  const filter = readFilter(new URLSearchParams("provider=openai&text=%20hi%20&cursor=1&status="));
  expect(filter).toEqual({ provider: "openai", text: "hi" });
  expect(readFilter(toFilterQuery(filter))).toEqual(filter);
  expect([hasFilter(filter), hasFilter({})]).toEqual([true, false]);
});
