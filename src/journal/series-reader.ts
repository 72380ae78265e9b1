/** @module Reads one series across its segments while another process writes, rotates and deletes them. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { type Position, START } from "./cursor.ts";
import type { JournalEntry } from "./entry.ts";
import { createFrameMemory, type DecodedFrame, decodeEntry, MAX_FRAME_BYTES } from "./frame.ts";
import {
  compareSegments,
  HEADER_BYTES,
  parseSegmentHeader,
  readSegments,
  type Segment,
  type Series,
  toSegmentName,
} from "./segment.ts";

/** What a reader met that should not be there; counters since start. */
export type ReadDamage = {
  /** Segments whose writer died in the middle of a frame. */
  tornTails: number;
  /** Frames or segment headers with a wrong checksum. */
  corruptFrames: number;
  /** Bytes passed over because of either. */
  skippedBytes: number;
  /** Segments that were deleted before they were read. */
  vanishedSegments: number;
};

/** Counts reads and listings, so that "nothing there" can be told to be newer than something seen. */
export type ReadClock = { tick: number };

type PeekedEntry = { readonly entry: JournalEntry; readonly frameBytes: number };

/** One series from a position on. Holds one chunk of memory, whatever the backlog. */
export class SeriesReader {
  readonly #directory: string;
  readonly #series: Series;
  readonly #clock: ReadClock;
  readonly #damage: ReadDamage;
  readonly #memory = createFrameMemory(MAX_FRAME_BYTES);
  /** Where in the segment the memory begins, and how much of it is filled. */
  #memoryOffset = 0;
  #filledBytes = 0;
  #position: Position;
  #fd: number | undefined;
  #peeked: PeekedEntry | undefined;
  #dryAtTick = -1;
  #lookedAtTick = 0;

  constructor(directory: string, series: Series, from: Position | undefined, clock: ReadClock, damage: ReadDamage) {
    this.#directory = directory;
    this.#series = series;
    this.#position = from ?? START;
    this.#clock = clock;
    this.#damage = damage;
  }

  /** Where the next entry begins. */
  get position(): Position {
    return this.#position;
  }

  /** Tick of the last read from the file. */
  get lookedAtTick(): number {
    return this.#lookedAtTick;
  }

  /** Next entry; undefined when none was visible at some moment after `sinceTick`. Its body bytes are a view. */
  peek(sinceTick: number): PeekedEntry | undefined {
    if (this.#peeked !== undefined) return this.#peeked;
    while (this.#dryAtTick <= sinceTick) {
      this.#peeked = this.#decode() ?? this.#readAhead();
      if (this.#peeked !== undefined) return this.#peeked;
    }
    return undefined;
  }

  /** Goes behind the entry `peek` showed. */
  take(): void {
    if (this.#peeked === undefined) return;
    this.#skip(this.#peeked.frameBytes);
    this.#peeked = undefined;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Reads on until there is an entry, a new segment, or proof that there is nothing. */
  #readAhead(): PeekedEntry | undefined {
    // The listing comes before the read: if a later segment exists by then, what the read shows of this one is final.
    const listedAtTick = ++this.#clock.tick;
    const segments = this.#list();
    if (this.#fd === undefined) this.#open(segments);
    const next = segments.find((segment) => compareSegments(segment, this.#position) > 0);
    this.#fill();
    const peeked = this.#decode();
    if (peeked !== undefined) return peeked;

    const damaged = this.#look();
    if (damaged.kind === "corrupt" && this.#passDamagedFrame(damaged)) return this.#decode();
    if (next === undefined) this.#dryAtTick = listedAtTick;
    else this.#moveTo(next);
    return undefined;
  }

  /** One bad frame costs only itself when a sound frame stands where its length says. */
  #passDamagedFrame(damaged: { readonly frameBytes?: number }): boolean {
    if (damaged.frameBytes === undefined) return false;
    const behind = this.#position.offset - this.#memoryOffset + damaged.frameBytes;
    if (decodeEntry(this.#memory, behind, this.#filledBytes).kind !== "entry") return false;
    this.#damage.corruptFrames += 1;
    this.#damage.skippedBytes += damaged.frameBytes;
    this.#skip(damaged.frameBytes);
    return true;
  }

  #decode(): PeekedEntry | undefined {
    const found = this.#look();
    return found.kind === "entry" ? found : undefined;
  }

  #look(): DecodedFrame {
    if (this.#fd === undefined) return { kind: "incomplete" };
    if (this.#position.offset === 0) {
      if (this.#filledBytes < HEADER_BYTES) return { kind: "incomplete" };
      if (parseSegmentHeader(this.#memory.bytes.subarray(0, HEADER_BYTES)) === undefined) return { kind: "corrupt" };
      this.#skip(HEADER_BYTES);
    }
    return decodeEntry(this.#memory, this.#position.offset - this.#memoryOffset, this.#filledBytes);
  }

  #skip(bytes: number): void {
    const { epoch, index, offset } = this.#position;
    this.#position = { epoch, index, offset: offset + bytes };
  }

  /**
   * Reads a chunk that begins at the position. Bytes of an unfinished frame are always read again: the writer may cut
   * them off after a short write and put another frame there.
   */
  #fill(): void {
    this.#memoryOffset = this.#position.offset;
    this.#filledBytes = 0;
    if (this.#fd === undefined) return;
    this.#lookedAtTick = ++this.#clock.tick;
    try {
      this.#filledBytes = readSync(this.#fd, this.#memory.bytes, 0, MAX_FRAME_BYTES, this.#position.offset);
    } catch {
      // A failing disk looks like an end of file; the next poll tries again.
    }
  }

  #open(segments: readonly Segment[]): void {
    const here = segments.find((segment) => compareSegments(segment, this.#position) === 0);
    if (here === undefined) return;
    try {
      this.#fd = openSync(join(this.#directory, toSegmentName(here)), "r");
    } catch {
      // Deleted since the listing; the next one will not have it.
    }
  }

  #moveTo(next: Segment): void {
    this.#countUnread(next);
    this.close();
    this.#position = { epoch: next.epoch, index: next.index, offset: 0 };
    this.#filledBytes = 0;
    this.#memoryOffset = 0;
  }

  #countUnread(next: Segment): void {
    const { epoch, index, offset } = this.#position;
    const unreadBytes = this.#fd === undefined ? 0 : fstatSync(this.#fd).size - offset;
    if (unreadBytes > 0) {
      if (this.#look().kind === "corrupt") this.#damage.corruptFrames += 1;
      else this.#damage.tornTails += 1;
      this.#damage.skippedBytes += unreadBytes;
    }
    // An unopened segment behind a position in its middle was deleted, and so were the numbers left out.
    if (this.#fd === undefined && offset === 0 && index > 0) this.#damage.vanishedSegments += 1;
    if (next.epoch === epoch) this.#damage.vanishedSegments += next.index - index - 1;
  }

  #list(): Segment[] {
    try {
      return readSegments(this.#directory).filter(({ series }) => series === this.#series);
    } catch {
      return [];
    }
  }
}
