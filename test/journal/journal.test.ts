/** @module The promise of the journal on failing disks and under kill -9. */

import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createJournalReader, type ReadEntry } from "../../src/journal/reader.ts";
import {
  bodyOf,
  endOf,
  entriesOf,
  headOf,
  idOf,
  inShort,
  joinBodies,
  openJournal,
  patternOf,
  readAll,
  readNames,
  removeTempDirectories,
  tempDirectory,
  waitUntil,
} from "../support/journal.ts";
import { whyNoSmallDisk, withSmallDisk } from "../support/small-disk.ts";

removeTempDirectories();

describe.skipIf(whyNoSmallDisk !== undefined)(`on a disk of its own${whyNoSmallDisk ?? ""}`, () => {
  test("a disk that fills up loses nothing: whole frames stay, the rest waits and drains in order", () =>
    withSmallDisk(async (mount) => {
      const directory = join(mount, "journal");
      writeFileSync(join(mount, "filler"), new Uint8Array(500_000));
      const journal = openJournal(directory, { retryMs: 5, bodySegmentBytes: 100_000 });
      const reader = createJournalReader({ directory });
      const read: ReadEntry[] = [];
      const expected: string[] = [];
      for (let number = 1; number <= 60; number++) {
        journal.head(headOf(idOf(number)));
        journal.body(bodyOf(idOf(number), patternOf(10_007, number), { side: "request" }));
        journal.end(endOf(idOf(number)));
        expected.push(`head ${number}`, `body ${number}`, `end ${number}`);
        read.push(...readAll(reader));
      }
      expect(journal.stats()).toMatchObject({ mode: "memory", lostEntries: 0 });
      expect(journal.stats().writeErrors).toBeGreaterThan(0);
      await Bun.sleep(40);
      read.push(...readAll(reader));
      expect(read.length).toBeLessThan(expected.length);
      rmSync(join(mount, "filler"));
      await waitUntil(() => journal.stats().mode === "disk");
      read.push(...readAll(reader));
      expect(inShort(read)).toEqual(["epoch", ...expected]);
      for (let number = 1; number <= 60; number++) {
        const joined = joinBodies(entriesOf(read), idOf(number), "request");
        expect(Buffer.compare(joined, patternOf(10_007, number))).toBe(0);
      }
      expect(reader.damage()).toEqual({ tornTails: 0, corruptFrames: 0, skippedBytes: 0, vanishedSegments: 0 });
      expect(readNames(directory)).toEqual(["epoch", ...expected]);
      journal.close();
      reader.close();
    }));

  test("a file system that becomes read-only costs nothing but time", () =>
    withSmallDisk(async (mount) => {
      spawnSync("mount", ["-o", "remount,ro", mount]);
      const journal = openJournal(join(mount, "journal"), { retryMs: 5 });
      journal.head(headOf(idOf(1)));
      expect(journal.stats()).toMatchObject({ mode: "memory", lostEntries: 0 });
      spawnSync("mount", ["-o", "remount,rw", mount]);
      await waitUntil(() => journal.stats().mode === "disk");
      expect(readNames(join(mount, "journal"))).toEqual(["epoch", "head 1"]);
      journal.close();
    }));
});

describe("kill -9", () => {
  test("every head and end that had returned is read by a reader that ran beside the writer", async () => {
    const directory = tempDirectory();
    const reader = createJournalReader({ directory });
    const victim = join(import.meta.dir, "../support/journal-victim.ts");
    for (let round = 0; round < 20; round++) {
      const told = join(tempDirectory(), "told");
      const child = Bun.spawn([process.execPath, victim, directory], { stdout: Bun.file(told), stderr: "inherit" });
      const read: string[] = [];
      await waitUntil(() => {
        // Large polls look at the files again within one poll, small ones stop in the middle of what is there.
        read.push(...inShort(readAll(reader, round % 2 === 0 ? 50_000_000 : 100_000)));
        return read.length > 20 + round * 37;
      });
      child.kill("SIGKILL");
      await child.exited;
      // The next epoch makes the torn tail final.
      const next = openJournal(directory);
      next.close();
      read.push(...inShort(readAll(reader)));
      const claims = readFileSync(told, "utf8").split("\n").slice(0, -1);
      expect(claims.length).toBeGreaterThan(5);
      const found = new Set(read);
      expect(claims.filter((name) => !found.has(name))).toEqual([]);
      for (const [index, name] of read.entries()) {
        if (!name.startsWith("end")) continue;
        const before = read.slice(Math.max(0, index - 4), index).join(", ");
        const number = name.slice(4);
        expect(before).toBe(`head ${number}, body ${number}, response-head ${number}, body ${number}`);
      }
      const records = read.filter((name) => !name.startsWith("body"));
      expect(new Set(records.filter((name) => name !== "epoch")).size).toBe(
        records.filter((name) => name !== "epoch").length,
      );
      reader.prune(reader.position());
    }
    expect(reader.damage().corruptFrames).toBe(0);
    expect(reader.damage().vanishedSegments).toBe(0);
    reader.close();
  }, 120_000);
});
