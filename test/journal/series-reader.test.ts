/** @module One series read through growth, torn tails, wrong bytes and vanished segments. */

import { describe, expect, test } from "bun:test";
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createJournalReader } from "../../src/journal/reader.ts";
import { SeriesReader } from "../../src/journal/series-reader.ts";
import {
  bodyOf,
  exchangesInShort,
  fileOf,
  headOf,
  idOf,
  inShort,
  openJournal,
  patternOf,
  readAll,
  removeTempDirectories,
  tempDirectory,
  writeExchange,
} from "../support/journal.ts";

removeTempDirectories();

function openSeries(directory: string, series: "log" | "body"): SeriesReader {
  const damage = { tornTails: 0, corruptFrames: 0, skippedBytes: 0, vanishedSegments: 0 };
  return new SeriesReader(directory, series, undefined, { tick: 0 }, damage);
}

test("an entry is shown until it is taken", () => {
  const directory = tempDirectory();
  const journal = openJournal(directory);
  journal.head(headOf(idOf(1)));
  journal.close();
  const log = openSeries(directory, "log");
  expect(log.peek(0)?.entry.type).toBe("epoch");
  const before = log.position;
  expect(log.peek(0)?.entry.type).toBe("epoch");
  expect(log.position).toEqual(before);
  log.take();
  expect(log.position.offset).toBeGreaterThan(before.offset);
  expect(log.peek(0)?.entry.type).toBe("head");
  log.take();
  expect(log.peek(99)).toBeUndefined();
  log.take();
  log.close();
});

test("nothing is told from an old look: a newer tick makes it look again", () => {
  const directory = tempDirectory();
  const journal = openJournal(directory);
  const clock = { tick: 0 };
  const damage = { tornTails: 0, corruptFrames: 0, skippedBytes: 0, vanishedSegments: 0 };
  const log = new SeriesReader(directory, "log", undefined, clock, damage);
  log.peek(0);
  log.take();
  const since = clock.tick;
  expect(log.peek(since)).toBeUndefined();
  journal.head(headOf(idOf(1)));
  expect(log.peek(since)).toBeUndefined();
  expect(log.peek(clock.tick)?.entry.type).toBe("head");
  journal.close();
  log.close();
});

test("each series sees only its own segments", () => {
  const directory = tempDirectory();
  const journal = openJournal(directory, { bodySegmentBytes: 2000 });
  for (let number = 1; number <= 20; number++) {
    journal.head(headOf(idOf(number)));
    journal.body(bodyOf(idOf(number), patternOf(1500)));
  }
  journal.close();
  expect(readdirSync(directory).length).toBeGreaterThan(1);
  const body = openSeries(directory, "body");
  let count = 0;
  for (; body.peek(0) !== undefined; count++) {
    expect(body.peek(0)?.entry.type).toBe("body");
    body.take();
  }
  expect(count).toBe(20);
  body.close();
});

describe("damage", () => {
  /** Two epochs; the first one's files are then damaged by the test. */
  function writeTwoEpochs(directory: string): void {
    const first = openJournal(directory);
    writeExchange(first, 1);
    writeExchange(first, 2);
    first.close();
    const second = openJournal(directory);
    writeExchange(second, 3);
    second.close();
  }

  test("a log torn at any byte of its last frame costs that frame and nothing else", () => {
    const directory = tempDirectory();
    writeTwoEpochs(directory);
    const log = fileOf(directory, "log");
    const whole = readFileSync(log);
    const reader = createJournalReader({ directory });
    const lastEnd = readAll(reader).find(({ entry }) => inShort([entry])[0] === "end 2");
    const frameAt = Number(lastEnd?.at.split("/")[0]?.split("@")[1]);
    expect(frameAt).toBeGreaterThan(40);
    for (let size = frameAt; size < whole.byteLength; size++) {
      truncateSync(log, size);
      const torn = createJournalReader({ directory });
      const names = inShort(readAll(torn));
      expect(names).toEqual([
        "epoch",
        ...exchangesInShort(1, 2).filter((name) => name !== "end 2"),
        "epoch",
        ...exchangesInShort(3),
      ]);
      expect(torn.damage()).toMatchObject({ tornTails: size === frameAt ? 0 : 1, skippedBytes: size - frameAt });
      torn.close();
      writeFileSync(log, whole);
    }
  });

  test("a body torn at any byte of its last frame costs that piece and nothing else", () => {
    const directory = tempDirectory();
    writeTwoEpochs(directory);
    const body = fileOf(directory, "body");
    const whole = readFileSync(body);
    for (let cut = 1; cut < 151; cut++) {
      truncateSync(body, whole.byteLength - cut);
      const reader = createJournalReader({ directory });
      const names = inShort(readAll(reader));
      expect(names.length).toBe(16);
      expect(names.filter((name) => name === "body 2").length).toBe(1);
      reader.close();
      writeFileSync(body, whole);
    }
  });

  test("the torn tail of the segment being written is waited for", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory);
    writeExchange(journal, 1);
    journal.close();
    const log = fileOf(directory, "log");
    const whole = readFileSync(log);
    truncateSync(log, whole.byteLength - 5);
    const reader = createJournalReader({ directory });
    expect(inShort(readAll(reader)).at(-1)).toBe("body 1");
    expect(reader.poll(1000)).toEqual([]);
    writeFileSync(log, whole);
    expect(inShort(readAll(reader))).toEqual(["end 1"]);
    expect(reader.damage().tornTails).toBe(0);
    reader.close();
  });

  test("a tail that was cut off and replaced by another frame is read as the new frame", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory);
    writeExchange(journal, 1);
    journal.close();
    const log = fileOf(directory, "log");
    const size = statSync(log).size;
    const reader = createJournalReader({ directory });
    readAll(reader);
    const other = tempDirectory();
    const source = openJournal(other);
    source.head(headOf(idOf(7)));
    const soundSize = statSync(fileOf(other, "log")).size;
    source.head(headOf(idOf(8), { path: "/another/path/of/another/length" }));
    source.close();
    const frames = readFileSync(fileOf(other, "log"));
    const [firstAt = 0, secondAt = 0] = readAll(createJournalReader({ directory: other }))
      .slice(1)
      .map(({ at }) => Number(at.split("/")[0]?.split("@")[1]));
    expect(secondAt).toBe(soundSize);
    appendFileSync(log, frames.subarray(firstAt, secondAt - 20));
    expect(reader.poll(1000)).toEqual([]);
    truncateSync(log, size);
    appendFileSync(log, frames.subarray(secondAt));
    expect(inShort(readAll(reader))).toEqual(["head 8"]);
    expect(reader.damage().corruptFrames).toBe(0);
    reader.close();
  });

  test("a wrong byte anywhere in a segment never stops the reader from reaching the next one", () => {
    const directory = tempDirectory();
    writeTwoEpochs(directory);
    for (const series of ["log", "body"]) {
      const file = fileOf(directory, series);
      const whole = readFileSync(file);
      for (let at = 0; at < whole.byteLength; at++) {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ 0x41;
        writeFileSync(file, damaged);
        const reader = createJournalReader({ directory });
        const names = inShort(readAll(reader));
        expect(names.slice(-6)).toEqual(["epoch", ...exchangesInShort(3)]);
        const { corruptFrames, tornTails, skippedBytes } = reader.damage();
        expect(corruptFrames + tornTails).toBeGreaterThan(0);
        expect(skippedBytes).toBeGreaterThan(0);
        reader.close();
      }
      writeFileSync(file, whole);
    }
  });

  test("a damaged frame costs only itself when the next one stands where its length says", () => {
    const directory = tempDirectory();
    writeTwoEpochs(directory);
    const log = fileOf(directory, "log");
    const damaged = readFileSync(log);
    const at = damaged.indexOf('"statusCode"');
    damaged[at] = 0;
    writeFileSync(log, damaged);
    const reader = createJournalReader({ directory });
    expect(inShort(readAll(reader))).toEqual([
      "epoch",
      ...exchangesInShort(1, 2).filter((name) => name !== "response-head 1"),
      "epoch",
      ...exchangesInShort(3),
    ]);
    expect(reader.damage().corruptFrames).toBe(1);
  });

  test("segments that vanish are passed over and counted", () => {
    const directory = tempDirectory();
    const journal = openJournal(directory, { bodySegmentBytes: 300 });
    for (let number = 1; number <= 6; number++) writeExchange(journal, number, 200);
    const reader = createJournalReader({ directory });
    expect(reader.poll(1).length).toBe(1);
    const bodies = readdirSync(directory).filter((name) => name.startsWith("body"));
    expect(bodies.length).toBeGreaterThan(5);
    for (const name of bodies.sort().slice(1, 3)) rmSync(join(directory, name));
    const names = inShort(readAll(reader));
    expect(names.filter((name) => name.startsWith("end")).length).toBe(6);
    // Both pieces of an exchange go with one write call, so each segment holds two.
    expect(names.filter((name) => name.startsWith("body")).length).toBe(8);
    expect(reader.damage().vanishedSegments).toBe(2);
    journal.close();
    reader.close();
  });
});
