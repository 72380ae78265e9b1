/** @module Writes docs/configuration.md from the schema: `node bin/bun.js src/config/docs.ts`. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { listSettingKeys, PROVIDER_ID, type SettingKey } from "./key.ts";

/** Defaults that depend on the machine. */
const DEFAULT_TEXTS: Readonly<Record<string, string>> = {
  data_dir: "`$XDG_DATA_HOME/modeltap`, else `~/.local/share/modeltap`",
  database: "`<data_dir>/modeltap.db`",
  "pricing.cache": "`<data_dir>/pricing-cache.jsonl`",
  log_format: "`pretty` on a terminal, else `json`",
};

const INTRODUCTION = `# Configuration

<!-- Written by src/config/docs.ts from src/config/schema.ts. Change the schema, then run \`node bin/bun.js src/config/docs.ts\`. -->

modeltap runs without any configuration. What differs from the defaults is taken from these places; the first that has a value wins:

1. flags of the command line, such as \`--port 9000\`
2. environment variables, such as \`MODELTAP_PORT=9000\`
3. the file named by \`--env-file\`
4. \`.env\` in the configuration directory
5. what was stored by the pages
6. \`config.toml\` in the configuration directory, or the file named by \`--config\`
7. the defaults below

The configuration directory is \`$XDG_CONFIG_HOME/modeltap\`, else \`~/.config/modeltap\`. The \`.env\` file of the working directory is
**not** read by itself: a repository you only look at could send your keys elsewhere with it. \`npm start\` in a checkout of
modeltap reads the \`.env\` beside it.

\`modeltap config show\` prints every value and where it comes from. When something is wrong, every problem is told in one line
each, nothing is started, and the exit code is 1.

- **Durations** are text with a unit (\`"250ms"\`, \`"10s"\`, \`"15m"\`, \`"1h30m"\`, \`"30d"\`) or a plain number of milliseconds.
- **Sizes** are text with a unit (\`"64MiB"\` of 1024, \`"2GB"\` of 1000) or a plain number of bytes.
- **Lists** are arrays in config.toml, and separated by commas in the environment.
- **Paths** may begin with \`~/\`. Relative ones begin at the file they stand in, or at the working directory.
- An empty environment variable counts as not set. An unknown \`MODELTAP_…\` variable or key is an error.
- Names of [prior programs](coming-from.md) are understood.

\`\`\`toml
# ~/.config/modeltap/config.toml
port = 9000
upstream = "my-gateway"

[timeouts]
first_byte = "20m"

[providers.my-gateway]
base_url = "https://gateway.example/v1"
\`\`\`
`;

/** The whole page. */
export function renderConfigurationPage(): string {
  const keys = listSettingKeys();
  const ofProvider = keys.filter((key) => key.path[1] === PROVIDER_ID);
  return [
    INTRODUCTION,
    "## Keys\n",
    ...keys.filter((key) => !ofProvider.includes(key)).map(renderKey),
    "## Providers\n",
    "Each `[providers.<id>]` changes a known provider, or adds one under an id of your own made of a-z, 0-9 and `-`. In the name of its environment variable the id is upper-case with `_` for `-`: `MODELTAP_PROVIDERS_OLLAMA_CLOUD_BASE_URL`.\n",
    ...ofProvider.map(renderKey),
  ].join("\n");
}

function renderKey(key: SettingKey): string {
  const initial =
    DEFAULT_TEXTS[key.name] ?? (key.defaultValue === undefined ? "none" : renderDefault(key.defaultValue));
  return [
    `### \`${key.name}\`\n`,
    `${key.description}\n`,
    `Default: ${initial} · ${key.meta.expects} · \`${key.variable}\`\n`,
  ].join("\n");
}

function renderDefault(value: unknown): string {
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return isEmpty ? "none" : `\`${JSON.stringify(value)}\``;
}

if (import.meta.main) {
  writeFileSync(join(import.meta.dir, "..", "..", "docs", "configuration.md"), renderConfigurationPage());
}
