import { expect, test } from "bun:test";

import { TokenMeter } from "../../src/record/token-meter.ts";
import { exchange } from "../support/exchange.ts";

const usage = { inputTokens: 30, outputTokens: 12, cacheReadTokens: 20 };

test("sums up what ended by tally, and gives it away once", () => {
  const meter = new TokenMeter();
  meter.add(exchange({ tally: "a-1", usage }));
  meter.add(exchange({ tally: "a-1", usage: { outputTokens: 1 } }));
  meter.add(exchange({ tally: "a-2", usage: { inputTokens: 5 } }));
  expect(meter.take()).toEqual([
    ["a-1", 43],
    ["a-2", 5],
  ]);
  expect(meter.take()).toBeUndefined();
});

test("what no limit counts, has not ended or has no usage says nothing", () => {
  const meter = new TokenMeter();
  meter.add(exchange({ keyId: "key_1", usage }));
  meter.add(exchange({ tally: "a-1", usage, state: "pending" }));
  meter.add(exchange({ tally: "a-1", usage: {} }));
  expect(meter.take()).toBeUndefined();
});
