/** @module Rate limit fields as providers send them. */

import { expect, test } from "bun:test";

import { readRateLimits } from "../../src/session/rate-limit.ts";

test("Anthropic: by resource, and shares of a subscription's windows", () => {
  expect(
    readRateLimits([
      ["anthropic-ratelimit-requests-limit", "4000"],
      ["anthropic-ratelimit-requests-remaining", "3999"],
      ["anthropic-ratelimit-requests-reset", "2026-11-21T09:00:01Z"],
      ["anthropic-ratelimit-input-tokens-remaining", "2000000"],
      ["anthropic-ratelimit-unified-5h-utilization", "0.31"],
      ["anthropic-ratelimit-unified-5h-status", "allowed"],
    ]),
  ).toEqual([
    { resource: "requests", limit: 4000, remaining: 3999, reset: "2026-11-21T09:00:01Z" },
    { resource: "input-tokens", remaining: 2_000_000 },
    { resource: "unified-5h", utilization: 0.31, status: "allowed" },
  ]);
});

test("OpenAI, Groq and the bare form of OpenRouter", () => {
  expect(
    readRateLimits([
      ["X-RateLimit-Limit-Tokens", "30000"],
      ["x-ratelimit-remaining-tokens", "0"],
      ["x-ratelimit-reset-tokens", "6m0s"],
      ["x-ratelimit-limit", "20"],
    ]),
  ).toEqual([
    { resource: "tokens", limit: 30_000, remaining: 0, reset: "6m0s" },
    { resource: "requests", limit: 20 },
  ]);
});

test("no fields, no figures, too many fields", () => {
  expect(readRateLimits(undefined)).toEqual([]);
  expect(readRateLimits([["content-type", "x"]])).toEqual([]);
  expect(readRateLimits([["x-ratelimit-limit-tokens", "many"]])).toEqual([{ resource: "tokens" }]);
  const many = Array.from({ length: 100 }, (_, at) => [`x-ratelimit-limit-r${at}`, "1"] as const);
  expect(readRateLimits(many).length).toBe(20);
});
