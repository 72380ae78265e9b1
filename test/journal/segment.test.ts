/** @module Names and headers of segment files. */

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  encodeSegmentHeader,
  HEADER_BYTES,
  parseSegmentHeader,
  parseSegmentName,
  readSegments,
  toSegmentName,
} from "../../src/journal/segment.ts";
import { removeTempDirectories, tempDirectory } from "../support/journal.ts";

removeTempDirectories();

test("a name and its segment are the same fact", () => {
  for (const series of ["log", "body"] as const) {
    const segment = { series, epoch: 1_764_000_000_000, index: 12 };
    expect(parseSegmentName(toSegmentName(segment))).toEqual(segment);
  }
});

test("other files are not ours", () => {
  for (const name of ["log-1-1.seg.tmp", "log-1.seg", "logs-1-1.seg", "log-a-1.seg", "log-1--1.seg", "", "index.db"]) {
    expect(parseSegmentName(name)).toBeUndefined();
  }
});

test("a directory lists by epoch and number, not by text", () => {
  const directory = tempDirectory();
  for (const name of ["log-9-2.seg", "log-10-1.seg", "log-9-10.seg", "body-9-1.seg", "notes.txt"]) {
    writeFileSync(join(directory, name), "");
  }
  expect(readSegments(directory).map(({ series, epoch, index }) => `${series} ${epoch} ${index}`)).toEqual([
    "body 9 1",
    "log 9 2",
    "log 9 10",
    "log 10 1",
  ]);
});

test("a header round-trips and shows every damage", () => {
  const header = { series: "body" as const, epoch: 1_764_000_000_000, index: 3, firstSeq: 2 ** 45 };
  const bytes = encodeSegmentHeader(header);
  expect(bytes.byteLength).toBe(HEADER_BYTES);
  expect(parseSegmentHeader(bytes)).toEqual(header);
  expect(parseSegmentHeader(bytes.subarray(0, HEADER_BYTES - 1))).toBeUndefined();
  for (let at = 0; at < HEADER_BYTES; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 4;
    expect(parseSegmentHeader(damaged)).toBeUndefined();
  }
});
