/** @module Lists of models in every provider's shape, and ours in the two shapes that clients read. */

import { expect, test } from "bun:test";

import { parseModelList, toAnthropicModels, toOpenAiModels } from "../../src/provider/model-list.ts";

const ids = (answer: unknown) => parseModelList(answer)?.map(({ id }) => id);

test("every provider's shape is read; what is no list is none", () => {
  expect(ids({ object: "list", data: [{ id: "a", object: "model" }, { id: "b" }] })).toEqual(["a", "b"]);
  expect(ids({ data: [{ type: "model", id: "claude", display_name: "Claude" }], has_more: false })).toEqual(["claude"]);
  expect(ids([{ id: "together/a" }])).toEqual(["together/a"]);
  expect(ids({ models: [{ name: "models/gemini-x" }, { name: "command-r" }, { model: "llama" }] })).toEqual([
    "gemini-x",
    "command-r",
    "llama",
  ]);
  expect(ids({ data: [null, 1, {}, { id: "" }, { id: 3 }, { id: "models/" }] })).toEqual(["models/"]);
  expect(ids({ data: [] })).toEqual([]);
  for (const none of [undefined, null, "x", 3, {}, { data: {} }, { error: { message: "no" } }]) {
    expect(ids(none)).toBeUndefined();
  }
});

test("OpenAI's shape keeps what a provider tells, and has every member that clients want", () => {
  const [plain, anthropic] = [
    { id: "m", provider: "groq", facts: { id: "old", created: 12.5, owned_by: "meta", context_window: 8 } },
    { id: "c", provider: "anthropic", facts: { type: "model", created_at: "2026-01-02T00:00:00Z", display_name: "C" } },
  ];
  expect(toOpenAiModels([plain, anthropic, { id: "r", provider: "p", facts: {} }])).toEqual({
    object: "list",
    data: [
      { id: "m", object: "model", created: 12, owned_by: "meta", context_window: 8 },
      {
        id: "c",
        object: "model",
        created: 1_767_312_000,
        owned_by: "anthropic",
        created_at: "2026-01-02T00:00:00Z",
        display_name: "C",
      },
      { id: "r", object: "model", created: 0, owned_by: "p" },
    ],
  });
});

test("Anthropic's shape is one page; a day that nobody told is the epoch", () => {
  expect(
    toAnthropicModels([
      { id: "c", provider: "anthropic", facts: { type: "model", created_at: "2026-01-02T00:00:00Z", extra: 1 } },
      { id: "m", provider: "groq", facts: { object: "model", created: 1_767_312_000, name: "M" } },
      { id: "r", provider: "p", facts: { created: 9e99 } },
    ]),
  ).toEqual({
    data: [
      { type: "model", id: "c", display_name: "c", created_at: "2026-01-02T00:00:00Z", extra: 1 },
      { type: "model", id: "m", display_name: "M", created_at: "2026-01-02T00:00:00Z" },
      { type: "model", id: "r", display_name: "r", created_at: "1970-01-01T00:00:00Z" },
    ],
    has_more: false,
    first_id: "c",
    last_id: "r",
  });
  expect(toAnthropicModels([])).toEqual({ data: [], has_more: false, first_id: null, last_id: null });
});
