/** @module Server-sent events cut out of bytes with every byte kept, so that what is not changed can go out as it came. */

import { joinBytes } from "../http/json.ts";
import type { FixEvent } from "./fix.ts";

const LF = 10;
const CR = 13;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Cuts behind each blank line (LF or CRLF). Linear, however the bytes are split. */
export class EventCutter {
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #lineBytes = 0;
  #lineIsCr = false;

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whole events, blank line included; the rest is kept for the next piece. */
  push(bytes: Uint8Array): Uint8Array[] {
    const events: Uint8Array[] = [];
    let from = 0;
    let lineFrom = 0;
    for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) {
      const length = this.#lineBytes + at - lineFrom;
      const isBlank = length === 0 || (length === 1 && (at > lineFrom ? bytes[lineFrom] === CR : this.#lineIsCr));
      this.#lineBytes = 0;
      lineFrom = at + 1;
      if (!isBlank) continue;
      events.push(this.#take(bytes.subarray(from, lineFrom)));
      from = lineFrom;
    }
    if (lineFrom < bytes.length) {
      this.#lineIsCr = this.#lineBytes === 0 && bytes.length - lineFrom === 1 && bytes[lineFrom] === CR;
      this.#lineBytes += bytes.length - lineFrom;
    }
    if (from < bytes.length) {
      this.#held.push(bytes.slice(from));
      this.#heldBytes += bytes.length - from;
    }
    return events;
  }

  /** What is kept of an event that has not ended; it is forgotten. */
  takeRest(): Uint8Array {
    return this.#take(EMPTY);
  }

  #take(end: Uint8Array): Uint8Array {
    if (this.#held.length === 0) return end;
    const whole = joinBytes([...this.#held, end]);
    this.#held = [];
    this.#heldBytes = 0;
    return whole;
  }
}

const EMPTY = new Uint8Array(0);

/** An event of these bytes. */
export function toFixEvent(bytes: Uint8Array): FixEvent {
  let data: string | undefined;
  let isParsed = false;
  return {
    bytes,
    get data() {
      if (!isParsed) data = findData(bytes);
      isParsed = true;
      return data;
    },
  };
}

function findData(bytes: Uint8Array): string | undefined {
  const lines = decoder
    .decode(bytes)
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"));
  if (lines.length === 0) return undefined;
  return lines.map((line) => line.slice(line[5] === " " ? 6 : 5)).join("\n");
}

/** An event like `like` with other data: its other fields and its line ends stay. */
export function withData(like: FixEvent, data: string): Uint8Array {
  const text = decoder.decode(like.bytes);
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const others = text.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("data:"));
  return encoder.encode([...others, `data: ${data}`, "", ""].join(end));
}
