import { describe, expect, test } from "bun:test";

import { findDeclaredTools, toArguments } from "../../src/fix/qwen-arguments.ts";

function convert(type: unknown, value: string): string {
  const tools = findDeclaredTools({
    tools: [{ type: "function", function: { name: "f", parameters: { properties: { a: { type } } } } }],
  });
  const result = toArguments({ name: "f", parameters: [["a", value]] }, tools);
  return "json" in result ? result.json : result.wrong;
}

describe("conversion by the schema's type", () => {
  test.each([
    ["integer", "12", '{"a":12}'],
    ["integer", "\n+007 ", '{"a":7}'],
    ["integer", "-0", '{"a":0}'],
    ["integer", "12345678901234567890", '{"a":12345678901234567890}'],
    ["number", "-3", '{"a":-3}'],
    ["number", "2.50", '{"a":2.5}'],
    ["number", "1e3", '{"a":1000}'],
    ["boolean", "true", '{"a":true}'],
    ["boolean", "1", '{"a":true}'],
    ["boolean", "False", '{"a":false}'],
    ["boolean", "0", '{"a":false}'],
    ["object", '{ "x": [1, 2] }', '{"a":{"x":[1,2]}}'],
    ["array", "[ 1, null ]", '{"a":[1,null]}'],
    ["string", " 1 ", '{"a":" 1 "}'],
    ["string", 'a "b"\nc', '{"a":"a \\"b\\"\\nc"}'],
    [undefined, "1", '{"a":"1"}'],
    [["integer", "null"], "4", '{"a":4}'],
    [["integer", "null"], "null", '{"a":null}'],
    [["string", "null"], "x", '{"a":"x"}'],
  ] as const)("%p of %p", (type, value, json) => {
    expect(convert(type, value)).toBe(json);
  });

  test.each([
    ["integer", "1.0"],
    ["integer", "one"],
    ["integer", ""],
    ["number", "0x10"],
    ["number", "1e400"],
    ["number", "NaN"],
    ["boolean", "yes"],
    ["object", "[1]"],
    ["object", "null"],
    ["array", "{}"],
    ["array", "[1"],
  ])("%p is not %p", (type, value) => {
    expect(convert(type, value)).toBe(`parameter "a" is no ${type}`);
  });
});

describe("against the declaration", () => {
  const tools = findDeclaredTools({
    tools: [
      {
        type: "function",
        function: { name: "read", parameters: { properties: { path: {}, 1: {} }, required: ["path"] } },
      },
      { type: "function", name: "flat", parameters: { properties: { x: { type: "integer" } } } },
      { type: "function", function: { name: "free" } },
      { type: "web_search" },
      null,
    ],
  });
  const call = (name: string, ...parameters: [string, string][]) => toArguments({ name, parameters }, tools);

  test("both shapes of a declaration are known", () => {
    expect([...tools.keys()]).toEqual(["read", "flat", "free"]);
    expect(call("flat", ["x", "1"])).toEqual({ json: '{"x":1}' });
    expect(call("free", ["any", "1"])).toEqual({ json: '{"any":"1"}' });
    expect(findDeclaredTools(undefined).size + findDeclaredTools({ tools: "no" }).size).toBe(0);
  });

  test("members stay in the order in which they were written, numbers for names included", () => {
    expect(call("read", ["path", "p"], ["1", "q"])).toEqual({ json: '{"path":"p","1":"q"}' });
    expect(call("free")).toEqual({ json: "{}" });
    expect(call("free", ["__proto__", "x"])).toEqual({ json: '{"__proto__":"x"}' });
  });

  test("what does not fit is named", () => {
    expect(call("write")).toEqual({ wrong: 'undeclared tool "write"' });
    expect(call("read", ["path", "a"], ["path", "b"])).toEqual({ wrong: 'duplicate parameter "path"' });
    expect(call("read", ["path", "a"], ["mode", "b"])).toEqual({ wrong: 'undeclared parameter "mode" of "read"' });
    expect(call("read", ["toString", "a"])).toEqual({ wrong: 'undeclared parameter "toString" of "read"' });
    expect(call("read")).toEqual({ wrong: 'missing required parameter "path"' });
  });
});
