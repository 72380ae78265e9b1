import { expect, test } from "bun:test";

import { readChainedRefusal } from "../../src/proxy/chained-refusal.ts";

const toAnswer = (body: string, headers: Record<string, string> = {}): Response =>
  new Response(body, {
    status: 503,
    headers: { "content-type": "application/json", "content-length": String(body.length), ...headers },
  });

test.each([
  ['{"error":{"code":"short-circuit","status":503,"providerId":"x"}}', {}, true],
  ['{"error":{"code":"circuit_open","message":"x"}}', {}, true],
  ["not read at all", { "x-modeltap-error": "circuit_open" }, true],
  ['{"error":{"code":"overloaded_error"}}', {}, false],
  ['{"error":"short-circuit"}', {}, false],
  ["[1]", {}, false],
  ["null", {}, false],
  ["{broken", {}, false],
  ["", {}, false],
  ['{"error":{"code":"short-circuit"}}', { "content-type": "text/html" }, false],
  ['{"error":{"code":"short-circuit"}}', { "content-encoding": "gzip" }, false],
  [`{"error":{"code":"short-circuit"},"x":"${"y".repeat(9000)}"}`, {}, false],
] as [string, Record<string, string>, boolean][])(
  "%s %p is a chained refusal: %p, and passes",
  async (body, headers, expected) => {
    const { chained, answer } = await readChainedRefusal(toAnswer(body, headers));
    expect([chained, answer.status, await answer.text()]).toEqual([expected, 503, body]);
  },
);
