import { expect, test } from "bun:test";

import { listSettingKeys } from "../../src/config/key.ts";
import { toTomlLayer, toVariableLayer } from "../../src/config/layer.ts";
import { parseToml } from "../../src/config/toml-file.ts";

const keys = listSettingKeys();

function fromToml(text: string) {
  const parsed = parseToml(text);
  const table = "table" in parsed ? parsed.table : {};
  return toTomlLayer({ text, table, file: "c.toml", baseDirectory: "/c", keys });
}

test("a table is a table and a value is a value", () => {
  expect(fromToml("journal = 5").problems).toEqual(["c.toml:1: journal must be a table, written as [journal]"]);
  expect(fromToml("providers = [1]").problems).toEqual(["c.toml:1: providers must be a table, written as [providers]"]);
  expect(fromToml("[providers]\nopenai = 1").problems).toEqual([
    "c.toml:2: providers.openai must be a table, written as [providers.openai]",
  ]);
});

test("inline tables, dotted keys and quoted ids are the same as tables", () => {
  const layer = fromToml('timeouts.idle = "1s"\njournal = { sync = true }\n[providers."my-gw"]\nlocal = true');
  expect(layer.problems).toEqual([]);
  expect(layer.values.map(({ path, value, source }) => [path.join("."), value, source])).toEqual([
    ["timeouts.idle", "1s", "c.toml:1"],
    ["journal.sync", true, "c.toml:2"],
    ["providers.my-gw.local", true, "c.toml:4"],
  ]);
});

test("a setting under a provider that belongs elsewhere is recognised", () => {
  expect(fromToml("[providers.openai]\nbase-url = 1\nidle = 2").problems).toEqual([
    'c.toml:2: unknown key providers.openai.base-url (did you mean "providers.openai.base_url"?)',
    'c.toml:3: unknown key providers.openai.idle (did you mean "timeouts.idle"?)',
  ]);
});

test("variables of others are none of our business", () => {
  const layer = toVariableLayer({
    variables: { PATH: "/bin", MODELTAP: "x", MODELTAPPORT: "1", MODELTAP_PORT: "", MODELTAP_COMMAND: "x" },
    describe: (name) => name,
    baseDirectory: "/",
    keys,
    providerIds: [],
  });
  expect(layer).toEqual({ values: [], problems: [], notices: [] });
});
