/** @module Proof that source is read right: a check on code that looks past an import holds nothing. */

import { expect, test } from "bun:test";

import { findImports, toCodeText } from "./source-text.ts";

test.each([
  ['import { a } from "./a.ts";', ["./a.ts"]],
  ["import type { A } from './a.ts'", ["./a.ts"]],
  ['import {\n  a, // from "./no.ts"\n  type B,\n} from "./a.ts";', ["./a.ts"]],
  ['import * as x from "./a.ts"; import "./b.ts";', ["./a.ts", "./b.ts"]],
  [
    'export { a } from "./a.ts";\nexport * from "./b.ts";\nexport type { C } from "./c.ts";',
    ["./a.ts", "./b.ts", "./c.ts"],
  ],
  ['const a = await import("./a.ts"); type B = import("./b.ts").B; require("./c.ts");', ["./a.ts", "./b.ts", "./c.ts"]],
  ['import data from "./a.json" with { type: "json" };', ["./a.json"]],
  ['// import "./no.ts";\n/* import "./no.ts"; */', []],
  ['const text = \'import "./no.ts"\'; const t = `import("./no.ts")`;', []],
  ['const t = `${await import("./yes.ts")} import "./no.ts"`; import "./b.ts";', ["./yes.ts", "./b.ts"]],
  ['const r = /"/; import "./a.ts";', ["./a.ts"]],
  ['const r = a / b; const q = "/"; import "./a.ts";', ["./a.ts"]],
  ["const r = /[/\"']/g.test(x) ? `a` : 'b'; import \"./a.ts\";", ["./a.ts"]],
  ['export const from = (a: string) => a;\nconst x = from("./no.ts"); x.import("./no.ts");', []],
  ['const x = <p class="a">a / b</p>; import "./a.ts";', ["./a.ts"]],
])("finds the imports of %p", (text, expected) => {
  expect(findImports(text)).toEqual(expected);
});

test("comments and the insides of strings are no code, line breaks stay", () => {
  const text = '/** Date.now() */\nconst a = "Math.random()"; // fetch(x)\nconst b = `x ${Date.now()} fetch(y)`;\n';
  const code = toCodeText(text);
  expect(code.split("\n")).toHaveLength(text.split("\n").length);
  expect(code).not.toContain("Math.random");
  expect(code).not.toContain("fetch");
  expect(code.match(/Date\.now/g)).toHaveLength(1);
});
