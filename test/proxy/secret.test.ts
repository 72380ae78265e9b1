import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createFileSecret, createVariableSecret } from "../../src/proxy/secret.ts";

test("a variable is trimmed; empty, missing and many-lined ones count as missing", () => {
  const read = (value: string | undefined) => createVariableSecret({ KEY: value }, "KEY")();
  expect([read(" k \n"), read(""), read("  "), read(undefined), read("a\nb")]).toEqual([
    "k",
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("a file is read anew when it changed, at most once a second, and gone is gone", () => {
  const directory = mkdtempSync(join(tmpdir(), "modeltap-secret-"));
  const file = join(directory, "key");
  let at = 0;
  const read = createFileSecret(file, () => at);
  try {
    expect(read()).toBeUndefined();
    writeFileSync(file, "first\n");
    expect(read()).toBe("first");
    writeFileSync(file, "second one\n");
    expect(read()).toBe("first");
    at += 1000;
    expect(read()).toBe("second one");
    rmSync(file);
    at += 1000;
    expect(read()).toBeUndefined();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
