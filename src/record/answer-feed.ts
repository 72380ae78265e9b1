/** @module Decoded answer bytes on their way into a dialect's reader: gaps are jumped at event borders, faults contained. */

import type { AnswerWatch, Dialect, ReadContext, Reader, Reading } from "../dialect/dialect.ts";
import { parseMediaType } from "../http/headers.ts";

/** How a format lets a reader go on behind a gap: what ends the broken part, and where the next sound one begins. */
type Seam = {
  readonly break: Uint8Array;
  /** Absent when the bytes behind the gap are fed as they are. */
  readonly isBorder?: (before: number, last: number, next: number) => boolean;
};

const LF = 10;
const CR = 13;
const encoder = new TextEncoder();

/** An event ends with a blank line, whatever the line ends. */
const EVENTS: Seam = {
  break: encoder.encode("\n\n"),
  isBorder: (before, last, next) => next === LF && (last === LF || (before === LF && last === CR)),
};
const LINES: Seam = { break: encoder.encode("\n"), isBorder: (_before, _last, next) => next === LF };

/** Never valid JSON, so that the two ends are not taken for a whole; readers find usage in the end of a broken object. */
const DOCUMENT: Seam = { break: Uint8Array.of(0) };

const SEAMS: Readonly<Record<string, Seam>> = {
  "text/event-stream": EVENTS,
  "application/x-ndjson": LINES,
  "application/jsonl": LINES,
  "application/json-lines": LINES,
};

/** Binary frames: behind a gap nobody can tell where one begins. */
const FRAME_TYPE = "application/vnd.amazon.eventstream";
const STREAM_TYPES: ReadonlySet<string> = new Set([...Object.keys(SEAMS), FRAME_TYPE]);

/** True for media types that are streams of events. */
export function isStreamType(contentType: string | undefined): boolean {
  return STREAM_TYPES.has(parseMediaType(contentType) ?? "");
}

/** One answer, fed in order. Never throws: a fault of a reader is a warning and ends the reading. */
export class AnswerFeed {
  readonly #reader: Reader | undefined;
  readonly #seam: Seam | undefined;
  readonly #warnings: string[] = [];
  #endOffset = 0;
  #skipping = false;
  #before = -1;
  #last = -1;
  #isBroken = false;
  #hasGap = false;
  #ttftMs: number | undefined;

  constructor(dialect: Dialect, context: ReadContext, watch?: AnswerWatch) {
    const type = parseMediaType(context.responseContentType) ?? "";
    this.#seam = type === FRAME_TYPE ? undefined : (SEAMS[type] ?? DOCUMENT);
    this.#reader = this.#guard(() => dialect.createReader(watch === undefined ? context : { ...context, watch }));
  }

  /** When model output was first seen, in ms since the exchange started. */
  get ttftMs(): number | undefined {
    return this.#ttftMs;
  }

  add(offset: number, bytes: Uint8Array, atMs: number): void {
    const known = this.#endOffset - offset;
    let piece = known <= 0 ? bytes : bytes.subarray(Math.min(known, bytes.length));
    if (piece.length === 0) return;
    if (known < 0) this.#jump();
    this.#endOffset = Math.max(offset, this.#endOffset) + piece.length;
    if (this.#skipping) piece = this.#findBorder(piece);
    this.#feed(piece);
    if (this.#ttftMs === undefined && this.#guard(() => this.#reader?.hasOutput) === true) this.#ttftMs = atMs;
  }

  /** @param isCut bytes are missing at the end */
  end(isCut: boolean): { readonly reading: Reading | undefined; readonly warnings: readonly string[] } {
    const truncated = isCut || this.#hasGap;
    const reading = this.#guard(() => this.#reader?.end({ truncated }));
    return { reading, warnings: this.#warnings };
  }

  /** Ends the broken event, then passes over the bytes up to the next border. */
  #jump(): void {
    this.#hasGap = true;
    if (this.#seam === undefined) {
      this.#isBroken = true;
      return;
    }
    if (this.#endOffset > 0) this.#feed(this.#seam.break);
    this.#skipping = this.#seam.isBorder !== undefined;
    this.#before = -1;
    this.#last = -1;
  }

  #findBorder(bytes: Uint8Array): Uint8Array {
    for (let at = 0; at < bytes.length; at++) {
      const next = bytes[at] ?? -1;
      if (this.#seam?.isBorder?.(this.#before, this.#last, next) === true) {
        this.#skipping = false;
        return bytes.subarray(at + 1);
      }
      this.#before = this.#last;
      this.#last = next;
    }
    return bytes.subarray(bytes.length);
  }

  #feed(bytes: Uint8Array): void {
    if (this.#isBroken || bytes.length === 0) return;
    this.#guard(() => this.#reader?.feed(bytes));
  }

  /** Readers promise not to throw; one that does must not stop the recorder, and its exchange is still a row. */
  #guard<Result>(step: () => Result): Result | undefined {
    try {
      return step();
    } catch (error) {
      this.#isBroken = true;
      this.#hasGap = true;
      this.#warnings.push(`reader_failed: ${error instanceof Error ? error.message : String(error)}`.slice(0, 300));
      return undefined;
    }
  }
}
