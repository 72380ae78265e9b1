/** @module The journal on disk: bursts of frames into segments, memory while the disk is away, bounds on both. */

import type { BodyEntry, EndEntry, HeadEntry, JournalEntry, ResponseHeadEntry } from "./entry.ts";
import { MAX_FRAME_BYTES } from "./frame.ts";
import { FrameBuffer } from "./frame-buffer.ts";
import type { Journal, JournalStats } from "./journal.ts";
import { JournalDisk } from "./journal-disk.ts";
import { type Losses, MemoryQueue } from "./memory-queue.ts";
import { createProblemReporter, type JournalProblem } from "./problem.ts";
import { type JournalOptions, type JournalSettings, toJournalSettings } from "./options.ts";
import type { Series } from "./segment.ts";
import { toSmallEntry } from "./small-entry.ts";

/** Opens the journal for a new epoch. Never throws: a directory that cannot be written means memory mode. */
export function createJournal(options: JournalOptions): Journal {
  return new SegmentJournal(options);
}

const SETTLED = Promise.resolve();
/** Bodies that are worth a write call of their own. */
const MUCH_BYTES = 32 * 1024;

class SegmentJournal implements Journal {
  readonly #options: JournalSettings;
  readonly #report: (problem: JournalProblem) => void;
  readonly #records: FrameBuffer;
  readonly #bodies: FrameBuffer;
  readonly #queue: MemoryQueue;
  readonly #disk: JournalDisk;
  readonly #losses: Losses = { entries: 0, heads: 0, bodyBytes: 0 };
  readonly #timer: ReturnType<typeof setInterval>;
  #mode: JournalStats["mode"] = "memory";
  /** 0 belongs to the epoch entry that every log segment begins with. */
  #nextSeq = 1;
  #appendedEntries = 0;
  #writeErrors = 0;
  #slowWrites = 0;
  #refusedBodyBytes = 0;
  #seenLostSegments = 0;
  #lastError: { readonly message: string; readonly atMs: number } | undefined;
  #flushIsDue = false;
  #burst: PromiseWithResolvers<void> | undefined;
  /** An end is buffered: what belongs to its exchange must be written with it. */
  #endWaits = false;
  #drainIsDue = false;
  #isClosed = false;
  /** Heads whose ends have not come yet. */
  #running = 0;
  readonly #takeSeq = (): number => {
    this.#appendedEntries += 1;
    return this.#nextSeq++;
  };
  readonly #writeMuch = (): void => {
    if (!this.#isClosed) this.#writeBodies();
  };
  readonly #emptyBodies = (): void => this.#writeBodies();

  constructor(options: JournalOptions) {
    this.#options = toJournalSettings(options);
    const { burstBytes, memoryBytes, nowMs, onProblem, retryMs } = this.#options;
    this.#report = createProblemReporter(onProblem, nowMs);
    this.#records = new FrameBuffer(MAX_FRAME_BYTES, burstBytes);
    this.#bodies = new FrameBuffer(burstBytes, burstBytes);
    this.#queue = new MemoryQueue(memoryBytes, this.#losses);
    this.#disk = new JournalDisk(this.#options, this.#report, () => this.#nextSeq);
    this.#drain();
    this.#disk.look();
    this.#timer = setInterval(() => this.#tick(), retryMs);
    this.#timer.unref();
  }

  head(entry: HeadEntry): void {
    this.#running += 1;
    this.#addRecord({ type: "head", seq: this.#takeSeq(), value: entry });
    this.#flushThisTurn();
  }

  responseHead(entry: ResponseHeadEntry): void {
    this.#addRecord({ type: "response-head", seq: this.#takeSeq(), value: entry });
    this.#flushLater();
  }

  body(entry: BodyEntry): void {
    if (this.#isClosed || this.#disk.isLow) {
      this.#refusedBodyBytes += entry.bytes.byteLength;
      return;
    }
    this.#bodies.addBody(entry, this.#takeSeq, this.#emptyBodies);
    this.#flushLater();
  }

  end(entry: EndEntry): void {
    this.#addRecord({ type: "end", seq: this.#takeSeq(), value: entry });
    this.#endWaits = true;
    this.#flushThisTurn();
    this.#running -= 1;
  }

  settled(): Promise<void> {
    return this.#burst?.promise ?? SETTLED;
  }

  get refusesBodies(): boolean {
    return this.#disk.isLow;
  }

  stats(): JournalStats {
    const { dropped } = this.#disk;
    return {
      mode: this.#mode,
      segments: this.#disk.segments,
      bytesOnDisk: this.#disk.bytes,
      bytesInMemory: this.#queue.bytes + this.#records.usedBytes + this.#bodies.usedBytes,
      appendedEntries: this.#appendedEntries,
      lostEntries: this.#losses.entries,
      lostHeads: this.#losses.heads,
      lostBodyBytes: this.#losses.bodyBytes,
      droppedSegments: dropped.segments,
      droppedLogSegments: dropped.logSegments,
      droppedBytes: dropped.bytes,
      writeErrors: this.#writeErrors,
      slowWrites: this.#slowWrites,
      diskLow: this.#disk.isLow,
      refusedBodyBytes: this.#refusedBodyBytes,
      ...(this.#lastError === undefined
        ? {}
        : { lastError: this.#lastError.message, lastErrorAtMs: this.#lastError.atMs }),
    };
  }

  close(): void {
    if (this.#isClosed) return;
    clearInterval(this.#timer);
    if (this.#mode === "disk") this.#flush();
    if (this.#mode === "memory") this.#drain(Number.POSITIVE_INFINITY);
    this.#isClosed = true;
    this.#queue.dropAll();
    this.#reportLosses();
    this.#disk.seal();
  }

  #addRecord(entry: Exclude<JournalEntry, { type: "body" }>): void {
    if (!this.#isClosed) {
      if (this.#records.add(entry)) return;
      this.#flush();
      if (this.#records.add(entry) || this.#records.add(toSmallEntry(entry))) return;
    }
    this.#losses.entries += 1;
    if (entry.type === "head") this.#losses.heads += 1;
    this.#reportLosses();
  }

  /** Requests of one turn of the event loop share their write calls. */
  #flushThisTurn(): void {
    if (this.#mode === "memory" || this.#isClosed) {
      this.#spill();
      return;
    }
    // Alone it would only wait for the turn to end.
    const isAlone = this.#running <= 1 && this.#burst === undefined;
    if (isAlone || !this.#options.bursts) {
      this.#flush();
      return;
    }
    if (this.#burst !== undefined) return;
    const burst = Promise.withResolvers<void>();
    this.#burst = burst;
    setImmediate(() => {
      this.#burst = undefined;
      if (!this.#isClosed) this.#flushBurst();
      burst.resolve();
    });
  }

  /** Only heads are waited for by their requests: bodies go with the next end, or a few milliseconds later. */
  #flushBurst(): void {
    if (this.#endWaits) {
      this.#flush();
      return;
    }
    this.#writeRecords();
    // Much is written at once, while the upstream works on the request, and not when its answer waits for it.
    if (this.#bodies.usedBytes >= MUCH_BYTES) setImmediate(this.#writeMuch);
  }

  /** Bodies first: a reader that sees an end must be able to see all that came before it. */
  #flush(): void {
    this.#writeBodies();
    this.#writeRecords();
  }

  #flushLater(): void {
    if (this.#mode === "memory") {
      this.#spill();
      return;
    }
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    setTimeout(() => {
      this.#flushIsDue = false;
      if (!this.#isClosed) this.#flush();
    }, this.#options.flushMs).unref();
  }

  #writeBodies(): void {
    if (this.#mode === "disk") this.#write("body", this.#bodies);
    if (this.#mode === "memory") this.#spill();
  }

  #writeRecords(): void {
    this.#endWaits = false;
    if (this.#mode === "disk") this.#write("log", this.#records);
    if (this.#mode === "memory") this.#spill();
  }

  /** One append; false when it failed or was slow, after which the journal is in memory mode and the buffers are spilled. */
  #write(series: Series, buffer: FrameBuffer): boolean {
    if (buffer.usedBytes === 0) return true;
    const { writtenBytes, tookMs, error } = this.#disk.append(series, buffer.memory, buffer.usedBytes);
    const frames = writtenBytes === buffer.usedBytes ? [] : buffer.takeFrames(writtenBytes);
    buffer.clear();
    this.#queue.putBack(frames);
    if (error !== undefined) this.#fail(error);
    else if (tookMs > this.#options.slowMs) this.#slow(tookMs);
    else return true;
    this.#queue.putBack(this.#bodies.takeFrames());
    this.#queue.putBack(this.#records.takeFrames());
    this.#reportLosses();
    return false;
  }

  /** Moves what is buffered behind what waits in memory. */
  #spill(): void {
    if (this.#bodies.usedBytes + this.#records.usedBytes === 0) return;
    for (const frame of this.#bodies.takeFrames()) this.#queue.push(frame);
    for (const frame of this.#records.takeFrames()) this.#queue.push(frame);
    this.#reportLosses();
  }

  #fail(error: Error): void {
    this.#mode = "memory";
    this.#writeErrors += 1;
    this.#lastError = { message: error.message, atMs: this.#options.nowMs() };
    this.#report({ kind: "disk-failed", message: `journal write failed, entries wait in memory: ${error.message}` });
  }

  #slow(tookMs: number): void {
    this.#mode = "memory";
    this.#slowWrites += 1;
    const message = `journal write took ${Math.round(tookMs)} ms, entries wait in memory`;
    this.#lastError = { message, atMs: this.#options.nowMs() };
    this.#report({ kind: "disk-slow", message });
  }

  #reportLosses(): void {
    const { entries, heads, bodyBytes } = this.#losses;
    if (entries === 0) return;
    this.#report({
      kind: "entries-lost",
      message: `journal lost ${entries} entries since start, ${heads} of them requests, ${bodyBytes} body bytes`,
    });
  }

  /** Writes what waits in memory, oldest first, for one slice; back to disk mode when nothing waits any more. */
  #drain(sliceMs = this.#options.sliceMs): void {
    if (this.#isClosed) return;
    const error = this.#disk.begin();
    if (error !== undefined) {
      this.#fail(error);
      return;
    }
    const stopMs = this.#options.monotonicMs() + sliceMs;
    while (!this.#queue.isEmpty) {
      if (this.#options.monotonicMs() >= stopMs) {
        this.#drainLater();
        return;
      }
      this.#fillFromQueue();
      if (!this.#write("body", this.#bodies) || !this.#write("log", this.#records)) return;
    }
    this.#mode = "disk";
  }

  /** Fills the buffers with the oldest frames; both are written before the next, so order holds for readers. */
  #fillFromQueue(): void {
    for (let frame = this.#queue.peek(); frame !== undefined; frame = this.#queue.peek()) {
      const buffer = frame.series === "body" ? this.#bodies : this.#records;
      if (!buffer.addFrame(frame.bytes)) return;
      this.#queue.shift();
    }
  }

  #drainLater(): void {
    if (this.#drainIsDue) return;
    this.#drainIsDue = true;
    setTimeout(() => {
      this.#drainIsDue = false;
      if (this.#mode === "memory") this.#drain();
    }, 1).unref();
  }

  #tick(): void {
    this.#disk.look();
    if (this.#disk.lostSegments > this.#seenLostSegments) {
      this.#seenLostSegments = this.#disk.lostSegments;
      this.#writeErrors += 1;
      this.#report({ kind: "disk-failed", message: "the journal segment being written was deleted; a new one begins" });
    }
    if (this.#mode === "memory" && !this.#drainIsDue) this.#drain();
  }
}
