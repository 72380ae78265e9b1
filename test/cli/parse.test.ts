import { describe, expect, test } from "bun:test";

import { parseCommand, UsageError } from "../../src/cli/parse.ts";

const NONE = { settings: {}, demo: false };

describe("verbs", () => {
  test.each([
    [[], { verb: "start", flags: NONE }],
    [["start"], { verb: "start", flags: NONE }],
    [["config", "show"], { verb: "config", flags: NONE }],
    [["config"], { verb: "config", flags: NONE }],
    [["version"], { verb: "version" }],
    [["--version"], { verb: "version" }],
    [["start", "--version"], { verb: "version" }],
    [["help"], { verb: "help" }],
    [["-h"], { verb: "help" }],
    [["help", "start"], { verb: "help", topic: "start" }],
    [["start", "--help"], { verb: "help", topic: "start" }],
    [["prices", "explain", "openai", "gpt-5"], { verb: "prices", args: ["explain", "openai", "gpt-5"] }],
    [["recorder"], { verb: "recorder" }],
    [["api"], { verb: "api" }],
    [["read"], { verb: "read" }],
  ])("%p", (args, command) => {
    expect(parseCommand(args)).toEqual(command as ReturnType<typeof parseCommand>);
  });
});

describe("flags of start", () => {
  const expected = {
    settings: {
      port: { value: "9000", flag: "--port" },
      data_dir: { value: "/srv/d", flag: "--data-dir" },
    },
    configFile: "c.toml",
    envFile: ".env",
    demo: true,
  };

  test.each([
    ["start --port 9000 --data-dir /srv/d --config c.toml --env-file .env --demo"],
    ["--port=9000 --data-dir=/srv/d --config=c.toml --env-file=.env --demo"],
    ["start --port 1 --port 9000 --data-dir /srv/d --config c.toml --env-file .env --demo"],
  ])("%s", (line) => {
    expect(parseCommand(line.split(" "))).toEqual({ verb: "start", flags: expected });
  });

  test("a value may have equals signs", () => {
    expect(parseCommand(["--database=sqlite:///x.db?a=b"])).toMatchObject({
      flags: { settings: { database: { value: "sqlite:///x.db?a=b" } } },
    });
  });

  test("config show takes the same ones", () => {
    expect(parseCommand(["config", "show", "--port", "1"])).toMatchObject({
      flags: { settings: { port: { value: "1" } } },
    });
  });
});

describe("what cannot be meant is one line", () => {
  test.each([
    ["strat", /no command "strat" \(did you mean "start"\?\)/],
    ["config edit", /config has no "edit"/],
    ["--prot 1", /no flag "--prot" \(did you mean "--port"\?\)/],
    ["--port", /--port needs a value: --port PORT/],
    ["--port --demo", /--port needs a value/],
    ["--port=", /--port needs a value/],
    ["--demo=yes", /--demo takes no value/],
    ["start now", /no flag "now"/],
  ])("%s", (line, message) => {
    const parse = (): unknown => parseCommand(line.split(" "));
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow("\n");
  });
});
