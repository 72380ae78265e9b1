/** @module Both series read back in order: live, across epochs, from cursors, after prune. */

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { compareCursor } from "../../src/journal/cursor.ts";
import { createJournalReader, type ReadEntry } from "../../src/journal/reader.ts";
import {
  bodyOf,
  endOf,
  entriesOf,
  exchangesInShort,
  fileOf,
  headOf,
  idOf,
  inShort,
  joinBodies,
  openJournal,
  patternOf,
  readAll,
  removeTempDirectories,
  responseHeadOf,
  tempDirectory,
  writeExchange,
} from "../support/journal.ts";

removeTempDirectories();

describe("order", () => {
  test("an empty or missing directory has nothing, and what comes later is seen", () => {
    const directory = join(tempDirectory(), "later");
    const reader = createJournalReader({ directory });
    expect(reader.poll(1000)).toEqual([]);
    const journal = openJournal(directory);
    expect(inShort(readAll(reader))).toEqual(["epoch"]);
    writeExchange(journal, 1);
    expect(inShort(readAll(reader))).toEqual(exchangesInShort(1));
    expect(reader.poll(1000)).toEqual([]);
    journal.close();
    reader.close();
  });

  test("entries come in the order they were appended, whatever series they are in", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory);
    for (let number = 1; number <= 50; number++) writeExchange(journal, number);
    journal.close();
    const read = readAll(createJournalReader({ directory }), 5000);
    expect(inShort(read)).toEqual([
      "epoch",
      ...exchangesInShort(...Array.from({ length: 50 }, (_, index) => index + 1)),
    ]);
    const seqs = entriesOf(read).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });

  test("pieces of a long stream flow while its exchange is open", async () => {
    const directory = tempDirectory();
    const journal = openJournal(directory);
    const reader = createJournalReader({ directory });
    journal.head(headOf(idOf(1)));
    journal.responseHead(responseHeadOf(idOf(1)));
    journal.body(bodyOf(idOf(1), patternOf(10)));
    await Bun.sleep(30);
    expect(inShort(readAll(reader))).toEqual(["epoch", "head 1", "response-head 1", "body 1"]);
    journal.body(bodyOf(idOf(1), patternOf(10), { offset: 10 }));
    await Bun.sleep(30);
    expect(inShort(readAll(reader))).toEqual(["body 1"]);
    journal.close();
    reader.close();
  });

  test("an answer piece waits for its answer head even when it is visible first", () => {
    // The two files as they are between the two write calls of one flush.
    const directory = tempDirectory();
    const journal = openJournal(directory, { flushMs: 60_000 });
    const reader = createJournalReader({ directory });
    journal.head(headOf(idOf(1)));
    const logBytes = statSync(fileOf(directory, "log")).size;
    journal.responseHead(responseHeadOf(idOf(1)));
    journal.body(bodyOf(idOf(1), patternOf(10)));
    journal.close();
    const log = fileOf(directory, "log");
    const whole = readFileSync(log);
    truncateSync(log, logBytes);
    expect(inShort(readAll(reader))).toEqual(["epoch", "head 1"]);
    writeFileSync(log, whole);
    expect(inShort(readAll(reader))).toEqual(["response-head 1", "body 1"]);
    reader.close();
  });

  test("every poll makes progress and holds its bound, whatever the backlog", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory);
    for (let number = 1; number <= 20; number++) writeExchange(journal, number, 50_000);
    journal.close();
    const reader = createJournalReader({ directory });
    const total = reader.backlogBytes();
    let polls = 0;
    const all: ReadEntry[] = [];
    for (let some = reader.poll(60_000); some.length > 0; some = reader.poll(60_000)) {
      polls += 1;
      const bytes = entriesOf(some).reduce(
        (sum, entry) => sum + (entry.type === "body" ? entry.value.bytes.byteLength : 0),
        0,
      );
      expect(bytes).toBeLessThanOrEqual(110_000);
      all.push(...some);
    }
    expect(polls).toBeGreaterThan(15);
    expect(inShort(all).length).toBe(101);
    expect(total).toBeGreaterThan(2_000_000);
    expect(reader.backlogBytes()).toBe(0);
    expect(reader.poll(1)).toEqual([]);
    reader.close();
    expect(createJournalReader({ directory }).poll(1).length).toBe(1);
  });

  test("a body of 5 MB comes back byte for byte", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory);
    const bytes = patternOf(5 * 1024 * 1024 + 17);
    journal.head(headOf(idOf(1)));
    journal.body(bodyOf(idOf(1), bytes, { offset: 0 }));
    journal.end(endOf(idOf(1)));
    const entries = entriesOf(readAll(createJournalReader({ directory })));
    expect(Buffer.compare(joinBodies(entries, idOf(1), "response"), bytes)).toBe(0);
    expect(inShort(entries).at(-1)).toBe("end 1");
    journal.close();
  });

  test("any mix of exchanges is read as written, in pieces of any size and across any rotation", () => {
    const step = fc.record({
      exchange: fc.integer({ min: 1, max: 5 }),
      kind: fc.constantFrom("head", "response-head", "body", "end", "poll"),
      size: fc.integer({ min: 0, max: 3000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 20_000 }), (steps, pollBytes) => {
        const directory = tempDirectory();
        const journal = openJournal(directory, { logSegmentBytes: 2000, bodySegmentBytes: 5000, burstBytes: 4096 });
        const reader = createJournalReader({ directory });
        const read: ReadEntry[] = [];
        const sent = new Map<string, number[]>();
        const records: string[] = [];
        for (const { exchange, kind, size } of steps) {
          const id = idOf(exchange);
          if (kind === "poll") read.push(...reader.poll(pollBytes));
          else if (kind === "body") {
            const bytes = patternOf(size, exchange);
            const before = sent.get(id) ?? [];
            journal.body(bodyOf(id, bytes, { offset: before.length }));
            sent.set(id, [...before, ...bytes]);
          } else {
            records.push(`${kind} ${exchange}`);
            if (kind === "head") journal.head(headOf(id));
            else if (kind === "response-head") journal.responseHead(responseHeadOf(id));
            else journal.end(endOf(id));
          }
        }
        // Pieces without a head wait for a later log entry.
        journal.head(headOf(idOf(9)));
        records.push("head 9");
        journal.close();
        read.push(...readAll(reader, pollBytes));
        const entries = entriesOf(read);
        for (const [id, bytes] of sent) {
          expect([...joinBodies(entries, idOf(Number.parseInt(id.slice(-8), 16)), "response")]).toEqual(bytes);
        }
        expect(inShort(entries).filter((name) => name !== "epoch" && !name.startsWith("body"))).toEqual(records);
        expect(reader.damage()).toEqual({ tornTails: 0, corruptFrames: 0, skippedBytes: 0, vanishedSegments: 0 });
        // No end before a body of its exchange that was appended earlier.
        const lastEnd = new Map<string, number>();
        for (const entry of entries) {
          if (entry.type === "end") lastEnd.set(entry.value.id, entry.seq);
          if (entry.type === "body") expect(entry.seq).toBeGreaterThan(lastEnd.get(entry.value.id) ?? -1);
        }
        reader.close();
      }),
      { numRuns: 60 },
    );
  });
});

describe("epochs", () => {
  test("each process begins new segments and is announced once, behind all that came before", () => {
    const directory = tempDirectory();
    for (const number of [1, 2]) {
      const journal = openJournal(directory, { logSegmentBytes: 700 });
      writeExchange(journal, number * 10);
      writeExchange(journal, number * 10 + 1);
      journal.close();
    }
    const read = readAll(createJournalReader({ directory }));
    expect(inShort(read)).toEqual(["epoch", ...exchangesInShort(10, 11), "epoch", ...exchangesInShort(20, 21)]);
  });

  test("an epoch is later than the one before it even when the clock was set back", () => {
    const directory = tempDirectory();
    const first = openJournal(directory, { nowMs: () => 2_000_000_000_000 });
    writeExchange(first, 1);
    first.close();
    const second = openJournal(directory, { nowMs: () => 1_000_000_000_000 });
    writeExchange(second, 2);
    second.close();
    expect(inShort(readAll(createJournalReader({ directory })))).toEqual([
      "epoch",
      ...exchangesInShort(1),
      "epoch",
      ...exchangesInShort(2),
    ]);
  });
});

describe("cursor", () => {
  test("reading from an entry's cursor shows that entry and everything of its exchange again", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory, { logSegmentBytes: 1500, bodySegmentBytes: 2000 });
    for (let number = 1; number <= 12; number++) writeExchange(journal, number, 300);
    journal.close();
    const all = readAll(createJournalReader({ directory }));
    for (const [index, { entry, at }] of all.entries()) {
      const again = inShort(readAll(createJournalReader({ directory, from: at })));
      if (entry.type === "epoch" || entry.type === "head") expect(again).toEqual(inShort(all.slice(index)));
      else expect(again).toContain(inShort([entry])[0] ?? "");
    }
    const cursors = all.map(({ at }) => at);
    expect(cursors).toEqual(cursors.toSorted(compareCursor));
  });

  test("the position after a poll goes on exactly there", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory, { logSegmentBytes: 1500, bodySegmentBytes: 2000 });
    for (let number = 1; number <= 12; number++) writeExchange(journal, number, 300);
    journal.close();
    const whole = inShort(readAll(createJournalReader({ directory })));
    const parts: string[] = [];
    let from: string | undefined;
    for (;;) {
      const reader = createJournalReader({ directory, ...(from === undefined ? {} : { from }) });
      const some = reader.poll(1500);
      if (some.length === 0) break;
      parts.push(...inShort(some));
      from = reader.position();
      reader.close();
    }
    expect(parts).toEqual(whole);
  });

  test("prune deletes what lies wholly before a cursor and nothing a later start needs", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory, { logSegmentBytes: 1500, bodySegmentBytes: 2000 });
    for (let number = 1; number <= 30; number++) writeExchange(journal, number, 300);
    journal.close();
    const reader = createJournalReader({ directory });
    const all = readAll(reader);
    const middle = all.findIndex(({ entry }) => inShort([entry])[0] === "head 20");
    const at = all[middle]?.at ?? "";
    const before = readdirSync(directory).length;
    const pruned = reader.prune(at);
    expect(pruned.segments).toBeGreaterThan(5);
    expect(pruned.bytes).toBeGreaterThan(5000);
    expect(readdirSync(directory).length).toBe(before - pruned.segments);
    expect(inShort(readAll(createJournalReader({ directory, from: at })))).toEqual(inShort(all.slice(middle)));
    expect(reader.prune("no cursor")).toEqual({ segments: 0, bytes: 0 });
    reader.prune(reader.position());
    expect(readdirSync(directory).length).toBe(2);
  });

  test("the last log segment outlives every prune, so that epochs keep growing", () => {
    const directory = tempDirectory();
    openJournal(directory, { nowMs: () => 2_000_000_000_000 }).close();
    const reader = createJournalReader({ directory });
    readAll(reader);
    reader.prune(reader.position());
    const journal = openJournal(directory, { nowMs: () => 1_000_000_000_000 });
    writeExchange(journal, 1);
    expect(inShort(readAll(reader))).toEqual(["epoch", ...exchangesInShort(1)]);
    journal.close();
    reader.close();
  });
});
