/** @module Body pieces that came over the link before the journal showed the head of their exchange. */

import type { ExchangeId } from "../domain/id.ts";
import type { BodyEntry } from "../journal/entry.ts";

/** Pieces of one exchange, and when the first of them came. */
type Waiting = { readonly sinceMs: number; readonly entries: BodyEntry[]; bytes: number };

const MAX_BYTES = 64 * 1024 * 1024;
/** Pieces of exchanges that ended without waiting for them are never asked for. */
const MAX_WAIT_MS = 10 * 60 * 1000;

/** Bounded; the oldest exchange is dropped first, and what is dropped is counted. */
export class EarlyBodies {
  readonly #waiting = new Map<ExchangeId, Waiting>();
  #bytes = 0;
  #droppedBytes = 0;

  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  add(entry: BodyEntry, nowMs: number): void {
    let waiting = this.#waiting.get(entry.id);
    if (waiting === undefined) {
      waiting = { sinceMs: nowMs, entries: [], bytes: 0 };
      this.#waiting.set(entry.id, waiting);
    }
    waiting.entries.push(entry);
    waiting.bytes += entry.bytes.length;
    this.#bytes += entry.bytes.length;
    for (const [id, oldest] of this.#waiting) {
      if (this.#bytes <= MAX_BYTES) break;
      this.#drop(id, oldest);
    }
  }

  take(id: ExchangeId): readonly BodyEntry[] {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return [];
    this.#waiting.delete(id);
    this.#bytes -= waiting.bytes;
    return waiting.entries;
  }

  dropOld(nowMs: number): void {
    for (const [id, waiting] of this.#waiting) {
      if (nowMs - waiting.sinceMs < MAX_WAIT_MS) return;
      this.#drop(id, waiting);
    }
  }

  #drop(id: ExchangeId, waiting: Waiting): void {
    this.#waiting.delete(id);
    this.#bytes -= waiting.bytes;
    this.#droppedBytes += waiting.bytes;
  }
}
