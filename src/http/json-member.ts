/** @module Members of a JSON object as places in its bytes, so that one can be changed while all others stay as they are. */

/** Byte offsets: from the quote of the key to behind the value. */
export type JsonMember = { readonly start: number; readonly valueStart: number; readonly end: number };

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The last top-level member of this name, which is the one a parser keeps; undefined when there is none or the bytes
 * are no object. The bytes are taken to be valid JSON. Cost: one loop over the bytes up to the member, and native
 * searches of the rest; a loop over all of them where the name stands there again.
 */
export function findMember(bytes: Uint8Array, name: string): JsonMember | undefined {
  let found: JsonMember | undefined;
  let isSearched = false;
  const isWhole = forEachMember(bytes, ({ keyEnd, ...member }) => {
    if (!isKey(bytes, member.start, keyEnd, name)) return "go on";
    found = member;
    // Once only: a hostile body has a million of them, each with all the others behind it.
    if (isSearched) return "go on";
    isSearched = true;
    return mayHoldKey(bytes, member.end, name) ? "go on" : "stop";
  });
  return isWhole ? found : undefined;
}

/** False only when no key from there on can have this name, be it written with escapes, and the object is closed. */
function mayHoldKey(bytes: Uint8Array, from: number, name: string): boolean {
  let last = bytes.length - 1;
  while (isSpace(bytes[last])) last -= 1;
  if (bytes[last] !== CLOSE_BRACE) return true;
  const searched = toBuffer(bytes);
  for (const spelling of toSpellings(name)) if (searched.includes(spelling, from)) return true;
  return false;
}

/** The same bytes with native searches for more than one of them; costs nothing for what is a buffer already. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

const spellings = new Map<string, readonly Buffer[]>();

/**
 * What stands in a text in which a key has this name: the name itself, or the beginning of an escaped letter of it. As
 * bytes: a search for those takes a third of the time that one for a text does.
 */
function toSpellings(name: string): readonly Buffer[] {
  let found = spellings.get(name);
  if (found === undefined) {
    const escapes = Array.from(name, (letter) => `\\u00${letter.charCodeAt(0).toString(16).slice(0, 1)}`);
    found = [`"${name}"`, ...new Set(escapes)].map((text) => Buffer.from(text));
    // Names are words of this program, never a client's.
    spellings.set(name, found);
  }
  return found;
}

type MemberPlace = JsonMember & { readonly keyEnd: number };

/** False when the bytes are no object, or end in the middle of a member. */
function forEachMember(bytes: Uint8Array, take: (member: MemberPlace) => "go on" | "stop"): boolean {
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== OPEN_BRACE) return false;
  at = skipSpace(bytes, at + 1);
  while (bytes[at] === QUOTE) {
    const start = at;
    const keyEnd = skipString(bytes, at);
    const colon = skipSpace(bytes, keyEnd);
    if (bytes[colon] !== COLON) return false;
    const valueStart = skipSpace(bytes, colon + 1);
    const end = skipValue(bytes, valueStart);
    if (end === valueStart) return false;
    if (take({ start, keyEnd, valueStart, end }) === "stop") return true;
    at = skipSpace(bytes, end);
    if (bytes[at] !== COMMA) break;
    at = skipSpace(bytes, at + 1);
  }
  return true;
}

function toKey(bytes: Uint8Array, { start, keyEnd }: MemberPlace): string | undefined {
  try {
    return String(JSON.parse(decoder.decode(bytes.subarray(start, keyEnd))));
  } catch {
    return undefined;
  }
}

/** How many top-level members have this name, in any letter case and escaping; 0 for what is no object. */
export function countMembers(bytes: Uint8Array, name: string): number {
  let count = 0;
  forEachMember(bytes, (key) => {
    if (toKey(bytes, key)?.toLowerCase() === name) count += 1;
    return "go on";
  });
  return count;
}

/** The member's value; undefined when it is no JSON. */
export function readMember(bytes: Uint8Array, { valueStart, end }: JsonMember): unknown {
  if (isPlainText(bytes, valueStart, end)) return toBuffer(bytes).toString("latin1", valueStart + 1, end - 1);
  try {
    return JSON.parse(decoder.decode(bytes.subarray(valueStart, end)));
  } catch {
    return undefined;
  }
}

const MAX_PLAIN_BYTES = 256;

/** True for a short text that stands there as it is: the usual case, of which a parser would make more work. */
function isPlainText(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 2 || end - start > MAX_PLAIN_BYTES || bytes[start] !== QUOTE || bytes[end - 1] !== QUOTE)
    return false;
  for (let at = start + 1; at < end - 1; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 32 || byte > 126 || byte === QUOTE || byte === BACKSLASH) return false;
  }
  return true;
}

/** The object with this member set to a value: all other bytes stay. A new member becomes the first. */
export function setMember(bytes: Uint8Array, name: string, value: unknown): Uint8Array {
  const json = JSON.stringify(value);
  const member = findMember(bytes, name);
  if (member !== undefined) return splice(bytes, member.valueStart, member.end, json);
  const brace = skipSpace(bytes, 0) + 1;
  const isEmpty = bytes[skipSpace(bytes, brace)] === CLOSE_BRACE;
  return splice(bytes, brace, brace, `${JSON.stringify(name)}:${json}${isEmpty ? "" : ","}`);
}

/** The object without any member of this name, and without the commas that went with it. Cost: one loop, however many. */
export function removeMember(bytes: Uint8Array, name: string): Uint8Array {
  const kept: Uint8Array[] = [];
  let keptTo = 0;
  const cut = (from: number, to: number): void => {
    kept.push(bytes.subarray(keptTo, from));
    keptTo = to;
  };
  /** Members of this name one after the other. */
  let row: { readonly start: number; end: number } | undefined;
  const isWhole = forEachMember(bytes, ({ start, keyEnd, end }) => {
    if (isKey(bytes, start, keyEnd, name)) {
      row ??= { start, end };
      row.end = end;
    } else if (row !== undefined) {
      cut(row.start, start);
      row = undefined;
    }
    return "go on";
  });
  if (!isWhole) return bytes;
  if (row !== undefined) {
    let before = row.start - 1;
    while (isSpace(bytes[before])) before -= 1;
    // With the comma that stood before the last members goes what it parted them from.
    cut(bytes[before] === COMMA ? before : row.start, row.end);
  }
  return keptTo === 0 ? bytes : Buffer.concat([...kept, bytes.subarray(keptTo)]);
}

function splice(bytes: Uint8Array, from: number, to: number, text: string): Uint8Array {
  const insertion = encoder.encode(text);
  const changed = new Uint8Array(bytes.length - (to - from) + insertion.length);
  changed.set(bytes.subarray(0, from));
  changed.set(insertion, from);
  changed.set(bytes.subarray(to), from + insertion.length);
  return changed;
}

/** @param start of the quoted key @param end behind it */
function isKey(bytes: Uint8Array, start: number, end: number, name: string): boolean {
  let isSame = end - start === name.length + 2;
  for (let at = 0; isSame && at < name.length; at++) isSame = bytes[start + 1 + at] === name.charCodeAt(at);
  // Each letter takes at most six bytes.
  if (isSame || end - start > name.length * 6 + 2 || !hasBackslash(bytes, start, end)) return isSame;
  try {
    return JSON.parse(decoder.decode(bytes.subarray(start, end))) === name;
  } catch {
    return false;
  }
}

/** For a few bytes: a native search would cost more. */
function hasBackslash(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === BACKSLASH) return true;
  return false;
}

/** Also steps over a byte order mark at the start. */
function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  if (at === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) at = 3;
  while (isSpace(bytes[at])) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}

/** Behind the closing quote of the string that begins here. */
function skipString(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  for (;;) {
    at = bytes.indexOf(QUOTE, at);
    if (at === -1) return bytes.length;
    let slashes = 0;
    while (bytes[at - 1 - slashes] === BACKSLASH) slashes += 1;
    at += 1;
    if (slashes % 2 === 0) return at;
  }
}

function skipValue(bytes: Uint8Array, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) return skipString(bytes, from);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) {
    let at = from;
    while (at < bytes.length && !isSpace(bytes[at]) && bytes[at] !== COMMA && bytes[at] !== CLOSE_BRACE) at += 1;
    return at;
  }
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = skipString(bytes, at) - 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at + 1;
  }
  return bytes.length;
}
