import { describe, expect, test } from "bun:test";

import { qwenTaggedToolCall } from "../../src/fix/qwen-tagged-tool-call.ts";
import { block, play } from "./play.ts";

type Message = Record<string, unknown>;

function answerOf(...messages: Message[]): string {
  const choices = messages.map((message, index) => ({ index, message, finish_reason: "stop" }));
  return JSON.stringify({ id: "c1", choices, usage: { prompt_tokens: 5 } }, undefined, 2);
}

function playJson(answer: string, contentType: string | null = "application/json") {
  return play(answer, { contentType, pieceBytes: 10 });
}

const firstChoice = (text: string) => JSON.parse(text).choices[0];

describe("a whole answer", () => {
  test("the block becomes a tool call and both reasoning fields go", () => {
    const { text, outcome, warnings } = playJson(
      answerOf({ role: "assistant", content: "", reasoning_content: `Look: ${block("/é")}\n`, reasoning: "same" }),
    );
    expect(firstChoice(text)).toEqual({
      index: 0,
      message: {
        role: "assistant",
        content: "Look: ",
        tool_calls: [
          {
            id: "call_qwen_12347abc8def0123456789ab_0",
            type: "function",
            function: { name: "read_file", arguments: '{"filePath":"/é"}' },
          },
        ],
      },
      finish_reason: "tool_calls",
    });
    expect(JSON.parse(text).usage).toEqual({ prompt_tokens: 5 });
    expect(text).not.toContain("\n");
    expect([outcome.applied.length, warnings]).toEqual([1, []]);
  });

  test("without words before it the content is null; `reasoning` serves where the other field is not there", () => {
    const { text } = playJson(answerOf({ content: null, reasoning: `\n${block("/a")}` }), null);
    expect(firstChoice(text).message.content).toBeNull();
    expect(firstChoice(text).message.reasoning).toBeUndefined();
  });

  test("several blocks, and several choices, each with ids of their own", () => {
    const { text, outcome } = playJson(
      answerOf({ reasoning: block("/a") + block("/b") }, { content: "plain" }, { reasoning: block("/c") }),
    );
    const { choices } = JSON.parse(text);
    expect(choices[0].message.tool_calls).toHaveLength(2);
    expect(choices[1]).toEqual({ index: 1, message: { content: "plain" }, finish_reason: "stop" });
    expect(new Set(outcome.applied.map(({ id }) => id)).size).toBe(3);
  });

  test("one choice that does not fit leaves the others their change", () => {
    const { text, outcome, warnings } = playJson(answerOf({ reasoning: block("/a") }, { reasoning: "<tool_call>x" }));
    expect(JSON.parse(text).choices[1].message).toEqual({ reasoning: "<tool_call>x" });
    expect([outcome.applied.length, warnings]).toEqual([1, ["Qwen tool-call rewrite rejected: malformed block"]]);
  });

  test.each<[string, Message, string | undefined]>([
    [
      "content beside it",
      { content: "Hi", reasoning: block("/a") },
      "assistant content appeared alongside tagged block",
    ],
    [
      "content in parts",
      { content: [{ type: "text", text: "Hi" }], reasoning: block("/a") },
      "assistant content appeared alongside tagged block",
    ],
    ["a block without end", { reasoning: block("/a").slice(0, -3) }, "malformed block"],
    ["text behind it", { reasoning: `${block("/a")} so` }, "text after the tagged block"],
    ["an undeclared tool", { reasoning: block("/a").replace("read_file", "rm") }, 'undeclared tool "rm"'],
    ["tool calls there already", { tool_calls: [{}], reasoning: block("/a") }, undefined],
    ["tags in the content", { content: block("/a") }, undefined],
    ["no tag", { content: "Hi", reasoning: "Hm" }, undefined],
  ])("%s: the bytes as they came", (_what, message, warning) => {
    const answer = answerOf(message);
    const { text, outcome, warnings } = playJson(answer);
    expect(text).toBe(answer);
    expect(outcome.applied).toEqual([]);
    expect(warnings).toEqual(warning === undefined ? [] : [`Qwen tool-call rewrite rejected: ${warning}`]);
  });

  test.each(["{oops", "null", '"text"', '{"choices":7}', '{"choices":[null,{"message":null}]}'])(
    "%p passes",
    (answer) => {
      expect(playJson(answer).text).toBe(answer);
    },
  );
});

test("it is for chat completions alone", () => {
  expect(qwenTaggedToolCall.isFor("POST", "/v1/chat/completions")).toBe(true);
  expect(qwenTaggedToolCall.isFor("POST", "/chat/completions")).toBe(true);
  expect(qwenTaggedToolCall.isFor("POST", "/v1/responses")).toBe(false);
  expect(qwenTaggedToolCall.isFor("GET", "/v1/chat/completions")).toBe(false);
});
