/** @module The segment of one series that is being written: append, rotate, and leave only whole frames behind. */

import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, unlinkSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { findWholeFramesEnd, type FrameMemory } from "./frame.ts";
import { type Segment, type Series, toSegmentName } from "./segment.ts";

/** How an append went. Frames in the first `writtenBytes` are on the file even when there is an error. */
export type Append = { readonly writtenBytes: number; readonly tookMs: number; readonly error?: Error };

export type SeriesFileOptions = {
  readonly directory: string;
  readonly series: Series;
  readonly epoch: number;
  readonly limitBytes: number;
  readonly sync: boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: () => number;
  /** What a new segment begins with: header, and frames that every segment carries. */
  readonly preamble: (segment: Segment) => Uint8Array;
  /** Called after a segment was finished. @param sizeBytes its final size */
  readonly onSealed: (segment: Segment, sizeBytes: number) => void;
};

type OpenFile = { readonly segment: Segment; readonly fd: number };

/** Appends to the newest segment of one series. Nothing in it throws. */
export class SeriesFile {
  readonly #options: SeriesFileOptions;
  #open: OpenFile | undefined;
  #sizeBytes = 0;
  #nextIndex = 1;

  constructor(options: SeriesFileOptions) {
    this.#options = options;
  }

  /** The segment being written; undefined before the first append and after a failure. */
  get segment(): Segment | undefined {
    return this.#open?.segment;
  }

  /** Size of the segment being written. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Opens a segment without writing an entry, so that its preamble is on disk. */
  start(): Append {
    return this.#timed(() => {
      this.#openFor(0);
      return { writtenBytes: 0 };
    });
  }

  /** Writes the first `length` bytes of whole frames with one call. */
  append(memory: FrameMemory, length: number): Append {
    return this.#timed(() => {
      const { fd } = this.#openFor(length);
      let writtenBytes = 0;
      try {
        while (writtenBytes < length) {
          const count = writeSync(
            fd,
            memory.bytes,
            writtenBytes,
            length - writtenBytes,
            this.#sizeBytes + writtenBytes,
          );
          if (count === 0) throw new Error("nothing was written");
          writtenBytes += count;
        }
        this.#sizeBytes += length;
        if (this.#options.sync) fsyncSync(fd);
        return { writtenBytes };
      } catch (error) {
        if (writtenBytes === length) return { writtenBytes, error: toError(error) };
        return { writtenBytes: this.#cutBack(fd, memory, writtenBytes, error), error: toError(error) };
      }
    });
  }

  /** Finishes the segment; the next append begins a new one. */
  seal(): void {
    if (this.#open === undefined) return;
    const { segment, fd } = this.#open;
    this.#open = undefined;
    const sizeBytes = this.#sizeBytes;
    this.#sizeBytes = 0;
    try {
      closeSync(fd);
    } catch {
      // The descriptor is gone either way, and every write was checked before.
    }
    this.#options.onSealed(segment, sizeBytes);
  }

  #timed(work: () => Omit<Append, "tookMs">): Append {
    const startMs = this.#options.monotonicMs();
    let result: Omit<Append, "tookMs">;
    try {
      result = work();
    } catch (error) {
      result = { writtenBytes: 0, error: toError(error) };
    }
    return { ...result, tookMs: this.#options.monotonicMs() - startMs };
  }

  /** Keeps whole frames of a short write: a reader may have seen them, so their bytes must stay where they are. */
  #cutBack(fd: number, memory: FrameMemory, writtenBytes: number, cause: unknown): number {
    const keptBytes = findWholeFramesEnd(memory, writtenBytes);
    this.#sizeBytes += keptBytes;
    try {
      ftruncateSync(fd, this.#sizeBytes);
      // A full disk leaves the file sound; after any other error a new file is the better try.
      if (!isDiskFull(cause)) this.seal();
    } catch {
      this.seal();
    }
    return keptBytes;
  }

  #openFor(length: number): OpenFile {
    if (this.#open !== undefined && this.#sizeBytes + length > this.#options.limitBytes) this.seal();
    this.#open ??= this.#create();
    return this.#open;
  }

  #create(): OpenFile {
    const { directory, series, epoch, sync } = this.#options;
    const segment: Segment = { series, epoch, index: this.#nextIndex };
    const path = join(directory, toSegmentName(segment));
    let fd: number;
    try {
      fd = createFile(path);
    } catch (error) {
      // Somebody else's file of this name is left alone; the next try takes the next number.
      if (hasCode(error, "EEXIST")) this.#nextIndex += 1;
      throw error;
    }
    try {
      const preamble = this.#options.preamble(segment);
      if (writeSync(fd, preamble, 0, preamble.byteLength, 0) < preamble.byteLength) throw new Error("short write");
      if (sync) syncDirectory(directory);
      this.#sizeBytes = preamble.byteLength;
    } catch (error) {
      // Without a whole preamble nobody can read the file, and a retry each second must not leave a trail of them.
      closeSync(fd);
      unlinkSync(path);
      throw error;
    }
    this.#nextIndex += 1;
    return { segment, fd };
  }
}

function createFile(path: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, "wx", 0o600);
  }
}

function syncDirectory(directory: string): void {
  const fd = openSync(directory, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function isDiskFull(error: unknown): boolean {
  return hasCode(error, "ENOSPC") || hasCode(error, "EDQUOT");
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
