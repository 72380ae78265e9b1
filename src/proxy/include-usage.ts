/** @module Asks OpenAI-style chat streams for their usage by inserting bytes, and takes the extra chunk out again. */

import { findMember, toBuffer } from "../http/json-member.ts";
import type { Upstream } from "../provider/upstream.ts";

/** The insertion, written so that the client's own bytes stay as they are. */
const OPTION = '{"stream_options":{"include_usage":true},';
const INNER_OPTION = '"include_usage":true,';

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** True for calls where the option exists, POST …/chat/completions, and whose body can be looked into, at upstreams that are asked. */
export function mayAskForUsage(
  { includeUsage }: Pick<Upstream, "includeUsage">,
  { method, headers }: { readonly method: string; readonly headers: Headers },
  path: string,
): boolean {
  return (
    includeUsage === "auto" &&
    method === "POST" &&
    path.endsWith("/chat/completions") &&
    !headers.has("content-encoding")
  );
}

/**
 * The body with `stream_options.include_usage: true` inserted; undefined when nothing is to be done
 * (no stream, the client set the option itself, or the bytes are not the JSON we expect).
 * Cost: two byte searches for most bodies, one JSON.parse for streams that do not set the option.
 */
export function insertUsageOption(body: Uint8Array): Uint8Array | undefined {
  const bytes = toBuffer(body);
  if (!bytes.includes('"stream"')) return undefined;
  const call = parseObject(body);
  if (call?.["stream"] !== true) return undefined;
  const options = call["stream_options"];
  if (options === undefined) {
    const brace = bytes.indexOf("{");
    if (isEmptyAfter(bytes, brace)) return undefined;
    return splice(body, brace, brace + 1, OPTION);
  }
  if (!isObject(options) || "include_usage" in options) return undefined;
  return insertIntoOptions(body, bytes);
}

/** `stream_options` is an object without the member. */
function insertIntoOptions(body: Uint8Array, bytes: Buffer): Uint8Array | undefined {
  const member = findMember(body, "stream_options");
  if (member === undefined) return undefined;
  const inside = member.valueStart + 1;
  const isEmpty = isEmptyAfter(bytes, member.valueStart);
  return splice(body, inside, inside, isEmpty ? INNER_OPTION.slice(0, -1) : INNER_OPTION);
}

/** Longest event that may be held back to see whether it is the usage-only chunk. */
const MAX_EVENT_BYTES = 64 * 1024;

export type UsageChunkFilter = {
  /** What of these bytes the client may see now; may be empty. */
  filter(bytes: Uint8Array): Uint8Array;
  /** What was held back when the stream ends. */
  end(): Uint8Array;
  readonly removed: number;
};

/**
 * Takes the usage-only chunk (`"choices":[]` with a usage object) that ends an SSE stream out of it; all other bytes pass
 * as they are. One that tells more than usage, or that others follow, is not the one we asked for and stays.
 * An event is held only until its blank line, and never more than 64 KiB of it; a usage-only chunk until the next event.
 */
export function createUsageChunkFilter(): UsageChunkFilter {
  let held: Uint8Array = EMPTY;
  let overlong = false;
  let removed = 0;
  /** A usage-only chunk: ours if the stream ends behind it. */
  let candidate: Uint8Array | undefined;

  return {
    get removed() {
      return removed;
    },
    filter(bytes) {
      const input = held.length === 0 ? bytes : concat(held, bytes);
      held = EMPTY;
      let from = 0;
      let passed = 0;
      let output: Uint8Array[] | undefined;
      for (;;) {
        const end = findEventEnd(input, from);
        if (end === -1) break;
        if (candidate !== undefined && input[from] !== COLON) {
          if (isDone(input.subarray(from, end))) removed += 1;
          else {
            output ??= [];
            output.push(input.subarray(passed, from), candidate);
            passed = from;
          }
          candidate = undefined;
        }
        if (!overlong && isUsageOnly(input.subarray(from, end))) {
          candidate = input.slice(from, end);
          output ??= [];
          output.push(input.subarray(passed, from));
          passed = end;
        }
        overlong = false;
        from = end;
      }
      const rest = input.subarray(from);
      // Most pieces end with a whole event: then nothing is held and nothing is copied.
      let until = input.length;
      if (rest.length > 0 && !overlong) {
        if (rest.length <= MAX_EVENT_BYTES) {
          held = rest.slice();
          until = from;
        } else overlong = true;
      }
      if (output === undefined) return passed === 0 && until === input.length ? input : input.subarray(passed, until);
      if (until > passed) output.push(input.subarray(passed, until));
      return output.length === 1 ? (output[0] ?? EMPTY) : concat(...output);
    },
    end() {
      const rest = held;
      held = EMPTY;
      if (rest.length > 0 && isUsageOnly(rest)) {
        removed += 1;
        return candidate ?? EMPTY;
      }
      if (candidate === undefined) return rest;
      if (rest.length > 0 && !isDone(rest)) return concat(candidate, rest);
      removed += 1;
      return rest;
    },
  };
}

const EMPTY = new Uint8Array(0);
/** Begins a comment, which many servers send as a sign of life. */
const COLON = 58;

/** Index after the blank line that ends the event at `from`; -1 when it is not there yet. */
function findEventEnd(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(10, from); at !== -1; at = bytes.indexOf(10, at + 1)) {
    const next = bytes[at + 1];
    if (next === 10) return at + 2;
    if (next === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return -1;
}

/** What the chunk has beside its usage: nothing that a client would miss. */
const USAGE_CHUNK_MEMBERS: ReadonlySet<string> = new Set(
  "id object created model choices usage system_fingerprint service_tier obfuscation provider".split(" "),
);

function isDone(event: Uint8Array): boolean {
  return event.length < 32 && /^data:\s*\[DONE\]\s*$/.test(String.fromCharCode(...event));
}

function isUsageOnly(event: Uint8Array): boolean {
  const bytes = Buffer.from(event.buffer, event.byteOffset, event.byteLength);
  if (!bytes.includes('"usage"') || !bytes.includes('"choices"')) return false;
  const data = bytes
    .toString("utf8")
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5))
    .join("\n");
  try {
    const chunk: unknown = JSON.parse(data);
    return (
      isObject(chunk) &&
      Array.isArray(chunk["choices"]) &&
      chunk["choices"].length === 0 &&
      isObject(chunk["usage"]) &&
      Object.keys(chunk).every((name) => USAGE_CHUNK_MEMBERS.has(name))
    );
  } catch {
    return false;
  }
}

function parseObject(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(body));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmptyAfter(bytes: Buffer, brace: number): boolean {
  for (let at = brace + 1; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte !== 32 && byte !== 9 && byte !== 10 && byte !== 13) return byte === 125;
  }
  return false;
}

/** `body` with the bytes from `from` to `to` replaced by `text`. */
function splice(body: Uint8Array, from: number, to: number, text: string): Uint8Array {
  return concat(body.subarray(0, from), encoder.encode(text), body.subarray(to));
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
