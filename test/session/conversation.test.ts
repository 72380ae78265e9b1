/** @module Messages of every wire format as groups of two sides, in a form that survives re-sending. */

import { describe, expect, test } from "bun:test";

import { toAnsweredText, toConversation, toLastTurn } from "../../src/session/conversation.ts";

const groupsOf = (body: Record<string, unknown>) => toConversation(body)?.groups.map(({ side, text }) => [side, text]);

describe("one conversation in every format", () => {
  const expected = [
    ["asked", "Hi"],
    ["answered", "Hellothere"],
    ["asked", "Weather?"],
  ];

  test.each([
    [
      "chat",
      {
        messages: [
          { role: "system", content: "S" },
          user("Hi"),
          { role: "assistant", content: "Hello there" },
          user("Weather?"),
        ],
      },
    ],
    [
      "anthropic",
      {
        system: [{ type: "text", text: "S", cache_control: { type: "ephemeral" } }],
        messages: [
          { role: "user", content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral" } }] },
          {
            role: "assistant",
            content: [
              { type: "thinking", thinking: "hm" },
              { type: "text", text: " Hello\nthere" },
            ],
          },
          user("Weather?"),
        ],
      },
    ],
    [
      "responses",
      {
        instructions: "S",
        input: [
          { role: "user", content: [{ type: "input_text", text: "Hi" }] },
          { type: "reasoning", id: "rs_1", encrypted_content: "…" },
          { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hello there" }] },
          user("Weather?"),
        ],
      },
    ],
    [
      "gemini",
      {
        systemInstruction: { parts: [{ text: "S" }] },
        contents: [
          { role: "user", parts: [{ text: "Hi" }] },
          { role: "model", parts: [{ text: "thought", thought: true }, { text: "Hello there" }] },
          { role: "user", parts: [{ text: "Weather?" }] },
        ],
      },
    ],
    [
      "converse",
      {
        system: [{ text: "S" }],
        messages: [
          { role: "user", content: [{ text: "Hi" }] },
          { role: "assistant", content: [{ text: "Hello there" }] },
          { role: "user", content: [{ text: "Weather?" }, { cachePoint: { type: "default" } }] },
        ],
      },
    ],
  ])("%s", (_name, body) => {
    const conversation = toConversation(body);
    expect(conversation?.system).toBe("S");
    expect(conversation?.groups.map(({ side, text }) => [side, text])).toEqual(expected);
  });

  test("text as the whole input", () => {
    expect(groupsOf({ input: "Hi" })).toEqual([["asked", "Hi"]]);
  });
});

describe("tools", () => {
  test.each([
    [
      "chat",
      [
        { role: "assistant", content: null, tool_calls: [{ id: "c1", function: { name: "grep", arguments: "{}" } }] },
        { role: "tool", tool_call_id: "c1", content: "3 hits" },
      ],
    ],
    [
      "anthropic",
      [
        { role: "assistant", content: [{ type: "tool_use", id: "c1", name: "grep", input: {} }] },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "c1", content: [{ type: "text", text: "3 hits" }] }],
        },
      ],
    ],
    [
      "responses",
      [
        { type: "function_call", call_id: "c1", name: "grep", arguments: "{}" },
        { type: "function_call_output", call_id: "c1", output: "3 hits" },
      ],
    ],
    [
      "converse",
      [
        { role: "assistant", content: [{ toolUse: { toolUseId: "c1", name: "grep" } }] },
        { role: "user", content: [{ toolResult: { toolUseId: "c1", content: [{ text: "3 hits" }] } }] },
      ],
    ],
    [
      "gemini",
      [
        { role: "model", parts: [{ functionCall: { id: "c1", name: "grep" } }] },
        { role: "user", parts: [{ functionResponse: { id: "c1", response: "3 hits" } }] },
      ],
    ],
  ])("calls and results of %s", (_name, messages) => {
    const groups = toConversation({ messages })?.groups;
    expect(groups?.map(({ calls, results }) => ({ calls, results }))).toEqual([
      { calls: [{ name: "grep", id: "c1" }], results: [] },
      { calls: [], results: [{ id: "c1" }] },
    ]);
    expect(groups?.[1]?.text).toContain("3 hits");
  });

  test("a result that is an error says so", () => {
    const groups = toConversation({
      messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "c", is_error: true, content: "no" }] }],
    })?.groups;
    expect(groups?.[0]?.results).toEqual([{ id: "c", isError: true }]);
  });
});

test("the last turn alone is the end of the whole", () => {
  const call = { role: "assistant", content: [{ type: "tool_use", id: "c2", name: "run" }] };
  const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "c2", content: "ok" }] };
  const messages = [user("a"), { role: "assistant", content: "b" }, user("c"), call, result, user("go on")];
  for (const body of [
    { messages },
    { input: messages },
    { request: { contents: messages } },
    { messages: [user("a")] },
    { input: "a" },
  ]) {
    const whole = toConversation(body)?.groups ?? [];
    expect(toLastTurn(body)?.groups).toEqual(whole.slice(-2));
  }
  expect(toLastTurn({})).toBeUndefined();
});

test("what only moves caching changes nothing, what is asked about does", () => {
  const ask = (part: object) => groupsOf({ messages: [{ role: "user", content: [part] }] });
  const image = { type: "image", source: { type: "base64", data: "AAAA" } };
  expect(ask({ ...image, cache_control: { type: "ephemeral" } })).toEqual(ask(image));
  expect(ask({ type: "image", source: { type: "base64", data: "BBBB" } })).not.toEqual(ask(image));
});

test("an answer is the same however it was wrapped, and another when a call is another", () => {
  expect(toAnsweredText("<think>no</think> a  b\n", [])).toBe(toAnsweredText("ab", []));
  expect(toAnsweredText("a", [{ name: "x", id: "1" }])).not.toBe(toAnsweredText("a", [{ name: "x", id: "2" }]));
});

test.each([
  ["words", "dolor sit\tamet\r\n".repeat(60)],
  ["no space at all", "x".repeat(600)],
  ["letters of several bytes", "größe 日本語 🙂 ".repeat(60)],
  ["spaces beyond ASCII", "a\u00a0b\u2003c\u3000\ufeffd \u0085 \u000b".repeat(60)],
  ["half a surrogate pair", `${"a b ".repeat(100)}\ud800 c`],
  ["thoughts", `<think>${"a b ".repeat(100)}</think> c d ${"e f ".repeat(100)}`],
])("a long answer loses its space as a short one does: %s", (_, text) => {
  expect(toAnsweredText(text, [])).toBe(text.replaceAll(/<think>[\s\S]*?<\/think>/g, "").replaceAll(/\s+/g, ""));
});

test("bodies without messages are no conversation, and foreign values do not throw", () => {
  for (const body of [
    {},
    { messages: [] },
    { messages: "x" },
    { input: [1, null, "x"] },
    { prompt: "x" },
    { messages: [{ role: "system", content: "S" }] },
  ]) {
    expect(toConversation(body)).toBeUndefined();
  }
  expect(toConversation({ messages: [{ role: 7, content: { a: [null] }, tool_calls: "x" }] })?.groups.length).toBe(1);
  expect(toConversation(undefined)).toBeUndefined();
});

function user(content: string) {
  return { role: "user", content };
}
