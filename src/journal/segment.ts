/** @module Segment files of the journal: names, headers, listing. Two series share one directory. */

import { readdirSync } from "node:fs";
import { crc32 } from "node:zlib";

/** `log` = epochs, heads, answer heads and ends; `body` = body pieces, so that under pressure bodies go first. */
export type Series = "log" | "body";

/** A file of the journal. Segments of a series are ordered by epoch, then by index. */
export type Segment = {
  readonly series: Series;
  /** Start of the writing process in epoch milliseconds, made unique and increasing per directory. */
  readonly epoch: number;
  readonly index: number;
};

/** What stands at the beginning of each segment file. */
export type SegmentHeader = Segment & { readonly firstSeq: number };

export const HEADER_BYTES = 40;

const MAGIC = "mtapjrnl";
const VERSION = 1;
const NAME = /^(log|body)-(\d{1,16})-(\d{1,12})\.seg$/;

/** File name of a segment, padded so that names sort like segments. */
export function toSegmentName({ series, epoch, index }: Segment): string {
  return `${series}-${epoch}-${String(index).padStart(6, "0")}.seg`;
}

/** The segment a file name stands for; undefined when the file is not ours. */
export function parseSegmentName(name: string): Segment | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  return { series: match[1] === "log" ? "log" : "body", epoch: Number(match[2]), index: Number(match[3]) };
}

/** Order of two segments of one series. */
export function compareSegments(a: Omit<Segment, "series">, b: Omit<Segment, "series">): number {
  return a.epoch - b.epoch || a.index - b.index;
}

/** All segments of a directory, oldest first, both series mixed. Throws what readdir throws. */
export function readSegments(directory: string): Segment[] {
  const segments: Segment[] = [];
  for (const name of readdirSync(directory)) {
    const segment = parseSegmentName(name);
    if (segment !== undefined) segments.push(segment);
  }
  return segments.sort(compareSegments);
}

/*
 * 0 magic, 8 bytes   8 u16 version   10 u8 series   11 u8 0   12 f64 epoch   20 f64 index   28 f64 first sequence number   36 u32 crc32
 */

/** The 40 bytes a segment begins with. */
export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write(MAGIC, 0, "latin1");
  bytes.writeUInt16LE(VERSION, 8);
  bytes.writeUInt8(header.series === "log" ? 0 : 1, 10);
  bytes.writeDoubleLE(header.epoch, 12);
  bytes.writeDoubleLE(header.index, 20);
  bytes.writeDoubleLE(header.firstSeq, 28);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 36)), 36);
  return bytes;
}

/** Reads a header from the first 40 bytes; undefined when they are damaged or of another version. */
export function parseSegmentHeader(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.byteLength < HEADER_BYTES || bytes.toString("latin1", 0, 8) !== MAGIC) return undefined;
  if (bytes.readUInt16LE(8) !== VERSION || bytes.readUInt32LE(36) !== crc32(bytes.subarray(0, 36))) return undefined;
  return {
    series: bytes.readUInt8(10) === 0 ? "log" : "body",
    epoch: bytes.readDoubleLE(12),
    index: bytes.readDoubleLE(20),
    firstSeq: bytes.readDoubleLE(28),
  };
}
