/** @module Journal entries of exchanges, as the proxy would have written them. */

import type { ExchangeId } from "../../src/domain/id.ts";
import type { BodyEntry, EndEntry, HeadEntry, JournalEntry, ResponseHeadEntry } from "../../src/journal/entry.ts";

export const STARTED_AT_MS = 1_760_000_000_000;

let lastId = 0;

/** A new id; ids of one test run sort by the order they were made in. */
export function createId(): ExchangeId {
  lastId += 1;
  return `01990000-0000-7000-8000-${lastId.toString(16).padStart(12, "0")}` as ExchangeId;
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export type Script = {
  readonly head?: Partial<HeadEntry>;
  readonly request?: string | Uint8Array;
  /** Undefined = no answer head came. */
  readonly statusCode?: number | undefined;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  /** Pieces of the answer; times are 100, 110, 120… ms. */
  readonly answer?: readonly (string | Uint8Array)[];
  /** What the client got of it. */
  readonly client?: string;
  /** Index of pieces that were lost on the way. */
  readonly lost?: readonly number[];
  /** Undefined = the end never came. */
  readonly end?: Partial<EndEntry> | undefined;
};

/** All entries of one exchange in order. `end: undefined` given by name leaves the end out. */
export function entriesOf(id: ExchangeId, script: Script): JournalEntry[] {
  const request = toBytes(script.request ?? '{"model":"asked"}');
  const answer = (script.answer ?? []).map(toBytes);
  const entries: JournalEntry[] = [{ type: "head", seq: 0, value: toHead(id, script.head) }];
  if (request.length > 0) entries.push(toBody({ id, side: "request", atMs: 1, offset: 0, bytes: request }));
  const statusCode = "statusCode" in script ? script.statusCode : 200;
  if (statusCode !== undefined) {
    const value: ResponseHeadEntry = {
      id,
      atMs: 90,
      statusCode,
      headers: [
        ["content-type", script.contentType ?? "application/json"],
        ...(script.contentEncoding === undefined ? [] : [["content-encoding", script.contentEncoding] as const]),
      ],
    };
    entries.push({ type: "response-head", seq: 0, value });
  }
  let offset = 0;
  let kept = 0;
  for (const [index, bytes] of answer.entries()) {
    if (!(script.lost ?? []).includes(index)) {
      entries.push(toBody({ id, side: "response", atMs: 100 + index * 10, offset, bytes }));
      kept += bytes.length;
    }
    offset += bytes.length;
  }
  if (script.client !== undefined) {
    entries.push(toBody({ id, side: "client-response", atMs: 200, offset: 0, bytes: utf8(script.client) }));
  }
  if ("end" in script && script.end === undefined) return entries;
  const end: EndEntry = {
    id,
    state: "completed",
    endedBy: "upstream",
    ...(statusCode === undefined ? {} : { statusCode }),
    durationMs: 500,
    overheadMs: 0.25,
    requestBytes: request.length,
    responseBytes: offset,
    requestJournaled: request.length,
    responseJournaled: kept,
    edits: [],
    attempts: [],
    ...script.end,
  };
  entries.push({ type: "end", seq: 0, value: end });
  return entries;
}

export function toHead(id: ExchangeId, head: Partial<HeadEntry> = {}): HeadEntry {
  return {
    id,
    startedAtMs: STARTED_AT_MS,
    surface: "test",
    provider: "test",
    upstream: "test",
    upstreamUrl: "http://127.0.0.1:1",
    local: false,
    method: "POST",
    path: "/lines",
    query: "",
    headers: [["content-type", "application/json"]],
    capture: "full",
    captureBytes: 1024 * 1024,
    billing: "metered",
    edits: [],
    ...head,
  };
}

export function toBody(value: BodyEntry): JournalEntry {
  return { type: "body", seq: 0, value };
}

/** A repeatable event stream: `count` text events, then usage and the end. */
export function eventStream(count: number): string[] {
  const events = Array.from({ length: count }, (_, index) => `data: {"text":"piece ${index}"}\n\n`);
  return ['data: {"model":"answered","in":11}\n\n', ...events, `data: {"out":${count}}\n\n`, 'data: {"done":true}\n\n'];
}

function toBytes(body: string | Uint8Array): Uint8Array {
  return typeof body === "string" ? utf8(body) : body;
}
