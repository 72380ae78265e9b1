/** @module When the bytes of an answer came: one pair per burst, thinned out when a stream is long. */

/** Bytes from the start of the body, and milliseconds since the exchange started. */
export type ChunkTime = readonly [offset: number, atMs: number];

/** About 64 KiB in memory; finer than a chart can show. */
const MAX_TIMES = 4000;

/** Keeps every burst until there are 4,000, then every second, every fourth, and so on. */
export class ChunkTimes {
  #times: ChunkTime[] = [];
  #stride = 1;
  #seen = 0;

  add(offset: number, atMs: number): void {
    if (this.#seen++ % this.#stride !== 0) return;
    const last = this.#times.at(-1);
    // Pieces of one write call: the journal cuts large ones.
    if (last !== undefined && last[1] === atMs) return;
    this.#times.push([offset, atMs]);
    if (this.#times.length < MAX_TIMES) return;
    this.#times = this.#times.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  get times(): readonly ChunkTime[] {
    return this.#times;
  }
}
