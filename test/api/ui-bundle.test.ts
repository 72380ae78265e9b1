/** @module The pages can live inside an executable as they live in a checkout. */

import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildUi, toEmbeddedModule } from "../../src/api/ui-bundle.ts";

test("names files by their content, so that a build of the same sources is the same", async () => {
  const [one, two] = await Promise.all([buildUi(), buildUi()]);
  expect(two).toEqual(one);
  for (const file of one.files) expect(file.name).toMatch(/-[a-z0-9]{6,}\.(js|css|svg)$/);
});

test("the embedded module gives back the same bundle", async () => {
  const directory = mkdtempSync(join(tmpdir(), "modeltap-ui-"));
  try {
    const bundle = await buildUi();
    const path = join(directory, "embedded.js");
    await Bun.write(path, toEmbeddedModule(bundle));
    const embedded: unknown = await import(path);
    expect(embedded).toEqual({ embeddedUi: bundle });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
