/** @module Feeding a reader: order, overlaps, gaps and faults. */

import { describe, expect, test } from "bun:test";

import { findDialect } from "../../src/dialect/registry.ts";
import { AnswerFeed, isStreamType } from "../../src/record/answer-feed.ts";
import { toReadContext } from "../../src/record/call.ts";
import { createId, toHead, utf8 } from "./entries.ts";
import { createLineDialect } from "./line-dialect.ts";

function createFeed(contentType: string) {
  const dialect = createLineDialect();
  return { dialect, feed: new AnswerFeed(dialect, toReadContext(toHead(createId()), {}, undefined, contentType)) };
}

test("bytes that came before are not fed again", () => {
  const { dialect, feed } = createFeed("application/json");
  feed.add(0, utf8('{"in":'), 1);
  feed.add(3, utf8('n":1}'), 2);
  feed.add(0, utf8("{"), 3);
  expect(dialect.fed).toEqual(['{"in":1}']);
  expect(feed.end(false).reading).toMatchObject({ usage: { inputTokens: 1 }, usageSource: "reported" });
});

test("the first token has the time of the piece that showed it", () => {
  const { feed } = createFeed("text/event-stream");
  feed.add(0, utf8('data: {"in":1}\n\nda'), 5);
  expect(feed.ttftMs).toBeUndefined();
  feed.add(18, utf8('ta: {"text":"x"}\n\n'), 7);
  feed.add(36, utf8('data: {"text":"y"}\n\n'), 9);
  expect(feed.ttftMs).toBe(7);
});

describe("a gap", () => {
  test.each(["\n", "\r\n"])("in events is passed at a blank line, however it is split (%j)", (lineEnd) => {
    const tail = `ost"}${lineEnd}${lineEnd}data: {"out":2}${lineEnd}${lineEnd}`;
    for (let split = 0; split <= tail.length; split++) {
      const { dialect, feed } = createFeed("text/event-stream");
      feed.add(0, utf8(`data: {"in":1}${lineEnd}${lineEnd}data: {"te`), 1);
      feed.add(100, utf8(tail.slice(0, split)), 2);
      feed.add(100 + split, utf8(tail.slice(split)), 3);
      const { reading } = feed.end(false);
      expect(reading).toMatchObject({ usage: { inputTokens: 1, outputTokens: 2 }, usageSource: "partial" });
      expect(dialect.fed[0]).toEndWith(`data: {"te\n\ndata: {"out":2}${lineEnd}${lineEnd}`);
    }
  });

  test("in lines is passed at a line's end", () => {
    const { dialect, feed } = createFeed("application/x-ndjson");
    feed.add(0, utf8('{"in":1}\n{"te'), 1);
    feed.add(50, utf8('xt":1}\n{"out":2}\n'), 2);
    expect(dialect.fed).toEqual(['{"in":1}\n{"te\n{"out":2}\n']);
  });

  test("in a JSON document can never look whole, and a real reader finds usage behind it", () => {
    const json = `{"id":"c1","model":"gpt-5","choices":[{"message":{"content":"${"x".repeat(90)}"}}],"usage":{"prompt_tokens":4,"completion_tokens":2}}`;
    const head = toHead(createId(), { provider: "openai", path: "/v1/chat/completions" });
    const context = toReadContext(head, {}, { id: head.id, atMs: 1, statusCode: 200, headers: [] }, "application/json");
    const feed = new AnswerFeed(findDialect(context), context);
    feed.add(0, utf8(json.slice(0, 80)), 1);
    feed.add(120, utf8(json.slice(120)), 2);
    expect(feed.end(false).reading).toMatchObject({
      complete: false,
      usage: { inputTokens: 4, outputTokens: 2 },
    });
    const { dialect, feed: lines } = createFeed("application/json");
    lines.add(0, utf8('{"in":1,'), 1);
    lines.add(50, utf8('"out":2}'), 2);
    expect(dialect.fed).toEqual(['{"in":1,\0"out":2}']);
  });

  test("in binary frames ends the feeding, and one at the start needs no break", () => {
    const { dialect, feed } = createFeed("application/vnd.amazon.eventstream");
    feed.add(0, utf8("frame"), 1);
    feed.add(50, utf8("rest"), 2);
    expect(dialect.fed).toEqual(["frame"]);
    const { dialect: late, feed: lateFeed } = createFeed("application/json");
    lateFeed.add(5, utf8("rest"), 2);
    expect(late.fed).toEqual(["rest"]);
  });
});

test("event streams, lines and AWS frames are streams, JSON is not", () => {
  expect(isStreamType("text/event-stream; charset=utf-8")).toBe(true);
  expect(isStreamType("application/vnd.amazon.eventstream")).toBe(true);
  expect(isStreamType("application/x-ndjson")).toBe(true);
  expect(isStreamType("application/json")).toBe(false);
  expect(isStreamType(undefined)).toBe(false);
});
