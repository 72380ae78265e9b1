/** @module The mark that survives a crash. */

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openPoisonMark } from "../../src/record/poison.ts";
import { createId } from "./entries.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "poison-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** As after a crash of the recorder itself. */
function open(isCrash = true) {
  return openPoisonMark(directory, { isCrash });
}

test("an exchange is in quarantine after two crashes, and stays there", () => {
  const id = createId();
  for (let crash = 0; crash < 2; crash++) {
    const mark = open();
    expect(mark.isQuarantined(id)).toBe(false);
    mark.mark(createId());
    mark.mark(id);
    // No close: the process died here.
  }
  expect(open().isQuarantined(id)).toBe(true);
  expect(open().isQuarantined(id)).toBe(true);
});

test("a kill from outside is weak evidence: two on one exchange are chance, eight are not", () => {
  const id = createId();
  for (let kill = 0; kill < 8; kill++) {
    const mark = open(false);
    expect(mark.isQuarantined(id)).toBe(false);
    mark.mark(id);
  }
  expect(open(false).isQuarantined(id)).toBe(true);
});

test("a recorder that ended or was idle blames nobody", () => {
  const id = createId();
  for (let run = 0; run < 3; run++) {
    const mark = open();
    mark.mark(id);
    if (run === 1) mark.close();
    else mark.clear();
  }
  expect(open().isQuarantined(id)).toBe(false);
});

test("damaged files are no reason not to start", () => {
  writeFileSync(join(directory, "recorder-reading"), "x");
  writeFileSync(join(directory, "recorder-suspects.json"), "{");
  const mark = open();
  expect(mark.isQuarantined(createId())).toBe(false);
  mark.close();
});

test("only the newest hundred suspects are remembered", () => {
  const ids = Array.from({ length: 102 }, () => createId());
  for (const id of ids) {
    for (let crash = 0; crash < 2; crash++) open().mark(id);
  }
  const mark = open();
  expect(ids.map((id) => mark.isQuarantined(id)).lastIndexOf(false)).toBe(1);
});
