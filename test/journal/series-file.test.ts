/** @module Appends to one series: rotation, short writes, files that cannot be made. */

import { expect, test } from "bun:test";
import {
  closeSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createFrameMemory, encodeEntry, type FrameMemory } from "../../src/journal/frame.ts";
import { HEADER_BYTES } from "../../src/journal/segment.ts";
import { SeriesFile, type SeriesFileOptions } from "../../src/journal/series-file.ts";
import { bodyOf, idOf, patternOf, removeTempDirectories, tempDirectory } from "../support/journal.ts";
import { whyNoSmallDisk, withSmallDisk } from "../support/small-disk.ts";

removeTempDirectories();

const sealed: string[] = [];

function openSeries(directory: string, more: Partial<SeriesFileOptions> = {}): SeriesFile {
  sealed.length = 0;
  return new SeriesFile({
    directory,
    series: "body",
    epoch: 5,
    limitBytes: 1000,
    sync: false,
    monotonicMs: () => 0,
    preamble: () => new Uint8Array(HEADER_BYTES),
    onSealed: (segment, sizeBytes) => sealed.push(`${segment.index}: ${sizeBytes}`),
    ...more,
  });
}

function frames(count: number, length: number): { readonly memory: FrameMemory; readonly bytes: number } {
  const memory = createFrameMemory(100_000);
  let bytes = 0;
  for (let seq = 0; seq < count; seq++) {
    bytes += encodeEntry({ type: "body", seq, value: bodyOf(idOf(1), patternOf(length)) }, memory, bytes);
  }
  return { memory, bytes };
}

test("a segment ends before the append that would pass its limit", () => {
  const directory = tempDirectory();
  const file = openSeries(directory);
  const { memory, bytes } = frames(1, 349);
  expect(bytes).toBe(400);
  for (let round = 0; round < 5; round++) expect(file.append(memory, bytes).writtenBytes).toBe(400);
  expect(sealed).toEqual(["1: 840", "2: 840"]);
  expect(file.segment?.index).toBe(3);
  expect(file.sizeBytes).toBe(440);
  file.seal();
  expect(
    readdirSync(directory)
      .sort()
      .map((name) => statSync(join(directory, name)).size),
  ).toEqual([840, 840, 440]);
});

test("nothing exists before the first append unless it is started", () => {
  const directory = tempDirectory();
  const file = openSeries(directory);
  expect(readdirSync(directory)).toEqual([]);
  expect(file.start()).toEqual({ writtenBytes: 0, tookMs: 0 });
  expect(readdirSync(directory)).toEqual(["body-5-000001.seg"]);
  file.seal();
  file.seal();
  expect(sealed).toEqual(["1: 40"]);
});

test("an append to a file that cannot be opened is an error and leaves nothing behind", () => {
  const directory = join(tempDirectory(), "file");
  writeFileSync(directory, "in the way");
  const file = openSeries(directory);
  const { memory, bytes } = frames(1, 10);
  const failed = file.append(memory, bytes);
  expect(failed.writtenBytes).toBe(0);
  expect(failed.error).toBeInstanceOf(Error);
  rmSync(directory);
  expect(file.append(memory, bytes)).toEqual({ writtenBytes: bytes, tookMs: 0 });
  expect(existsSync(join(directory, "body-5-000001.seg"))).toBe(true);
  file.seal();
});

test("a preamble that fails leaves no file, so that retries do not fill the directory", () => {
  const directory = tempDirectory();
  const file = openSeries(directory, {
    preamble: () => {
      throw new Error("no preamble");
    },
  });
  for (let round = 0; round < 3; round++) expect(file.start().error?.message).toBe("no preamble");
  expect(readdirSync(directory)).toEqual([]);
});

test("a file of somebody else with the next name is left alone", () => {
  const directory = tempDirectory();
  writeFileSync(join(directory, "body-5-000001.seg"), "theirs");
  const file = openSeries(directory);
  expect(file.start().error).toBeInstanceOf(Error);
  expect(file.start().error).toBeUndefined();
  expect(file.segment?.index).toBe(2);
  expect(readFileSync(join(directory, "body-5-000001.seg"), "utf8")).toBe("theirs");
  file.seal();
});

test.skipIf(process.platform !== "linux")("after an error that is not a full disk a new segment begins", () => {
  const directory = tempDirectory();
  const file = openSeries(directory);
  const { memory, bytes } = frames(1, 10);
  file.append(memory, bytes);
  closeBehindItsBack(join(directory, "body-5-000001.seg"));
  const failed = file.append(memory, bytes);
  expect(failed).toMatchObject({ writtenBytes: 0 });
  expect(failed.error).toBeInstanceOf(Error);
  expect(sealed).toEqual([`1: ${HEADER_BYTES + bytes}`]);
  expect(file.append(memory, bytes).writtenBytes).toBe(bytes);
  expect(file.segment?.index).toBe(2);
  file.seal();
});

test.skipIf(whyNoSmallDisk !== undefined)(
  `a disk that fills up in the middle of an append keeps its whole frames and cuts the rest off${whyNoSmallDisk ?? ""}`,
  () =>
    withSmallDisk((mount) => {
      writeFileSync(join(mount, "filler"), new Uint8Array(950_000));
      const directory = join(mount, "journal");
      const file = openSeries(directory, { limitBytes: 1_000_000 });
      const memory = createFrameMemory(500_000);
      const ends: number[] = [];
      for (let bytes = 0; bytes < 400_000; ends.push(bytes)) {
        bytes += encodeEntry(
          { type: "body", seq: ends.length, value: bodyOf(idOf(1), patternOf(9000)) },
          memory,
          bytes,
        );
      }
      const wholeBytes = ends.at(-1) ?? 0;
      const full = file.append(memory, wholeBytes);
      expect(full.error).toBeInstanceOf(Error);
      expect(full.writtenBytes).toBeGreaterThan(0);
      expect(ends).toContain(full.writtenBytes);
      expect(statSync(join(directory, "body-5-000001.seg")).size).toBe(HEADER_BYTES + full.writtenBytes);
      rmSync(join(mount, "filler"));
      const more = ends[0] ?? 0;
      expect(file.append(memory, more).writtenBytes).toBe(more);
      expect(file.segment?.index).toBe(1);
      expect(file.sizeBytes).toBe(HEADER_BYTES + full.writtenBytes + more);
      file.seal();
    }),
);

test("the time of an append is told", () => {
  let nowMs = 0;
  const file = openSeries(tempDirectory(), { monotonicMs: () => (nowMs += 70) });
  const { memory, bytes } = frames(1, 10);
  expect(file.append(memory, bytes).tookMs).toBe(70);
  file.seal();
});

/** Closes the descriptor of an open file, so that the next write fails as on a broken device. */
function closeBehindItsBack(path: string): void {
  for (const name of readdirSync("/proc/self/fd")) {
    try {
      if (readlinkSync(`/proc/self/fd/${name}`) === path) closeSync(Number(name));
    } catch {
      // The descriptor of the listing itself is gone by now.
    }
  }
}
