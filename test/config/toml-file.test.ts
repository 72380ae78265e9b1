import { expect, test } from "bun:test";

import { findTomlLine, parseToml } from "../../src/config/toml-file.ts";

const TEXT = `# comment
port = 1
timeouts.idle = "1s"

[journal]
max_size = 1

[providers."ollama-cloud"]
base_url = "x"
[providers.openai]
  capture = "off"
limits = { a = 1 }
[[routes]]
model = "a"
[[routes]]
model = "b"
[[routes.upstreams]]
upstream = "x"
[[routes.upstreams]]
upstream = "y"
[[routes]]
upstreams = [{ upstream = "z" }]
`;

test.each([
  ["port", 2],
  ["timeouts.idle", 3],
  ["journal.max_size", 6],
  ["providers.ollama-cloud.base_url", 9],
  ["providers.openai.capture", 11],
  ["providers.openai", 10],
  ["providers.openai.limits.a", 12],
  ["routes", 13],
  ["routes.0", 13],
  ["routes.0.model", 14],
  ["routes.1.model", 16],
  ["routes.1.upstreams.0.upstream", 18],
  ["routes.1.upstreams.1.upstream", 20],
  ["routes.2.upstreams.0.upstream", 22],
  ["routes.2.modl", 21],
])("%s is found on line %d", (name, line) => {
  expect(findTomlLine(TEXT, name.split("."))).toBe(line);
});

test("a key that is not there has no line", () => {
  expect(findTomlLine(TEXT, ["host"])).toBeUndefined();
});

test("a fault of the file has its line, and none of its text", () => {
  const parsed = parseToml('port = 1\nkey = "sk-secret\n');
  expect(parsed).toEqual({ wrong: expect.stringContaining("is not valid TOML"), line: 2 });
  expect(JSON.stringify(parsed)).not.toContain("sk-secret");
});

test("a file that is well is a table", () => {
  expect(parseToml("port = 1")).toEqual({ table: { port: 1 } });
});
