/** @module What the client understood of an answer that a fix changed: from its bytes, else from what the fix said. */

import { expect, test } from "bun:test";

import { openAiChat } from "../../src/dialect/openai-chat.ts";
import type { ReadContext } from "../../src/dialect/dialect.ts";
import { readFixedAnswer } from "../../src/record/fixed-answer.ts";
import { block, chunk, DONE, play, reasoning, REQUEST, USAGE } from "../fix/play.ts";
import { utf8 } from "./entries.ts";

const context: ReadContext = {
  provider: "vllm",
  method: "POST",
  path: "/v1/chat/completions",
  query: "",
  requestBody: REQUEST,
  requestContentType: "application/json",
  statusCode: 200,
  responseContentType: "text/event-stream",
  responseHeaders: [],
};
const { text, outcome } = play(
  [reasoning(`Look:\n${block("/a")}\n${block("/b")}`), chunk({}, "stop"), USAGE, DONE].join(""),
);
const IDS = outcome.applied.map(({ id }) => id ?? "");
const reader = openAiChat.createReader(context);
reader.feed(utf8(USAGE));
const reading = { ...reader.end({ truncated: false }), finishReason: "stop" };
const sent = { reading, reply: { toolCalls: [], itemIds: [] } };
const fixed = { applied: outcome.applied, dialect: openAiChat, context, wantsText: true };

test("words, calls and the end are the client's; tokens stay the upstream's", () => {
  const read = readFixedAnswer(sent, { ...fixed, bytes: utf8(text) });
  expect(read.reading).toEqual({ ...reading, finishReason: "tool_calls" });
  expect(read.reply).toEqual({
    text: `Look:\u0001read_file#${IDS[0]}\u0001read_file#${IDS[1]}`,
    toolCalls: IDS.map((id) => ({ name: "read_file", id })),
    itemIds: [],
  });
});

test("without the client's bytes the calls are those that the fix named", () => {
  const read = readFixedAnswer(sent, { ...fixed, bytes: undefined });
  expect(read.reading?.finishReason).toBe("stop");
  expect(read.reply?.toolCalls.map(({ id }) => id)).toEqual(IDS);
  expect(read.reply?.text).toBe(`\u0001read_file#${IDS[0]}\u0001read_file#${IDS[1]}`);
});

test("bytes that nobody understands leave the reading as it was", () => {
  const read = readFixedAnswer(sent, { ...fixed, bytes: utf8("{") });
  expect(read.reading).toEqual(reading);
  expect(read.reply?.toolCalls).toEqual([]);
});
