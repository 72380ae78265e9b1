/** @module The files of one epoch on a real directory: beginning, bound, deleted segments. */

import { expect, test } from "bun:test";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFrameMemory, encodeEntry } from "../../src/journal/frame.ts";
import { JournalDisk } from "../../src/journal/journal-disk.ts";
import { toJournalSettings } from "../../src/journal/options.ts";
import type { JournalProblem } from "../../src/journal/problem.ts";
import { createJournalReader } from "../../src/journal/reader.ts";
import { bodyOf, idOf, patternOf, readAll, removeTempDirectories, tempDirectory } from "../support/journal.ts";

removeTempDirectories();

function openDisk(directory: string, maxBytes = 1_000_000): { readonly disk: JournalDisk; readonly kinds: string[] } {
  const kinds: string[] = [];
  const settings = toJournalSettings({ directory, maxBytes, minFreeBytes: 0, minFreeFraction: 0, nowMs: () => 77 });
  const report = ({ kind }: JournalProblem): void => void kinds.push(kind);
  return { disk: new JournalDisk(settings, report, () => 1), kinds };
}

function frameOf(length: number): { readonly memory: ReturnType<typeof createFrameMemory>; readonly bytes: number } {
  const memory = createFrameMemory(length + 100);
  const bytes = encodeEntry({ type: "body", seq: 1, value: bodyOf(idOf(1), patternOf(length)) }, memory, 0);
  return { memory, bytes };
}

test("appends before it began are errors, not exceptions", () => {
  const { disk } = openDisk(tempDirectory());
  const { memory, bytes } = frameOf(10);
  expect(disk.append("log", memory, bytes).error).toBeInstanceOf(Error);
  expect(disk.bytes).toBe(0);
  disk.look();
  disk.seal();
});

test("it begins when the directory can be made, once, with an epoch entry that tells the process", () => {
  const directory = join(tempDirectory(), "journal");
  writeFileSync(directory, "in the way");
  const { disk } = openDisk(directory);
  expect(disk.begin()).toBeInstanceOf(Error);
  rmSync(directory);
  expect(disk.begin()).toBeUndefined();
  expect(disk.begin()).toBeUndefined();
  expect(readdirSync(directory)).toEqual(["log-77-000001.seg"]);
  expect(disk.segments).toBe(1);
  const [first] = readAll(createJournalReader({ directory }));
  expect(first?.entry).toEqual({ type: "epoch", seq: 0, value: { epoch: "77", startedAtMs: 77, pid: process.pid } });
  disk.seal();
});

test("a segment deleted while it is written is left for a new one", () => {
  const directory = tempDirectory();
  const { disk } = openDisk(directory);
  disk.begin();
  const { memory, bytes } = frameOf(10);
  disk.append("body", memory, bytes);
  rmSync(join(directory, "body-77-000001.seg"));
  disk.look();
  expect(disk.lostSegments).toBe(1);
  disk.append("body", memory, bytes);
  expect(readdirSync(directory).sort()).toEqual(["body-77-000002.seg", "log-77-000001.seg"]);
  disk.look();
  expect(disk.lostSegments).toBe(1);
  disk.seal();
});

test("the bound is held by dropping whole finished segments, never the one being written", () => {
  const directory = tempDirectory();
  const { disk, kinds } = openDisk(directory, 8000);
  disk.begin();
  const { memory, bytes } = frameOf(900);
  for (let round = 0; round < 40; round++) {
    expect(disk.append("body", memory, bytes).error).toBeUndefined();
    expect(disk.bytes).toBeLessThanOrEqual(8000 + 1000);
  }
  expect(disk.dropped.segments).toBeGreaterThan(25);
  expect(disk.dropped.logSegments).toBe(0);
  expect(readdirSync(directory).sort().at(-1)).toBe("log-77-000001.seg");
  expect(new Set(kinds)).toEqual(new Set(["segments-dropped"]));
  disk.seal();
});
