import { expect, test } from "bun:test";

import { toHelpText } from "../../src/cli/help.ts";
import { parseCommand, START_FLAGS } from "../../src/cli/parse.ts";

test("the help names every flag of start, and each of them is understood", () => {
  for (const topic of [undefined, "start"]) {
    const text = toHelpText("1.2.3", ...(topic === undefined ? [] : [topic]));
    for (const flag of START_FLAGS) expect(text).toContain(flag.name);
  }
  for (const { name, value } of START_FLAGS) {
    expect(parseCommand(["start", ...(value === undefined ? [name] : [name, "x"])])).toMatchObject({ verb: "start" });
  }
});

test("the help has the version, the verbs that people use and none of the hidden ones", () => {
  const text = toHelpText("1.2.3");
  expect(text).toStartWith("modeltap 1.2.3");
  for (const verb of ["start", "config show", "prices explain", "routes simulate", "--version"])
    expect(text).toContain(verb);
  expect(text).not.toMatch(/modeltap (recorder|api|read)\b/);
});
