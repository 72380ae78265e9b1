/** @module What the journal takes of the disk, measured on real files. */

import { expect, test } from "bun:test";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DiskUse, isDiskLow } from "../../src/journal/disk-use.ts";
import { removeTempDirectories, tempDirectory } from "../support/journal.ts";

removeTempDirectories();

function write(directory: string, name: string, bytes: number): void {
  writeFileSync(join(directory, name), new Uint8Array(bytes));
}

test("finished segments are measured once, and forgotten when another process deleted them", () => {
  const directory = tempDirectory();
  write(directory, "log-1-000001.seg", 100);
  write(directory, "body-1-000001.seg", 1000);
  write(directory, "body-2-000001.seg", 5000);
  write(directory, "other.txt", 7);
  const use = new DiskUse(directory);
  use.refresh(new Set(["body-2-000001.seg"]));
  expect(use.sealedSegments).toBe(2);
  expect(use.sealedBytes).toBe(1100);
  rmSync(join(directory, "body-1-000001.seg"));
  use.refresh(new Set(["body-2-000001.seg"]));
  expect(use.sealedSegments).toBe(1);
  expect(use.sealedBytes).toBe(100);
});

test("the oldest bodies are dropped first, over all epochs, and logs only when bodies are not enough", () => {
  const directory = tempDirectory();
  const use = new DiskUse(directory);
  const add = (series: "log" | "body", epoch: number, index: number): void => {
    write(directory, `${series}-${epoch}-00000${index}.seg`, 100);
    use.add({ series, epoch, index }, 100);
  };
  add("log", 1, 1);
  add("log", 2, 1);
  add("body", 10, 1);
  add("body", 9, 2);
  add("body", 9, 1);
  const dropped = { segments: 0, logSegments: 0, bytes: 0 };
  use.dropOldest(150, dropped);
  expect(dropped).toEqual({ segments: 2, logSegments: 0, bytes: 200 });
  expect(existsSync(join(directory, "body-10-000001.seg"))).toBe(true);
  use.dropOldest(150, dropped);
  expect(dropped).toEqual({ segments: 3, logSegments: 1, bytes: 400 });
  expect(readdirSync(directory)).toEqual(["log-2-000001.seg"]);
  expect(use.sealedBytes).toBe(100);
});

test("a missing directory holds nothing", () => {
  const use = new DiskUse(join(tempDirectory(), "missing"));
  expect(use.refresh(new Set()).size).toBe(0);
});

test("free space is judged by bytes and by fraction, and not at all where it cannot be asked", () => {
  const directory = tempDirectory();
  expect(isDiskLow(directory, { minFreeBytes: 0, minFreeFraction: 0 })).toBe(false);
  expect(isDiskLow(directory, { minFreeBytes: Number.MAX_SAFE_INTEGER, minFreeFraction: 0 })).toBe(true);
  expect(isDiskLow(directory, { minFreeBytes: 0, minFreeFraction: 1.01 })).toBe(true);
  expect(isDiskLow(join(directory, "missing"), { minFreeBytes: 2 ** 60, minFreeFraction: 1 })).toBe(false);
});
