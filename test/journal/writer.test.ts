/** @module The writer's calls, bounds and memory mode on real directories. */

import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JournalProblem } from "../../src/journal/problem.ts";
import { createJournalReader } from "../../src/journal/reader.ts";
import {
  bodyOf,
  endOf,
  headOf,
  idOf,
  inShort,
  joinBodies,
  openJournal,
  patternOf,
  readAll,
  readNames,
  removeTempDirectories,
  responseHeadOf,
  tempDirectory,
  waitUntil,
} from "../support/journal.ts";

removeTempDirectories();

/** Clock that jumps when told, so that an append can be slow without a slow disk. */
function createSlowClock(): { readonly monotonicMs: () => number; slowByMs: number } {
  let nowMs = 0;
  const clock = {
    slowByMs: 0,
    monotonicMs: () => {
      nowMs += clock.slowByMs;
      return nowMs;
    },
  };
  return clock;
}

describe("on disk", () => {
  test("without bursts a head and an end are in the file when the call returns, with all that came before the end", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory, { flushMs: 60_000 });
    const reader = createJournalReader({ directory });
    journal.head(headOf(idOf(1)));
    expect(inShort(readAll(reader))).toEqual(["epoch", "head 1"]);
    journal.body(bodyOf(idOf(1), patternOf(10), { side: "request" }));
    journal.responseHead(responseHeadOf(idOf(1)));
    expect(inShort(readAll(reader))).toEqual([]);
    journal.end(endOf(idOf(1)));
    expect(inShort(readAll(reader))).toEqual(["body 1", "response-head 1", "end 1"]);
    expect(journal.stats()).toMatchObject({ mode: "disk", appendedEntries: 4, lostEntries: 0, bytesInMemory: 0 });
    journal.close();
    reader.close();
  });

  test("bodies and answer heads reach the file soon without any end", async () => {
    const directory = tempDirectory();
    const journal = openJournal(directory);
    journal.head(headOf(idOf(1)));
    journal.responseHead(responseHeadOf(idOf(1)));
    journal.body(bodyOf(idOf(1), patternOf(10)));
    await waitUntil(() => readNames(directory).length === 4);
    journal.close();
  });

  test("close writes what is buffered, and later calls are counted as lost", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory, { flushMs: 60_000 });
    journal.head(headOf(idOf(1)));
    journal.body(bodyOf(idOf(1), patternOf(10), { side: "request" }));
    journal.close();
    journal.close();
    journal.head(headOf(idOf(2)));
    journal.body(bodyOf(idOf(2), patternOf(10)));
    journal.end(endOf(idOf(2)));
    expect(readNames(directory)).toEqual(["epoch", "head 1", "body 1"]);
    expect(journal.stats()).toMatchObject({ lostEntries: 2, lostHeads: 1, refusedBodyBytes: 10 });
  });

  test("directory and files are readable by the owner only", () => {
    const directory = join(tempDirectory(), "a", "journal");
    const journal = openJournal(directory);
    journal.body(bodyOf(idOf(1), patternOf(10)));
    journal.close();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).length).toBe(2);
  });

  test("an entry larger than a frame is kept without its lists", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory);
    const huge = "x".repeat(2_000_000);
    journal.head(headOf(idOf(1), { headers: [["a", huge]] }));
    journal.head(headOf(idOf(2), { headers: [["a", huge.slice(0, 700_000)]] }));
    journal.end(endOf(idOf(1), { errorMessage: huge }));
    journal.close();
    const entries = readAll(createJournalReader({ directory })).map(({ entry }) => entry);
    expect(inShort(entries)).toEqual(["epoch", "head 1", "head 2", "end 1"]);
    expect(entries[1]?.value).toMatchObject({ headers: [], path: "/v1/chat/completions" });
    expect(entries[2]?.value).toMatchObject({ headers: [["a", huge.slice(0, 700_000)]] });
    expect(journal.stats().lostEntries).toBe(0);
  });

  test("fsync does not change what is read", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory, { sync: true, slowMs: 60_000 });
    journal.head(headOf(idOf(1)));
    journal.end(endOf(idOf(1)));
    expect(readNames(directory)).toEqual(["epoch", "head 1", "end 1"]);
    journal.close();
  });

  test("a journal does not keep its process alive", () => {
    const script = `import { openJournal, headOf, bodyOf, idOf } from ${JSON.stringify(join(import.meta.dir, "../support/journal.ts"))};
      const journal = openJournal(${JSON.stringify(tempDirectory())}); journal.head(headOf(idOf(1))); journal.body(bodyOf(idOf(1), new Uint8Array(9)));`;
    expect(spawnSync(process.execPath, ["-e", script], { timeout: 20_000 }).status).toBe(0);
  });
});

describe("bounds", () => {
  test("over the size bound the oldest body segments go first and are counted", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory, { maxBytes: 400_000, bodySegmentBytes: 40_000 });
    for (let number = 1; number <= 100; number++) {
      journal.head(headOf(idOf(number)));
      journal.body(bodyOf(idOf(number), patternOf(10_000), { side: "request" }));
      journal.end(endOf(idOf(number)));
    }
    const { droppedSegments, droppedLogSegments, droppedBytes, bytesOnDisk, segments } = journal.stats();
    const sizes = readdirSync(directory).map((name) => statSync(join(directory, name)).size);
    const onDisk = sizes.reduce((sum, size) => sum + size, 0);
    expect(bytesOnDisk).toBe(onDisk);
    expect(segments).toBe(sizes.length);
    expect(onDisk).toBeLessThanOrEqual(400_000 + 40_000);
    expect(droppedLogSegments).toBe(0);
    expect(droppedSegments).toBeGreaterThan(10);
    expect(droppedBytes).toBeGreaterThan(500_000);
    const names = readNames(directory);
    expect(names.filter((name) => name.startsWith("head")).length).toBe(100);
    expect(names.filter((name) => name.startsWith("end")).length).toBe(100);
    const bodies = names.filter((name) => name.startsWith("body"));
    expect(bodies.at(-1)).toBe("body 100");
    expect(bodies).toEqual(bodies.map((_, index) => `body ${101 - bodies.length + index}`));
    journal.close();
  });

  test("log segments go only when bodies alone are not enough", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory, { maxBytes: 40_000 });
    for (let number = 1; number <= 300; number++) {
      journal.head(headOf(idOf(number)));
      journal.end(endOf(idOf(number)));
    }
    expect(journal.stats().droppedLogSegments).toBeGreaterThan(5);
    expect(journal.stats().bytesOnDisk).toBeLessThanOrEqual(45_000);
    expect(readNames(directory).at(0)).toBe("epoch");
    expect(readNames(directory).at(-1)).toBe("end 300");
    journal.close();
  });

  test("segments another process deleted no longer count, and those of earlier epochs do", async () => {
    const directory = tempDirectory();
    const first = openJournal(directory);
    first.body(bodyOf(idOf(1), patternOf(100_000)));
    first.close();
    const journal = openJournal(directory, { retryMs: 5 });
    expect(journal.stats().bytesOnDisk).toBeGreaterThan(100_000);
    for (const name of readdirSync(directory)) if (name.startsWith("body")) rmSync(join(directory, name));
    await waitUntil(() => journal.stats().bytesOnDisk < 1000);
    expect(journal.stats().droppedSegments).toBe(0);
    journal.close();
  });

  test("with little free disk bodies are refused and counted, heads and ends are not", () => {
    const directory = tempDirectory();
    const problems: JournalProblem[] = [];
    const journal = openJournal(directory, {
      minFreeBytes: Number.MAX_SAFE_INTEGER,
      onProblem: (problem) => problems.push(problem),
    });
    journal.head(headOf(idOf(1)));
    journal.body(bodyOf(idOf(1), patternOf(1000)));
    journal.end(endOf(idOf(1)));
    expect(journal.stats()).toMatchObject({ diskLow: true, refusedBodyBytes: 1000, lostEntries: 0 });
    expect(readNames(directory)).toEqual(["epoch", "head 1", "end 1"]);
    expect(problems.map(({ kind }) => kind)).toEqual(["disk-low"]);
    journal.close();
    const byFraction = openJournal(tempDirectory(), { minFreeFraction: 1.01 });
    expect(byFraction.stats().diskLow).toBe(true);
    byFraction.close();
  });
});

describe("memory mode", () => {
  test("a directory that cannot be made is no exception: entries wait and drain in order when it can", async () => {
    const parent = tempDirectory();
    const directory = join(parent, "journal");
    writeFileSync(directory, "in the way");
    const journal = openJournal(directory, { retryMs: 5 });
    journal.head(headOf(idOf(1)));
    journal.body(bodyOf(idOf(1), patternOf(600_000), { side: "request" }));
    journal.responseHead(responseHeadOf(idOf(1)));
    journal.end(endOf(idOf(1)));
    journal.head(headOf(idOf(2)));
    const stats = journal.stats();
    expect(stats).toMatchObject({ mode: "memory", lostEntries: 0, bytesOnDisk: 0 });
    expect(stats.writeErrors).toBeGreaterThan(0);
    expect(stats.lastError).toBeString();
    expect(stats.bytesInMemory).toBeGreaterThan(600_000);
    rmSync(directory);
    await waitUntil(() => journal.stats().mode === "disk");
    const entries = readAll(createJournalReader({ directory })).map(({ entry }) => entry);
    expect(inShort(entries)).toEqual([
      "epoch",
      "head 1",
      "body 1",
      "body 1",
      "body 1",
      "response-head 1",
      "end 1",
      "head 2",
    ]);
    expect(Buffer.compare(joinBodies(entries, idOf(1), "request"), patternOf(600_000))).toBe(0);
    expect(journal.stats()).toMatchObject({ bytesInMemory: 0, lostEntries: 0 });
    journal.close();
  });

  test("over its bound the oldest bodies go first, then the oldest heads, all counted and reported once", () => {
    const directory = join(tempDirectory(), "file");
    writeFileSync(directory, "in the way");
    const problems: JournalProblem[] = [];
    const journal = openJournal(directory, { memoryBytes: 20_000, onProblem: (problem) => problems.push(problem) });
    for (let number = 1; number <= 10; number++) journal.head(headOf(idOf(number)));
    for (let number = 1; number <= 10; number++) journal.body(bodyOf(idOf(number), patternOf(3000)));
    expect(journal.stats().lostHeads).toBe(0);
    expect(journal.stats().lostBodyBytes).toBeGreaterThan(10_000);
    expect(journal.stats().bytesInMemory).toBeLessThanOrEqual(20_000);
    for (let number = 11; number <= 60; number++) journal.head(headOf(idOf(number)));
    const { lostHeads, lostEntries, lostBodyBytes } = journal.stats();
    expect(lostBodyBytes).toBe(30_000);
    expect(lostHeads).toBeGreaterThan(10);
    expect(lostEntries).toBe(lostHeads + 10);
    expect(problems.map(({ kind }) => kind)).toEqual(["disk-failed", "entries-lost"]);
    journal.close();
    expect(journal.stats().lostHeads).toBe(60);
  });

  test("after a slow append entries wait in memory until the disk is quick again", async () => {
    const directory = tempDirectory();
    const clock = createSlowClock();
    const journal = openJournal(directory, { monotonicMs: clock.monotonicMs, slowMs: 50, retryMs: 5 });
    journal.head(headOf(idOf(1)));
    clock.slowByMs = 60;
    journal.head(headOf(idOf(2)));
    expect(journal.stats()).toMatchObject({ mode: "memory", slowWrites: 1, writeErrors: 0 });
    journal.head(headOf(idOf(3)));
    expect(readNames(directory)).toEqual(["epoch", "head 1", "head 2"]);
    clock.slowByMs = 0;
    await waitUntil(() => journal.stats().mode === "disk");
    journal.head(headOf(idOf(4)));
    expect(readNames(directory)).toEqual(["epoch", "head 1", "head 2", "head 3", "head 4"]);
    expect(journal.stats().lostEntries).toBe(0);
    journal.close();
  });

  test("a large backlog drains in slices between which other work runs", async () => {
    const directory = join(tempDirectory(), "journal");
    writeFileSync(directory, "in the way");
    let nowMs = 0;
    // Each look at the clock costs a millisecond, so a slice holds only a few writes.
    const journal = openJournal(directory, { retryMs: 5, monotonicMs: () => (nowMs += 1), slowMs: 1000 });
    for (let number = 1; number <= 80; number++) {
      journal.head(headOf(idOf(number)));
      journal.body(bodyOf(idOf(number), patternOf(200_000), { side: "request" }));
    }
    rmSync(directory);
    const left = new Set<number>();
    let added = 80;
    await waitUntil(() => {
      if (added < 90 && left.size > 2) journal.head(headOf(idOf(++added)));
      left.add(journal.stats().bytesInMemory);
      return journal.stats().mode === "disk";
    });
    expect(left.size).toBeGreaterThan(5);
    expect(added).toBeGreaterThan(80);
    journal.close();
    const names = readNames(directory).filter((name) => name.startsWith("head"));
    expect(names).toEqual(Array.from({ length: added }, (_, index) => `head ${index + 1}`));
  });

  test("a directory that is removed while running is made again and the journal goes on", async () => {
    const directory = join(tempDirectory(), "journal");
    const journal = openJournal(directory, { retryMs: 5 });
    journal.head(headOf(idOf(1)));
    journal.end(endOf(idOf(1)));
    rmSync(directory, { recursive: true });
    await waitUntil(() => journal.stats().writeErrors === 1);
    journal.head(headOf(idOf(2)));
    journal.body(bodyOf(idOf(2), patternOf(5), { side: "request" }));
    journal.end(endOf(idOf(2)));
    expect(readNames(directory)).toEqual(["epoch", "head 2", "body 2", "end 2"]);
    journal.close();
  });
});
