import { describe, expect, test } from "bun:test";

import { findMember, readMember, removeMember, setMember } from "../../src/http/json-member.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array): string => new TextDecoder().decode(value);
const read = (json: string, name = "model"): unknown => {
  const member = findMember(bytes(json), name);
  return member === undefined ? undefined : readMember(bytes(json), member);
};

test.each([
  ['{"model":"a"}', "a"],
  [' \n{ "x" : [1,{"model":"no"}], "model" : "a\\"b" }', 'a"b'],
  ['{"mod\\u0065l":"escaped"}', "escaped"],
  ['{"\\u006d\\u006f\\u0064\\u0065\\u006c":"all of it escaped"}', "all of it escaped"],
  ['{"model":"first","model":"last"}', "last"],
  ['{"model":"first","x":{"model":"no"},"mod\\u0065l":"last"}', "last"],
  ['{"model":"first","x":1,"\\u006dodel":"last"} \n', "last"],
  ['{"model":"first","x":{"model":"no"}}', "first"],
  ['{"s":"\\\\","model":"a"}', "a"],
  ['{"s":"\\"model\\":\\"no\\"","model":{"a":[]}}', { a: [] }],
  ['{"a":1.5e3,"b":true,"model":null}', null],
  ['\ufeff{"model":"a"}', "a"],
  [`{"x":"y","model":"${"long-".repeat(52)}"}`, "long-".repeat(52)],
  [`{"${"\\u006d".repeat(26)}":1,"model":"a"}`, "a"],
  ['{"model":"é"}', "é"],
  ['{"model":"\u007f"}', "\u007f"],
  ['{"model":""}', ""],
  ['{"model":"a\tb"}', undefined],
  ['{"model":"cut', undefined],
  ['{"messages":[{"model":"no"}]}', undefined],
  ['["model"]', undefined],
  ["", undefined],
  ['{"model"', undefined],
])("finds the top-level member in %s", (json, value) => {
  expect(read(json)).toEqual(value as never);
});

test("a name that stands there two hundred thousand times is read once", () => {
  // Searching behind each of them would take minutes.
  const json = `{${'"mod\\u0065l":1,'.repeat(200_000)}"mod\\u0065l":"last"}`;
  expect(read(json)).toBe("last");
  expect(text(removeMember(bytes(json), "model"))).toBe("{}");
  const mixed = `{${'"model":1,"a":2,'.repeat(100_000)}"b":3}`;
  expect(removeMember(bytes(mixed), "model").length).toBe(mixed.length - 100_000 * '"model":1,'.length);
});

describe("setMember", () => {
  test("changes only the value's bytes", () => {
    const before = '{ "messages" : [ {"é":1.0} ],\n "model" :  "a" , "n":1e2 }';
    expect(text(setMember(bytes(before), "model", "bé"))).toBe(before.replace('"a"', '"bé"'));
  });

  test.each([
    ["{}", '{"model":"b"}'],
    ["{ }", '{"model":"b" }'],
    ['{"a":1}', '{"model":"b","a":1}'],
  ])("adds a new member to %s", (before, after) => {
    expect(text(setMember(bytes(before), "model", "b"))).toBe(after);
  });
});

test.each([
  ['{"provider":"x"}', "{}"],
  ['{"provider":"x","a":1}', '{"a":1}'],
  ['{"a":1, "provider" : "x" , "b":2}', '{"a":1, "b":2}'],
  ['{"a":1 , "provider":"x"}', '{"a":1 }'],
  ['{"provider":1,"a":1,"provider":2}', '{"a":1}'],
  ['{"a":1, "provider":1 ,"provider":2 }', '{"a":1}'],
  ['{"provider":1,"provider":2,"a":1,"provider":3,"b":2}', '{"a":1,"b":2}'],
  ['{ "provider":1, "provider":2 }', "{}"],
  ['{"a":{"provider":1}}', '{"a":{"provider":1}}'],
])("removeMember leaves valid JSON of %s", (before, after) => {
  const removed = text(removeMember(bytes(before), "provider"));
  expect(JSON.parse(removed)).toEqual(JSON.parse(after));
  expect(removed.replaceAll(/\s/g, "")).toBe(after.replaceAll(/\s/g, ""));
});
