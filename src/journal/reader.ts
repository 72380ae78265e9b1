/** @module The journal as the recorder sees it: entries of both series in order, behind a cursor that survives restarts. */

import { statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { ExchangeId } from "../domain/id.ts";
import { type Cursor, parseCursor, toCursor } from "./cursor.ts";
import type { JournalEntry } from "./entry.ts";
import { compareSegments, HEADER_BYTES, readSegments, type Segment, toSegmentName } from "./segment.ts";
import { type ReadClock, type ReadDamage, SeriesReader } from "./series-reader.ts";

export type JournalReaderOptions = {
  readonly directory: string;
  /** Where to begin; text that is no cursor means the beginning. */
  readonly from?: Cursor;
};

/** An entry and the cursor from which reading shows it, and everything that belongs behind it, again. */
export type ReadEntry = { readonly entry: JournalEntry; readonly at: Cursor };

export type Pruned = { readonly segments: number; readonly bytes: number };

/**
 * Reads while another process writes. The order holds within an exchange: head, answer head, its body pieces, end
 * (request pieces may come behind the answer head). Entries without a head before them occur after a restart, because
 * the cursor belongs to the oldest exchange that was open, and where entries were lost: pass over them.
 */
export interface JournalReader {
  /** What is there now, up to about `maxBytes` of memory, at least one entry if there is any. Never throws. */
  poll(maxBytes: number): ReadEntry[];
  /** Behind everything handed out. Commit this only when no exchange is open, else the earliest `at` of the open heads. */
  position(): Cursor;
  /** Bytes on disk that were not handed out. */
  backlogBytes(): number;
  /** Deletes segments that lie wholly before the cursor. */
  prune(before: Cursor): Pruned;
  damage(): ReadDamage;
  close(): void;
}

/** Heads remembered to let body pieces flow before the next log entry; far more than can be open at once. */
const MAX_OPEN_EXCHANGES = 200_000;
/** Memory of an entry beside its payload, for the bound of a poll. */
const ENTRY_BYTES = 512;

/** Opens the journal for reading; the directory may not exist yet. */
export function createJournalReader(options: JournalReaderOptions): JournalReader {
  return new MergingReader(options);
}

class MergingReader implements JournalReader {
  readonly #directory: string;
  readonly #clock: ReadClock = { tick: 0 };
  readonly #damage: ReadDamage = { tornTails: 0, corruptFrames: 0, skippedBytes: 0, vanishedSegments: 0 };
  readonly #log: SeriesReader;
  readonly #body: SeriesReader;
  /** Open exchanges, and whether their answer head was handed out. */
  readonly #open = new Map<ExchangeId, boolean>();
  #epoch: number | undefined;

  constructor({ directory, from }: JournalReaderOptions) {
    const start = from === undefined ? undefined : parseCursor(from);
    this.#directory = directory;
    this.#log = new SeriesReader(directory, "log", start?.log, this.#clock, this.#damage);
    this.#body = new SeriesReader(directory, "body", start?.body, this.#clock, this.#damage);
    // A cursor behind the epoch entry of its segment says that the epoch was handed out before.
    if (start !== undefined && start.log.offset > HEADER_BYTES) this.#epoch = start.log.epoch;
  }

  poll(maxBytes: number): ReadEntry[] {
    const entries: ReadEntry[] = [];
    const startTick = this.#clock.tick;
    let leftBytes = maxBytes;
    while (leftBytes > 0) {
      const record = this.#log.peek(startTick);
      // Proof that no body is left must be younger than the last look at the log: bodies are written before their end.
      const body = this.#body.peek(Math.max(startTick, this.#log.lookedAtTick));
      const next = body !== undefined && this.#isBodyFirst(body.entry, record?.entry) ? body : record;
      if (next === undefined) break;
      const entry = this.#take(next.entry, next === body ? this.#body : this.#log);
      if (entry === undefined) continue;
      entries.push(entry);
      leftBytes -= next.frameBytes + ENTRY_BYTES;
    }
    return entries;
  }

  position(): Cursor {
    return toCursor(this.#log.position, this.#body.position);
  }

  backlogBytes(): number {
    let bytes = 0;
    for (const segment of this.#list()) {
      const position = segment.series === "log" ? this.#log.position : this.#body.position;
      const order = compareSegments(segment, position);
      if (order < 0) continue;
      const sizeBytes = this.#sizeOf(segment);
      bytes += order === 0 ? Math.max(0, sizeBytes - position.offset) : sizeBytes;
    }
    return bytes;
  }

  prune(before: Cursor): Pruned {
    const limit = parseCursor(before);
    let segments = 0;
    let bytes = 0;
    if (limit === undefined) return { segments, bytes };
    for (const segment of this.#list()) {
      if (compareSegments(segment, limit[segment.series]) >= 0) continue;
      const sizeBytes = this.#sizeOf(segment);
      try {
        unlinkSync(join(this.#directory, toSegmentName(segment)));
        segments += 1;
        bytes += sizeBytes;
      } catch {
        // The writer's bound may have been faster; a segment that stays is tried again with the next prune.
      }
    }
    return { segments, bytes };
  }

  damage(): ReadDamage {
    return { ...this.#damage };
  }

  close(): void {
    this.#log.close();
    this.#body.close();
  }

  #isBodyFirst(body: JournalEntry, record: JournalEntry | undefined): boolean {
    const epochsApart = this.#body.position.epoch - this.#log.position.epoch;
    if (record !== undefined) return epochsApart < 0 || (epochsApart === 0 && body.seq < record.seq);
    if (epochsApart !== 0 || body.type !== "body") return epochsApart < 0;
    // Nothing in the log yet that this piece comes before: it may go when what it needs was handed out.
    const hasResponseHead = this.#open.get(body.value.id);
    return hasResponseHead === true || (hasResponseHead === false && body.value.side === "request");
  }

  /** Undefined for the repeated epoch entry that each log segment begins with. */
  #take(entry: JournalEntry, from: SeriesReader): ReadEntry | undefined {
    const at = this.position();
    const { epoch } = this.#log.position;
    from.take();
    switch (entry.type) {
      case "epoch":
        if (epoch === this.#epoch) return undefined;
        this.#epoch = epoch;
        this.#open.clear();
        break;
      case "head":
        this.#remember(entry.value.id);
        break;
      case "response-head":
        if (this.#open.has(entry.value.id)) this.#open.set(entry.value.id, true);
        break;
      case "end":
        this.#open.delete(entry.value.id);
        break;
      case "body":
        // The bytes are a view into memory the next chunk is read into.
        return { at, entry: toOwnBytes(entry) };
    }
    return { at, entry };
  }

  #remember(id: ExchangeId): void {
    this.#open.set(id, false);
    if (this.#open.size <= MAX_OPEN_EXCHANGES) return;
    const oldest = this.#open.keys().next();
    if (!oldest.done) this.#open.delete(oldest.value);
  }

  #list(): Segment[] {
    try {
      return readSegments(this.#directory);
    } catch {
      return [];
    }
  }

  #sizeOf(segment: Segment): number {
    return statSync(join(this.#directory, toSegmentName(segment)), { throwIfNoEntry: false })?.size ?? 0;
  }
}

function toOwnBytes({ seq, value }: Extract<JournalEntry, { readonly type: "body" }>): JournalEntry {
  const { id, side, atMs, offset, bytes } = value;
  return { type: "body", seq, value: { id, side, atMs, offset, bytes: new Uint8Array(bytes) } };
}
