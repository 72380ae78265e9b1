/** @module Defaults of the journal. */

import { describe, expect, test } from "bun:test";
import { toJournalSettings } from "../../src/journal/options.ts";
import {
  bodyOf,
  endOf,
  headOf,
  idOf,
  openJournal,
  patternOf,
  readNames,
  removeTempDirectories,
  tempDirectory,
} from "../support/journal.ts";

test("what is set wins over the defaults, which are those of the documentation", () => {
  const settings = toJournalSettings({ directory: "/d", maxBytes: 7 });
  expect(settings).toMatchObject({ directory: "/d", maxBytes: 7, sync: false, flushMs: 5, slowMs: 50, retryMs: 1000 });
  expect(settings.logSegmentBytes).toBe(8 * 1024 ** 2);
  expect(settings.bodySegmentBytes).toBe(32 * 1024 ** 2);
  expect(settings.minFreeBytes).toBe(2 * 1024 ** 3);
  expect(toJournalSettings({ directory: "/d" }).maxBytes).toBe(4 * 1024 ** 3);
});

removeTempDirectories();

describe("bursts", () => {
  test("requests of one turn share their write calls, and settled() tells when they are in the file", async () => {
    const directory = tempDirectory();
    const journal = openJournal(directory, { flushMs: 60_000, bursts: true });
    for (let number = 1; number <= 3; number++) journal.head(headOf(idOf(number)));
    for (let number = 1; number <= 3; number++) {
      journal.body(bodyOf(idOf(number), patternOf(10), { side: "request" }));
      journal.end(endOf(idOf(number)));
    }
    expect(readNames(directory)).toEqual(["epoch", "head 1"]);
    const settled = journal.settled();
    expect(journal.settled()).toBe(settled);
    await settled;
    expect(readNames(directory).toSorted()).toEqual(
      ["epoch", "head 1", "head 2", "head 3", "body 1", "body 2", "body 3", "end 1", "end 2", "end 3"].toSorted(),
    );
    await journal.settled();
    journal.close();
  });

  test("one that runs alone waits for no others: it is in the file when the call returns", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory, { flushMs: 60_000, bursts: true });
    for (let number = 1; number <= 2; number++) {
      const before = readNames(directory);
      journal.head(headOf(idOf(number)));
      expect(readNames(directory).slice(before.length)).toEqual([`head ${number}`]);
      journal.body(bodyOf(idOf(number), patternOf(10), { side: "request" }));
      journal.end(endOf(idOf(number)));
      expect(readNames(directory)).toContain(`end ${number}`);
    }
    journal.close();
  });

  test("settled() resolves in memory mode and after close too", async () => {
    const journal = openJournal("/proc/nowhere", { bursts: true });
    journal.head(headOf(idOf(1)));
    await journal.settled();
    journal.close();
    await journal.settled();
    expect(journal.stats().lostHeads).toBe(1);
  });
});
