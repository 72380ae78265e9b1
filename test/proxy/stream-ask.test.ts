import { describe, expect, test } from "bun:test";

import { createStreamAsk, createStreamSeeker, hasStreamLimits, isStreamType } from "../../src/proxy/stream-ask.ts";

const isAsked = (body: string, pieceBytes = body.length): boolean => {
  const seeker = createStreamSeeker();
  const bytes = new TextEncoder().encode(body);
  for (let at = 0; at < bytes.length; at += pieceBytes) seeker.feed(bytes.subarray(at, at + pieceBytes));
  return seeker.found;
};

describe("the body", () => {
  const long = "x".repeat(5000);

  test.each([
    ['{"model":"m","stream":true}', true],
    ['{"stream" :\n  true,"model":"m"}', true],
    [`{"messages":["${long}"],"stream":true,"tools":["${long}"]}`, true],
    ['{"model":"m","stream":false}', false],
    ['{"model":"m"}', false],
    ['{"stream_options":{"include_usage":true}}', false],
    [JSON.stringify({ prompt: 'say "stream":true', stream: false }), false],
    [JSON.stringify({ prompt: '"stream":true' }), false],
    ["", false],
  ])("%p asks for a stream: %p, in whatever pieces it comes", (body, expected) => {
    for (const pieceBytes of [1, 2, 3, 7, 50, 64, 65, 1000, Math.max(1, body.length)]) {
      expect(isAsked(body, pieceBytes)).toBe(expected);
    }
  });
});

test("head and address ask for one, too; a held body is asked last", () => {
  const ask = (path: string, query: string, accept: string | null, body?: string): boolean =>
    createStreamAsk({
      path,
      query,
      accept,
      body: body === undefined ? undefined : new TextEncoder().encode(body),
      seeker: undefined,
    })();
  expect(ask("/v1/messages", "", "text/event-stream")).toBe(true);
  expect(ask("/v1beta/models/m:streamGenerateContent", "", null)).toBe(true);
  expect(ask("/v1beta/models/m:generateContent", "?alt=sse", null)).toBe(true);
  expect(ask("/model/m/converse-stream", "", "*/*")).toBe(true);
  expect(ask("/v1/messages", "", "application/json")).toBe(false);
  expect(ask("/v1/messages", "", "application/json", '{"stream":true}')).toBe(true);
  expect(ask("/v1/messages", "", "application/json", '{"stream":false}')).toBe(false);
});

test("an answer is a stream by its media type", () => {
  expect(isStreamType("text/event-stream; charset=utf-8")).toBe(true);
  expect(isStreamType("application/x-ndjson")).toBe(true);
  expect(isStreamType("application/json")).toBe(false);
  expect(isStreamType(null)).toBe(false);
});

test("without limits that depend on it nobody has to know", () => {
  const plain = { connectMs: 1, firstByteMs: 1, idleMs: 1 };
  expect(hasStreamLimits(plain)).toBe(false);
  for (const more of [{ streamFirstByteMs: 1 }, { totalMs: 1 }, { streamTotalMs: 1 }]) {
    expect(hasStreamLimits({ ...plain, ...more })).toBe(true);
  }
});
