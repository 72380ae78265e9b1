/** @module Newline-delimited JSON out of bytes: one value per line. */

import { parseJsonBytes } from "./json.ts";
import { LineSplitter } from "./lines.ts";
import { MAX_EVENT_BYTES } from "./sse.ts";

export type NdjsonOptions = {
  readonly onValue: (value: unknown) => void;
  /** A line that is no JSON. */
  readonly onInvalid?: (line: Uint8Array) => void;
  /** A line over the bound was skipped. */
  readonly onOversize?: () => void;
  readonly maxLineBytes?: number;
};

/** Incremental: bytes may be split anywhere. Blank lines are passed over. */
export class NdjsonParser {
  readonly #options: NdjsonOptions;
  readonly #lines: LineSplitter;

  constructor(options: NdjsonOptions) {
    this.#options = options;
    this.#lines = new LineSplitter({
      onLine: (line) => this.#takeLine(line),
      onLongLine: () => options.onOversize?.(),
      maxLineBytes: options.maxLineBytes ?? MAX_EVENT_BYTES,
      isCrBreak: false,
    });
  }

  feed(bytes: Uint8Array): void {
    this.#lines.feed(bytes);
  }

  /** Reads a last line that has no end. */
  end(): void {
    this.#lines.end();
  }

  #takeLine(line: Uint8Array): void {
    if (isBlank(line)) return;
    const { onValue } = this.#options;
    const value = parseJsonBytes(line);
    if (value === undefined) this.#options.onInvalid?.(line);
    else onValue(value);
  }
}

function isBlank(line: Uint8Array): boolean {
  for (const byte of line) if (byte !== 32 && byte !== 9 && byte !== 13) return false;
  return true;
}
