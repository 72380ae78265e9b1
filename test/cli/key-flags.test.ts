import { expect, test } from "bun:test";

import { KEYS_HELP, parseKeyCommand } from "../../src/cli/key-flags.ts";
import { UsageError } from "../../src/cli/parse.ts";

const parse = (line: string) => parseKeyCommand(line.split(" ").filter(Boolean), 1000);

test("arguments become what the api takes", () => {
  expect(parse("create ci")).toEqual({ verb: "create", body: { name: "ci" } });
  expect(parse("create ci --providers openai,anthropic --models gpt-5* --expires 2h --rpm 5 --tpm 9000")).toEqual({
    verb: "create",
    body: {
      name: "ci",
      allowed_providers: ["openai", "anthropic"],
      allowed_models: ["gpt-5*"],
      expires_at: 1000 + 7_200_000,
      requests_per_minute: 5,
      tokens_per_minute: 9000,
    },
  });
  expect([parse("list"), parse("list --json")]).toEqual([
    { verb: "list", json: false },
    { verb: "list", json: true },
  ]);
  expect(parse("revoke key_1")).toEqual({ verb: "revoke", id: "key_1" });
});

test("help is asked for in any place", () => {
  for (const line of ["help", "--help", "-h", "create --help", "create ci --help", "list --help"]) {
    expect(parse(line)).toEqual({ verb: "help" });
  }
  for (const flag of ["--providers", "--models", "--expires", "--rpm", "--tpm"]) expect(KEYS_HELP).toContain(flag);
});

test.each([
  "",
  "create",
  "create --rpm 5",
  "create ci --rpm",
  "create ci --rpm 0",
  "create ci --tpm x",
  "create ci --expires 5",
  "create ci --expires soon",
  "create ci --colour red",
  "create ci --models gpt-*-mini",
  "create ci --models gpt-5,*x",
  "revoke",
  "revoke a b",
  "list all",
  "delete a",
])("`keys %s` is refused", (line) => {
  expect(() => parse(line)).toThrow(UsageError);
});
