/** @module Deletes old bodies, and the keys of sessions as old, in short slices, only while there is nothing else to do. */

import type { StoreWriter } from "../store/store.ts";

export type RetentionOptions = {
  readonly writer: StoreWriter;
  /** Bodies of exchanges older than this are deleted; undefined keeps them for ever. */
  readonly bodiesMs: number | undefined;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  /** Longest time one slice may hold the recorder. */
  readonly sliceMs?: number;
  /** Pause after a sweep that found nothing more. */
  readonly everyMs?: number;
};

const FIRST_LIMIT = 16;
const MAX_LIMIT = 2048;

export class Retention {
  readonly #options: Required<RetentionOptions>;
  #limit = FIRST_LIMIT;
  #dueAtMs = 0;
  #trimmed = 0;

  constructor(options: RetentionOptions) {
    this.#options = { sliceMs: 20, everyMs: 60_000, ...options };
  }

  get trimmed(): number {
    return this.#trimmed;
  }

  /** One slice, if one is due; false if none was. Throws what the store throws. */
  async sweep(): Promise<boolean> {
    const { writer, bodiesMs, nowMs, monotonicMs, sliceMs, everyMs } = this.#options;
    // Deleting is for ever: anything but a sound duration keeps all bodies.
    if (bodiesMs === undefined || !(bodiesMs > 0) || monotonicMs() < this.#dueAtMs) return false;
    const startMs = monotonicMs();
    // A store that fails is asked again after the long pause.
    this.#dueAtMs = startMs + everyMs;
    const beforeMs = nowMs() - bodiesMs;
    const limit = this.#limit;
    const bodies = await writer.trimCaptures(beforeMs, limit);
    const keys = await writer.trimSessionKeys(beforeMs, limit);
    const tookMs = monotonicMs() - startMs;
    this.#trimmed += bodies;
    const count = Math.max(bodies, keys);
    if (count === limit) this.#dueAtMs = 0;
    if (tookMs > sliceMs / 2) this.#limit = Math.max(1, this.#limit >> 1);
    else if (count === this.#limit) this.#limit = Math.min(MAX_LIMIT, this.#limit * 2);
    return true;
  }
}
