/** @module The journal's files of one epoch: made when the directory allows it, rotated, held within their bounds. */

import { mkdirSync } from "node:fs";
import { type Dropped, DiskUse, isDiskLow } from "./disk-use.ts";
import { createFrameMemory, encodeEntry, type FrameMemory } from "./frame.ts";
import type { JournalSettings } from "./options.ts";
import type { JournalProblem } from "./problem.ts";
import { encodeSegmentHeader, readSegments, type Segment, type Series, toSegmentName } from "./segment.ts";
import { type Append, SeriesFile } from "./series-file.ts";

type Files = { readonly log: SeriesFile; readonly body: SeriesFile };

const NO_FILES: Append = { writtenBytes: 0, tookMs: 0, error: new Error("the journal has no files yet") };
const PREAMBLE_BYTES = 1024;

/** Both series of one epoch. Nothing in it throws. */
export class JournalDisk {
  readonly dropped: Dropped = { segments: 0, logSegments: 0, bytes: 0 };
  readonly #settings: JournalSettings;
  readonly #report: (problem: JournalProblem) => void;
  readonly #nextSeq: () => number;
  readonly #use: DiskUse;
  #files: Files | undefined;
  #isLow = false;
  #lostSegments = 0;

  constructor(settings: JournalSettings, report: (problem: JournalProblem) => void, nextSeq: () => number) {
    this.#settings = settings;
    this.#report = report;
    this.#nextSeq = nextSeq;
    this.#use = new DiskUse(settings.directory);
  }

  /** Free space is under the guard. */
  get isLow(): boolean {
    return this.#isLow;
  }

  /** Segments that were deleted by somebody while they were being written. */
  get lostSegments(): number {
    return this.#lostSegments;
  }

  get segments(): number {
    return this.#use.sealedSegments + this.#currentNames().size;
  }

  get bytes(): number {
    return this.#use.sealedBytes + (this.#files?.log.sizeBytes ?? 0) + (this.#files?.body.sizeBytes ?? 0);
  }

  /** Makes directory, epoch and first log segment unless they exist; an error when that is not possible now. */
  begin(): Error | undefined {
    if (this.#files !== undefined) return undefined;
    const { directory, nowMs } = this.#settings;
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      this.#use.refresh(new Set());
      const startedAtMs = nowMs();
      // Readers order epochs by this number, so it grows even when the clock was set back.
      const epoch = Math.max(startedAtMs, (readSegments(directory).at(-1)?.epoch ?? 0) + 1);
      const log = this.#createFile("log", epoch, startedAtMs);
      const { error } = log.start();
      if (error !== undefined) return error;
      this.#files = { log, body: this.#createFile("body", epoch, startedAtMs) };
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Writes the first `length` bytes of whole frames with one call. */
  append(series: Series, memory: FrameMemory, length: number): Append {
    return this.#files?.[series].append(memory, length) ?? NO_FILES;
  }

  /** Looks at what changed outside: free space, deleted segments, the size bound. */
  look(): void {
    const { directory } = this.#settings;
    const wasLow = this.#isLow;
    this.#isLow = isDiskLow(directory, this.#settings);
    if (this.#isLow && !wasLow) {
      this.#report({ kind: "disk-low", message: `little free disk at ${directory}: bodies are not recorded` });
    }
    this.#leaveDeletedSegments();
    this.#holdBound();
  }

  /** Finishes both segments. */
  seal(): void {
    this.#files?.log.seal();
    this.#files?.body.seal();
  }

  #createFile(series: Series, epoch: number, startedAtMs: number): SeriesFile {
    const { directory, logSegmentBytes, bodySegmentBytes, maxBytes, sync, monotonicMs } = this.#settings;
    return new SeriesFile({
      directory,
      series,
      epoch,
      sync,
      monotonicMs,
      // Only whole segments can be dropped, so the bound must hold several.
      limitBytes: Math.min(series === "log" ? logSegmentBytes : bodySegmentBytes, Math.ceil(maxBytes / 8)),
      preamble: (segment) => toPreamble(segment, this.#nextSeq(), startedAtMs),
      onSealed: (segment, sizeBytes) => {
        this.#use.add(segment, sizeBytes);
        this.#holdBound();
      },
    });
  }

  #currentNames(): ReadonlySet<string> {
    const names = new Set<string>();
    for (const file of [this.#files?.log, this.#files?.body]) {
      if (file?.segment !== undefined) names.add(toSegmentName(file.segment));
    }
    return names;
  }

  /** An open file that has no name any more takes bytes nobody will read: begin a new one. */
  #leaveDeletedSegments(): void {
    const names = this.#readNames();
    if (names === undefined) return;
    for (const file of [this.#files?.log, this.#files?.body]) {
      if (file?.segment === undefined || names.has(toSegmentName(file.segment))) continue;
      this.#lostSegments += 1;
      file.seal();
    }
  }

  #holdBound(): void {
    if (this.#readNames() === undefined || this.bytes <= this.#settings.maxBytes) return;
    const before = this.dropped.bytes;
    this.#use.dropOldest(this.bytes - this.#settings.maxBytes, this.dropped);
    if (this.dropped.bytes === before) return;
    const { segments, logSegments } = this.dropped;
    this.#report({
      kind: "segments-dropped",
      message: `journal over its bound: ${segments} body and ${logSegments} log segments dropped since start`,
    });
  }

  /** Names in the directory; undefined when it cannot be read. */
  #readNames(): ReadonlySet<string> | undefined {
    try {
      return this.#use.refresh(this.#currentNames());
    } catch {
      return undefined;
    }
  }
}

/** A header, and in the log series the epoch entry, so that a reader meets the epoch whichever segment it meets first. */
function toPreamble(segment: Segment, firstSeq: number, startedAtMs: number): Uint8Array {
  const header = encodeSegmentHeader({ ...segment, firstSeq });
  if (segment.series === "body") return header;
  const memory = createFrameMemory(PREAMBLE_BYTES);
  const value = { epoch: String(segment.epoch), startedAtMs, pid: process.pid };
  const frameBytes = encodeEntry({ type: "epoch", seq: 0, value }, memory, 0);
  return Buffer.concat([header, memory.bytes.subarray(0, frameBytes)]);
}
