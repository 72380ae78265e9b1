/** @module JSON out of bytes: parsing that does not throw, elements of a streamed array, members of a broken text. */

const decoder = new TextDecoder();

/** Undefined for text that is no JSON; JSON `null` is null. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function parseJsonBytes(bytes: Uint8Array): unknown {
  return parseJson(decoder.decode(bytes));
}

/** One array of all the bytes. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export type JsonArrayOptions = {
  /** The text of one element that is an object. */
  readonly onObject: (json: Uint8Array) => void;
  /** An element was longer than the bound and is skipped. */
  readonly onLongObject: () => void;
  readonly maxObjectBytes: number;
};

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Gives out the objects of one top-level array as they close. Other elements are passed over. */
export class JsonArraySplitter {
  readonly #options: JsonArrayOptions;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isObject = false;
  #isTooLong = false;
  #isClosed = false;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(options: JsonArrayOptions) {
    this.#options = options;
  }

  /** True once the array's own bracket closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Cost: one loop over the bytes, the only place where a format has no marker to search for. */
  feed(bytes: Uint8Array): void {
    let start = this.#isObject ? 0 : -1;
    for (let at = 0; at < bytes.length && !this.#isClosed; at++) {
      const byte = bytes[at];
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isInString = false;
      } else if (byte === QUOTE) {
        this.#isInString = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (this.#depth === 1 && byte === OPEN_BRACE) {
          this.#isObject = true;
          start = at;
        }
        this.#depth += 1;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.#depth -= 1;
        if (this.#depth <= 0) this.#isClosed = true;
        if (this.#depth === 1 && this.#isObject) {
          this.#endObject(bytes.subarray(start, at + 1));
          start = -1;
        }
      }
    }
    if (this.#isObject && start !== -1) this.#hold(bytes.subarray(start));
  }

  #hold(piece: Uint8Array): void {
    if (this.#isTooLong) return;
    if (this.#heldBytes + piece.length > this.#options.maxObjectBytes) {
      this.#isTooLong = true;
      this.#held = [];
      this.#heldBytes = 0;
      this.#options.onLongObject();
      return;
    }
    this.#held.push(piece.slice());
    this.#heldBytes += piece.length;
  }

  #endObject(rest: Uint8Array): void {
    this.#hold(rest);
    const { onObject } = this.#options;
    if (!this.#isTooLong) onObject(joinBytes(this.#held));
    this.#isObject = false;
    this.#isTooLong = false;
    this.#held = [];
    this.#heldBytes = 0;
  }
}

/** Longest text of one member that is looked through, and how many places are tried: hostile texts repeat a key. */
const MAX_MEMBER_CHARS = 256 * 1024;
const MAX_TRIES = 8;

/**
 * The last whole object that stands behind `"key":` in a text that is no whole JSON.
 * A key inside a JSON string has escaped quotes and is not found.
 */
export function findJsonObject(text: string, key: string): unknown {
  const quoted = `"${key}"`;
  let at = text.lastIndexOf(quoted);
  for (let tries = 0; at !== -1 && tries < MAX_TRIES; tries++, at = at === 0 ? -1 : text.lastIndexOf(quoted, at - 1)) {
    const opening = /^\s*:\s*\{/.exec(text.slice(at + quoted.length, at + quoted.length + 64));
    if (opening === null || text[at - 1] === "\\") continue;
    const start = at + quoted.length + opening[0].length - 1;
    const end = findClosingBrace(text, start);
    const value = end === undefined ? undefined : parseJson(text.slice(start, end + 1));
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The first string that stands behind `"key":` in a text that is no whole JSON. */
export function findJsonString(text: string, key: string): string | undefined {
  const quoted = `"${key}"`;
  let at = text.indexOf(quoted);
  for (let tries = 0; at !== -1 && tries < MAX_TRIES; tries++, at = text.indexOf(quoted, at + 1)) {
    const found = /^\s*:\s*("(?:[^"\\]|\\.){0,1000}")/.exec(text.slice(at + quoted.length, at + quoted.length + 1100));
    const value = found?.[1] === undefined ? undefined : parseJson(found[1]);
    if (typeof value === "string" && text[at - 1] !== "\\") return value;
  }
  return undefined;
}

function findClosingBrace(text: string, start: number): number | undefined {
  let depth = 0;
  let isInString = false;
  const limit = Math.min(text.length, start + MAX_MEMBER_CHARS);
  for (let at = start; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (isInString) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) isInString = false;
    } else if (code === QUOTE) isInString = true;
    else if (code === OPEN_BRACE) depth += 1;
    else if (code === CLOSE_BRACE && --depth === 0) return at;
  }
  return undefined;
}
