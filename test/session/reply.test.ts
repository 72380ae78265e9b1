/** @module What was said and called, out of real answers of every dialect: streamed or whole, the same as the client sends back. */

import { describe, expect, test } from "bun:test";

import { toAnsweredText } from "../../src/session/conversation.ts";
import { ReplyWatch } from "../../src/session/reply.ts";

function watch(values: readonly (readonly [event: string, value: unknown])[], wantsText = true) {
  const reply = new ReplyWatch(wantsText);
  for (const [event, value] of values) reply.take(value, event);
  return reply.end();
}

const CALL = [{ name: "grep", id: "c1" }];
const SAID = toAnsweredText("Let me look.", CALL);

describe("text and calls", () => {
  test.each([
    ["chat, streamed", chatChunks()],
    [
      "chat, whole",
      [
        [
          "",
          {
            choices: [
              {
                index: 0,
                message: { content: "Let me look.", tool_calls: [{ id: "c1", function: { name: "grep" } }] },
              },
            ],
          },
        ],
      ],
    ],
    ["anthropic, streamed", anthropicEvents()],
    [
      "anthropic, whole",
      [
        [
          "",
          {
            type: "message",
            content: [
              { type: "thinking", thinking: "hm" },
              { type: "text", text: "Let me look." },
              { type: "tool_use", id: "c1", name: "grep" },
            ],
          },
        ],
      ],
    ],
    ["responses, streamed", responsesEvents()],
    ["responses, whole", [["", { object: "response", output: responsesItems() }]]],
    [
      "gemini",
      [
        ["", { candidates: [{ content: { parts: [{ text: "hm", thought: true }, { text: "Let me " }] } }] }],
        [
          "",
          { candidates: [{ content: { parts: [{ text: "look." }, { functionCall: { name: "grep", id: "c1" } }] } }] },
        ],
      ],
    ],
    [
      "ollama",
      [
        ["", { message: { content: "Let me " } }],
        ["", { message: { content: "look.", tool_calls: [{ id: "c1", function: { name: "grep" } }] }, done: true }],
      ],
    ],
    [
      "converse, streamed",
      [
        ["contentBlockDelta", { delta: { text: "Let me look." } }],
        ["contentBlockStart", { start: { toolUse: { toolUseId: "c1", name: "grep" } } }],
      ],
    ],
    [
      "converse, whole",
      [
        [
          "",
          {
            output: {
              message: { content: [{ text: "Let me look." }, { toolUse: { toolUseId: "c1", name: "grep" } }] },
            },
          },
        ],
      ],
    ],
  ] as const)("%s", (_name, values) => {
    expect(watch(values)).toMatchObject({ text: SAID, toolCalls: CALL });
  });
});

test("several calls that share an index are several calls", () => {
  const delta = (id: string, name: string) => ({
    choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id, function: { name, arguments: "{}" } }] } }],
  });
  expect(
    watch([
      ["", delta("a", "x")],
      ["", delta("b", "y")],
    ]).toolCalls,
  ).toEqual([
    { name: "x", id: "a" },
    { name: "y", id: "b" },
  ]);
});

test("only the first choice counts", () => {
  expect(
    watch([
      [
        "",
        {
          choices: [
            { index: 0, message: { content: "a" } },
            { index: 1, message: { content: "b" } },
          ],
        },
      ],
    ]).text,
  ).toBe("a");
});

test("where only calls are wanted text is neither held nor asked for", () => {
  expect(watch(anthropicEvents(), false)).toEqual({ toolCalls: CALL, itemIds: [] });
  expect(new ReplyWatch(false).wants("content_block_delta")).toBe(false);
  expect(new ReplyWatch(true).wants("content_block_delta")).toBe(true);
  expect(new ReplyWatch(true).wants("response.output_text.delta")).toBe(false);
});

test("stored items can be referred to", () => {
  expect(watch(responsesEvents()).itemIds).toEqual(["rs_1", "msg_1", "fc_1"]);
});

test("an answer of nothing but reasoning has no text", () => {
  expect(watch([["", { content: [{ type: "thinking", thinking: "hm" }] }]]).text).toBeUndefined();
});

test("foreign values do not throw", () => {
  for (const value of [
    null,
    7,
    "x",
    [],
    { choices: [null, { delta: { tool_calls: [null, {}] } }] },
    { output: [null] },
    { message: 7 },
    { candidates: [] },
    { delta: [] },
  ]) {
    expect(() => watch([["x", value]])).not.toThrow();
  }
});

function chatChunks() {
  const chunk = (delta: unknown) => ["", { choices: [{ index: 0, delta }] }] as const;
  return [
    chunk({ role: "assistant", content: "" }),
    chunk({ content: "Let me " }),
    chunk({ content: "look." }),
    chunk({ tool_calls: [{ index: 0, id: "c1", function: { name: "grep", arguments: "" } }] }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }] }),
    chunk({}),
  ];
}

function anthropicEvents() {
  return [
    ["message_start", { type: "message_start", message: { role: "assistant", content: [] } }],
    ["content_block_start", { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }],
    ["content_block_delta", { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Let me " } }],
    ["content_block_delta", { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "look." } }],
    [
      "content_block_start",
      { type: "content_block_start", index: 1, content_block: { type: "tool_use", id: "c1", name: "grep", input: {} } },
    ],
    [
      "content_block_delta",
      { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: "{}" } },
    ],
    ["message_delta", { type: "message_delta", delta: { stop_reason: "tool_use" } }],
  ] as const;
}

function responsesItems() {
  return [
    { type: "reasoning", id: "rs_1", summary: [] },
    { type: "message", id: "msg_1", content: [{ type: "output_text", text: "Let me look." }] },
    { type: "function_call", id: "fc_1", call_id: "c1", name: "grep" },
  ];
}

function responsesEvents() {
  return [
    ["response.created", { type: "response.created", response: { output: [] } }],
    ["response.output_text.delta", { type: "response.output_text.delta", delta: "Let me " }],
    ...responsesItems().map(
      (item) => ["response.output_item.done", { type: "response.output_item.done", item }] as const,
    ),
    ["response.completed", { type: "response.completed", response: { output: responsesItems() } }],
  ] as const;
}
