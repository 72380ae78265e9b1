import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { renderConfigurationPage } from "../../src/config/docs.ts";
import { listSettingKeys } from "../../src/config/key.ts";

const page = readFileSync(join(import.meta.dir, "..", "..", "docs", "configuration.md"), "utf8");

test("docs/configuration.md is what the schema says; `node bin/bun.js src/config/docs.ts` writes it", () => {
  expect(page).toBe(renderConfigurationPage());
});

test("it has a section for each key, with its variable", () => {
  const missing = listSettingKeys().filter(
    (key) => !page.includes(`### \`${key.name}\``) || !page.includes(key.variable),
  );
  expect(missing.map((key) => key.name)).toEqual([]);
});
