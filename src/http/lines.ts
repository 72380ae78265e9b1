/** @module Lines out of bytes that arrive split anywhere, with a bound on the bytes held for one line. */

import { joinBytes } from "./json.ts";

export type LineOptions = {
  /** A line without its end. The bytes are valid only during the call. */
  readonly onLine: (line: Uint8Array) => void;
  /** A line was longer than `maxLineBytes` and is skipped. */
  readonly onLongLine: () => void;
  readonly maxLineBytes: number;
  /** True where a lone CR ends a line too, as in server-sent events. */
  readonly isCrBreak: boolean;
};

const LF = 10;
const CR = 13;

/** Splits at LF and CRLF, and at a lone CR where asked for. Cost: one pass, one copy of lines that span feeds. */
export class LineSplitter {
  readonly #options: LineOptions;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isSkipping = false;
  #isAfterCr = false;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  feed(bytes: Uint8Array): void {
    let start = 0;
    if (this.#isAfterCr && bytes.length > 0) {
      this.#isAfterCr = false;
      if (bytes[0] === LF) start = 1;
    }
    let nextLf = bytes.indexOf(LF, start);
    let nextCr = this.#options.isCrBreak ? bytes.indexOf(CR, start) : -1;
    while (nextLf !== -1 || nextCr !== -1) {
      const isCr = nextCr !== -1 && (nextLf === -1 || nextCr < nextLf);
      const end = isCr ? nextCr : nextLf;
      this.#endLine(bytes.subarray(start, end));
      start = end + 1;
      if (isCr && start < bytes.length && bytes[start] === LF) start += 1;
      else if (isCr && start === bytes.length) this.#isAfterCr = true;
      if (nextLf !== -1 && nextLf < start) nextLf = bytes.indexOf(LF, start);
      if (nextCr !== -1 && nextCr < start) nextCr = bytes.indexOf(CR, start);
    }
    if (start < bytes.length) this.#hold(bytes.subarray(start));
  }

  /** Gives out a last line that has no end. */
  end(): void {
    if (this.#heldBytes > 0) this.#endLine(EMPTY);
    this.#isSkipping = false;
  }

  #hold(piece: Uint8Array): void {
    if (this.#isSkipping) return;
    if (this.#heldBytes + piece.length > this.#options.maxLineBytes) {
      this.#skipLine();
      this.#isSkipping = true;
      return;
    }
    this.#held.push(piece.slice());
    this.#heldBytes += piece.length;
  }

  #endLine(rest: Uint8Array): void {
    if (this.#isSkipping) {
      this.#isSkipping = false;
      return;
    }
    if (this.#heldBytes + rest.length > this.#options.maxLineBytes) {
      this.#skipLine();
      return;
    }
    let line = rest;
    if (this.#heldBytes > 0) {
      this.#held.push(rest);
      line = joinBytes(this.#held);
      this.#held = [];
      this.#heldBytes = 0;
    }
    const isCrlf = !this.#options.isCrBreak && line.length > 0 && line[line.length - 1] === CR;
    this.#options.onLine(isCrlf ? line.subarray(0, -1) : line);
  }

  #skipLine(): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#options.onLongLine();
  }
}

const EMPTY = new Uint8Array();
