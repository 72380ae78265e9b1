/** @module The installation's key: made once, private, kept. */

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { readCredentialKey } from "../../src/proxy/credential-key.ts";

let directory: string;

beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "key-"))));
afterEach(() => rmSync(directory, { recursive: true }));

test("is random, made once and readable by its owner only", () => {
  const key = readCredentialKey(directory);
  expect(key.length).toBe(32);
  expect(new Set(key).size).toBeGreaterThan(8);
  expect([...readCredentialKey(directory)]).toEqual([...key]);
  expect(statSync(join(directory, "identity.key")).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(["identity.key"]);
});

test("a torn file is replaced", () => {
  writeFileSync(join(directory, "identity.key"), "short");
  const key = readCredentialKey(directory);
  expect(key.length).toBe(32);
  expect([...readCredentialKey(directory)]).toEqual([...key]);
});

test("a directory that is not there is an error, not an unkeyed hash", () => {
  expect(() => readCredentialKey(join(directory, "missing"))).toThrow();
});
