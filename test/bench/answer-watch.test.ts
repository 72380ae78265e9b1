/** @module Proof that the load generator finds the end of an answer: else it would measure its own confusion. */

import { expect, test } from "bun:test";

import { AnswerWatch } from "../../bench/harness/answer-watch.ts";
import { toAnswerBody, toEventText, toRequestBody } from "../../bench/harness/answer.ts";
import { quantile } from "../../bench/harness/quantile.ts";

const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\na\r\n0\r\n\r\n45678\r\n0\r\n\r\n";
const LENGTH = "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\n12345";
const EMPTY = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

test.each([
  ["chunked", CHUNKED, 200],
  ["with a length", LENGTH, 404],
  ["empty", EMPTY, 200],
])("an answer %s ends at its last byte, whole or byte by byte", (_, text, status) => {
  const bytes = new TextEncoder().encode(text);
  const whole = new AnswerWatch();
  expect(whole.feed(bytes)).toBe(true);
  expect(whole.status).toBe(status);
  const slow = new AnswerWatch();
  for (let round = 0; round < 2; round++) {
    const ends = [...bytes].map((byte) => slow.feed(Uint8Array.of(byte)));
    expect(ends.indexOf(true)).toBe(bytes.length - 1);
    slow.reset();
  }
});

test("bodies have the size asked for and are JSON", () => {
  for (const bytes of [1024, 100 * 1024]) {
    expect(Math.abs(toAnswerBody(bytes).length - bytes)).toBeLessThan(8);
    expect(Math.abs(toRequestBody(bytes, false).length - bytes)).toBeLessThan(8);
  }
  expect(JSON.parse(new TextDecoder().decode(toAnswerBody(1024))).usage.total_tokens).toBe(300);
  expect(toEventText(30, 31)).toBe("data: [DONE]\n\n");
});

test("a quantile is a value of the list", () => {
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
  expect(quantile([], 0.5)).toBeNaN();
});
