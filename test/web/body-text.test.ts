/** @module A body made readable is still the same body. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { findTextForm, toPieces, toPrettyJson } from "../../web/body-text.ts";

describe("toPrettyJson", () => {
  test("indents JSON, and each line of JSON lines", () => {
    expect(toPrettyJson(`{"a":[1]}`)).toBe(`{\n  "a": [\n    1\n  ]\n}`);
    expect(toPrettyJson(`{"a":1}\n{"a":2}\n`)).toBe(`{\n  "a": 1\n}\n{\n  "a": 2\n}`);
  });

  test("leaves alone what it would change: cut texts, and numbers beyond exactness", () => {
    expect(toPrettyJson(`{"a":`)).toBeUndefined();
    expect(toPrettyJson(`{"id":12345678901234567890}`)).toBeUndefined();
    expect(toPrettyJson("data: x")).toBeUndefined();
  });
});

test("pieces joined are the text again, whatever it is", () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom("json", "sse", "text"), (text, form) => {
      expect(
        toPieces(text, form)
          .map((piece) => piece.text)
          .join(""),
      ).toBe(text);
    }),
  );
});

test("names keys, strings, numbers and words", () => {
  const pieces = toPieces(`{"a": "b:1", "c": -1.5e3, "d": null}`, "json").filter((piece) => piece.kind !== "plain");
  expect(pieces.map((piece) => [piece.kind, piece.text])).toEqual([
    ["key", `"a":`],
    ["string", `"b:1"`],
    ["key", `"c":`],
    ["number", "-1.5e3"],
    ["key", `"d":`],
    ["word", "null"],
  ]);
});

test.each([
  ["text/event-stream; charset=utf-8", "data: 1", "sse"],
  ["application/json", "{}", "json"],
  [null, ` [1]`, "json"],
  [null, "event: x\ndata: 1", "sse"],
  ["text/plain", "hello", "text"],
] as const)("%p with %p is %s", (type, text, form) => expect(findTextForm(type, text)).toBe(form));
