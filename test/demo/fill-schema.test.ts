/** @module A schema gets a value that fits it, whatever it says. */

import { expect, test } from "bun:test";

import { fillSchema } from "../../src/demo/fill-schema.ts";

test.each([
  [
    {
      type: "OBJECT",
      properties: { reason: { type: "STRING" }, score: { type: "INTEGER", minimum: 3 }, on: { type: "BOOLEAN" } },
    },
    { reason: "x", score: 3, on: false },
  ],
  [
    { type: "object", properties: { title: { type: ["string", "null"] }, kind: { enum: ["b", "c"] } } },
    { title: "x", kind: "b" },
  ],
  [{ type: "array", items: { type: "number", maximum: 0.5 }, minItems: 2 }, [0.5, 0.5]],
  [{ type: "array", items: { type: "string" } }, []],
  [{ anyOf: [{ const: 7 }, { type: "string" }] }, 7],
  [{ $ref: "#/$defs/Name", $defs: { Name: { type: "string", maxLength: 0 } } }, ""],
  [{ type: "null" }, null],
  [{}, {}],
])("%j is filled with %j", (schema, value) => expect(fillSchema(schema, "x")).toEqual(value));

test("a schema that refers to itself, or to nothing, ends", () => {
  const node = { type: "object", properties: { next: { $ref: "#" } } };
  expect(JSON.stringify(fillSchema(node, "x")).length).toBeLessThan(500);
  expect(fillSchema({ $ref: "#/nowhere" }, "x")).toEqual({});
  expect(fillSchema({ type: 7, properties: null, items: 1, enum: "no" }, "x")).toEqual({});
});
