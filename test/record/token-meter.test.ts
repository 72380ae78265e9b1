import { expect, test } from "bun:test";

import { TokenMeter } from "../../src/record/token-meter.ts";
import { exchange } from "../support/exchange.ts";

const usage = { inputTokens: 30, outputTokens: 12, cacheReadTokens: 20 };

test("keeps tokens of what came with a key and has ended, once", () => {
  const meter = new TokenMeter(false);
  const keyed = exchange({ keyId: "key_1", usage });
  meter.add(keyed);
  meter.add(exchange({ usage }));
  meter.add(exchange({ keyId: "key_1", usage, state: "pending" }));
  expect(meter.take()).toEqual([[keyed.id, 42]]);
  expect(meter.take()).toBeUndefined();
});

test("keeps all where clients have limits; unknown usage frees the exchange without tokens", () => {
  const meter = new TokenMeter(true);
  const plain = exchange({});
  meter.add(plain);
  expect(meter.take()?.[0]?.[0]).toBe(plain.id);
});

test("is bounded between two reports", () => {
  const meter = new TokenMeter(true);
  for (let at = 0; at < 10_050; at++) meter.add(exchange({ usage }));
  expect(meter.take()?.length).toBe(10_000);
});
