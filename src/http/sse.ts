/** @module Server-sent events (WHATWG HTML §9.2) out of bytes, and what providers put between them. */

import { joinBytes } from "./json.ts";
import { LineSplitter } from "./lines.ts";

export type SseOptions = {
  /** One event with data. `type` is the `event:` field or empty; data lines are joined by LF. */
  readonly onEvent: (type: string, data: Uint8Array) => void;
  /** Lines that are no SSE fields, joined by LF: bare JSON behind the events, `error: {…}`. */
  readonly onStray?: (text: string) => void;
  /** An event or line over the bound was skipped. */
  readonly onOversize?: () => void;
  readonly maxEventBytes?: number;
};

/** Bytes held for one event unless told otherwise. */
export const MAX_EVENT_BYTES = 16 * 1024 * 1024;

const MAX_STRAY_BYTES = 64 * 1024;
const COLON = 58;
const SPACE = 32;
const LINE_FEED = Uint8Array.of(10);
const decoder = new TextDecoder();

/** Incremental: bytes may be split anywhere. Holds one event at most. */
export class SseParser {
  readonly #options: SseOptions;
  readonly #lines: LineSplitter;
  readonly #maxEventBytes: number;
  #type = "";
  #data: Uint8Array[] = [];
  #dataBytes = 0;
  #isOversize = false;
  #stray: Uint8Array[] = [];
  #strayBytes = 0;
  #isFirstLine = true;

  constructor(options: SseOptions) {
    this.#options = options;
    this.#maxEventBytes = options.maxEventBytes ?? MAX_EVENT_BYTES;
    this.#lines = new LineSplitter({
      onLine: (line) => this.#takeLine(line),
      onLongLine: () => this.#skipEvent(),
      maxLineBytes: this.#maxEventBytes,
      isCrBreak: true,
    });
  }

  feed(bytes: Uint8Array): void {
    this.#lines.feed(bytes);
  }

  /** Gives out an event that the stream's end cut off from its blank line; it may be broken. */
  end(): void {
    this.#lines.end();
    this.#dispatch();
  }

  #takeLine(raw: Uint8Array): void {
    let line = raw;
    if (this.#isFirstLine) {
      this.#isFirstLine = false;
      if (line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf) line = line.subarray(3);
    }
    if (line.length === 0) return this.#dispatch();
    if (line[0] === COLON) return;
    const data = findValue(line, "data");
    if (data !== undefined) return this.#takeData(data);
    const type = findValue(line, "event");
    if (type !== undefined) {
      this.#type = decoder.decode(type.subarray(0, 200));
      return;
    }
    if (findValue(line, "id") !== undefined || findValue(line, "retry") !== undefined) return;
    if (this.#strayBytes + line.length > MAX_STRAY_BYTES) return;
    this.#stray.push(line.slice(), LINE_FEED);
    this.#strayBytes += line.length + 1;
  }

  #takeData(value: Uint8Array): void {
    if (this.#isOversize) return;
    if (this.#dataBytes + value.length > this.#maxEventBytes) return this.#skipEvent();
    if (this.#data.length > 0) this.#data.push(LINE_FEED);
    this.#data.push(value.slice());
    this.#dataBytes += value.length + 1;
  }

  #skipEvent(): void {
    if (!this.#isOversize) this.#options.onOversize?.();
    this.#isOversize = true;
    this.#data = [];
    this.#dataBytes = 0;
  }

  #dispatch(): void {
    if (this.#stray.length > 0) {
      const text = decoder.decode(joinBytes(this.#stray)).trim();
      this.#stray = [];
      this.#strayBytes = 0;
      this.#options.onStray?.(text);
    }
    const { onEvent } = this.#options;
    if (this.#data.length > 0 && !this.#isOversize) onEvent(this.#type, joinBytes(this.#data));
    this.#type = "";
    this.#data = [];
    this.#dataBytes = 0;
    this.#isOversize = false;
  }
}

/** Value of a field line `name: value`; undefined for other fields. One space behind the colon is not part of it. */
function findValue(line: Uint8Array, name: string): Uint8Array | undefined {
  const { length } = name;
  if (line.length < length) return undefined;
  for (let at = 0; at < length; at++) if (line[at] !== name.charCodeAt(at)) return undefined;
  if (line.length === length) return line.subarray(length);
  if (line[length] !== COLON) return undefined;
  return line.subarray(line[length + 1] === SPACE ? length + 2 : length + 1);
}
