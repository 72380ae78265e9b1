import { expect, test } from "bun:test";

import { UsageError } from "../../src/cli/parse.ts";
import { parseProvidersCommand, parseRoutesCommand } from "../../src/cli/routing-command.ts";

const NO_FLAGS = { settings: {}, demo: false };

test("a verb left out shows, and list is another word for show", () => {
  const shown = { verb: "show", json: false, all: false, flags: NO_FLAGS } as const;
  expect(parseProvidersCommand([])).toEqual(shown);
  expect(parseProvidersCommand(["list"])).toEqual(shown);
  expect(parseProvidersCommand(["--json", "--all"])).toEqual({ ...shown, json: true, all: true });
  expect(parseRoutesCommand([])).toEqual({ verb: "list", json: false, flags: NO_FLAGS });
});

test("the files that are meant can be named before or after the words", () => {
  const flags = { settings: { data_dir: { value: "/d", flag: "--data-dir" } }, demo: false, configFile: "/c" };
  expect(parseRoutesCommand(["import", "--config", "/c", "file.json", "--data-dir=/d", "--check"])).toEqual({
    verb: "import",
    file: "file.json",
    check: true,
    flags,
  });
  expect(parseProvidersCommand(["reload", "--env-file", "/e"])).toEqual({
    verb: "reload",
    flags: { ...NO_FLAGS, envFile: "/e" },
  });
});

test("simulate takes method, path and any number of fields", () => {
  const args = ["simulate", "post", "/v1/x", "--header", "a: 1", "--header=b:2=3", "--model", "m"];
  expect(parseRoutesCommand(args)).toEqual({
    verb: "simulate",
    method: "POST",
    path: "/v1/x",
    fields: ["a: 1", "b:2=3"],
    model: "m",
    stream: false,
    flags: NO_FLAGS,
  });
});

test.each([
  [() => parseProvidersCommand(["shwo"]), 'modeltap providers has no "shwo" (did you mean "show"?)'],
  [() => parseProvidersCommand(["path", "--json"]), "there is no flag --json"],
  [() => parseProvidersCommand(["show", "more"]), "usage: modeltap providers"],
  [() => parseRoutesCommand(["export", "file"]), "usage: modeltap routes"],
  [() => parseRoutesCommand(["import"]), "usage: modeltap routes"],
  [() => parseRoutesCommand(["simulate", "GET", "v1"]), "PATH must begin with a slash"],
  [() => parseRoutesCommand(["simulate", "GET", "/v1", "--modle", "x"]), "there is no flag --modle"],
  [() => parseRoutesCommand(["simulate", "GET", "/v1", "--header", "foo"]), "--header must be a field as NAME:VALUE"],
  [() => parseRoutesCommand(["list", "--config"]), "--config needs a value"],
])("what cannot be meant is said: %#", (parse, message) => {
  expect(parse).toThrow(UsageError);
  expect(parse).toThrow(message);
});
