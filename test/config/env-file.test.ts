import { describe, expect, test } from "bun:test";

import { parseEnvFile } from "../../src/config/env-file.ts";

function valueOf(line: string): string | undefined {
  return parseEnvFile(line).entries[0]?.value;
}

describe("values", () => {
  test.each([
    ["A=1", "1"],
    ["A = 1 ", "1"],
    ["export A=1", "1"],
    ["A=", ""],
    ["A=b c", "b c"],
    ["A=b # comment", "b"],
    ["A=b#c", "b#c"],
    ["A=# comment", ""],
    ["A=x=y", "x=y"],
    ['A="b # c" # comment', "b # c"],
    ['A="line\\nnext\\t\\"q\\" \\\\ \\d"', 'line\nnext\t"q" \\ \\d'],
    ["A='raw \\n $HOME'", "raw \\n $HOME"],
    ["A=$HOME", "$HOME"],
    ["A=''", ""],
  ])("%s", (line, value) => {
    expect(valueOf(line)).toBe(value);
  });
});

test("line ends of all systems, a byte order mark, comments and blank lines are understood", () => {
  const file = parseEnvFile("\uFEFFA=1\r\n\r\n# no\rB=2\nC=3");
  expect(file).toEqual({
    entries: [
      { name: "A", value: "1", line: 1 },
      { name: "B", value: "2", line: 4 },
      { name: "C", value: "3", line: 5 },
    ],
    faults: [],
  });
});

test("the last of two lines with one name counts", () => {
  expect(parseEnvFile("A=1\nA=2").entries).toEqual([{ name: "A", value: "2", line: 2 }]);
});

test("a line that is not understood is told by number and never by its text", () => {
  const { entries, faults } = parseEnvFile("sk-secret-text\nA='open\nB=1\n9X=2");
  expect(entries.map((entry) => entry.name)).toEqual(["B"]);
  expect(faults.map((fault) => fault.line)).toEqual([1, 2, 4]);
  expect(JSON.stringify(faults)).not.toContain("sk-secret");
});
