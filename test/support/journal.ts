/** @module Builders of journal entries, and directories that go away after the test. */

import { afterEach } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ExchangeId, fromIdBytes } from "../../src/domain/id.ts";
import type { BodyEntry, EndEntry, HeadEntry, JournalEntry, ResponseHeadEntry } from "../../src/journal/entry.ts";
import type { Journal } from "../../src/journal/journal.ts";
import type { JournalOptions } from "../../src/journal/options.ts";
import { createJournalReader, type JournalReader, type ReadEntry } from "../../src/journal/reader.ts";
import { createJournal } from "../../src/journal/writer.ts";

/** An id that tells which number it was made from. */
export function idOf(number: number): ExchangeId {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, number);
  return fromIdBytes(bytes, 0);
}

export function headOf(id: ExchangeId, more: Partial<HeadEntry> = {}): HeadEntry {
  return {
    id,
    startedAtMs: 1_764_000_000_123.5,
    surface: "/openai",
    provider: "openai",
    upstream: "openai",
    upstreamUrl: "https://api.openai.com",
    local: false,
    method: "POST",
    path: "/v1/chat/completions",
    query: "",
    headers: [
      ["content-type", "application/json"],
      ["user-agent", "test/1 – ünïcödé"],
    ],
    capture: "full",
    captureBytes: 1_000_000,
    billing: "metered",
    edits: [],
    ...more,
  };
}

export function responseHeadOf(id: ExchangeId): ResponseHeadEntry {
  return { id, atMs: 12.25, statusCode: 200, headers: [["content-type", "text/event-stream"]] };
}

export function bodyOf(id: ExchangeId, bytes: Uint8Array, more: Partial<BodyEntry> = {}): BodyEntry {
  return { id, side: "response", atMs: 13.5, offset: 0, bytes, ...more };
}

export function endOf(id: ExchangeId, more: Partial<EndEntry> = {}): EndEntry {
  return {
    id,
    state: "completed",
    endedBy: "upstream",
    statusCode: 200,
    durationMs: 99.75,
    overheadMs: 0.5,
    requestBytes: 0,
    responseBytes: 0,
    requestJournaled: 0,
    responseJournaled: 0,
    edits: [],
    attempts: [],
    ...more,
  };
}

/** Bytes that differ from place to place, so that a wrong offset shows. */
export function patternOf(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + seed) & 255;
  return bytes;
}

/** Body bytes of one exchange and side, put together by offset; the holes stay zero. */
export function joinBodies(entries: readonly JournalEntry[], id: ExchangeId, side: BodyEntry["side"]): Uint8Array {
  const pieces = entries.flatMap((entry) =>
    entry.type === "body" && entry.value.id === id && entry.value.side === side ? [entry.value] : [],
  );
  const whole = new Uint8Array(Math.max(0, ...pieces.map((piece) => piece.offset + piece.bytes.byteLength)));
  for (const piece of pieces) whole.set(piece.bytes, piece.offset);
  return whole;
}

/** `head 1`, `body 1`…: entries in short, by the number their id was made from. */
export function inShort(read: readonly (ReadEntry | JournalEntry)[]): string[] {
  return read.map((item) => {
    const entry = "entry" in item ? item.entry : item;
    return entry.type === "epoch" ? "epoch" : `${entry.type} ${Number.parseInt(entry.value.id.slice(-8), 16)}`;
  });
}

const directories: string[] = [];

/** A new directory, removed after the test. Call `removeTempDirectories` once at the top of the test file. */
export function tempDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "modeltap-journal-"));
  directories.push(directory);
  return directory;
}

export function removeTempDirectories(): void {
  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  });
}

/** Polls until nothing comes any more. */
export function readAll(reader: JournalReader, pollBytes = 1_000_000): ReadEntry[] {
  const all: ReadEntry[] = [];
  for (let some = reader.poll(pollBytes); some.length > 0; some = reader.poll(pollBytes)) all.push(...some);
  return all;
}

/** A journal without the guard on free disk, so that tests do not depend on the machine. */
export function openJournal(directory: string, more: Partial<JournalOptions> = {}): Journal {
  return createJournal({ directory, minFreeBytes: 0, minFreeFraction: 0, bursts: false, slowMs: 60_000, ...more });
}

/** Waits until `holds` is true; fails after `limitMs`. */
export async function waitUntil(holds: () => boolean, limitMs = 30_000): Promise<void> {
  const stopMs = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > stopMs) throw new Error("waited in vain");
    await Bun.sleep(2);
  }
}

/** One whole exchange, its five entries named by `exchangesInShort`. */
export function writeExchange(journal: Journal, number: number, bodyBytes = 100): void {
  const id = idOf(number);
  journal.head(headOf(id));
  journal.body(bodyOf(id, patternOf(bodyBytes, number), { side: "request" }));
  journal.responseHead(responseHeadOf(id));
  journal.body(bodyOf(id, patternOf(bodyBytes, number + 1)));
  journal.end(endOf(id));
}

const EXCHANGE = ["head", "body", "response-head", "body", "end"];

export function exchangesInShort(...numbers: number[]): string[] {
  return numbers.flatMap((number) => EXCHANGE.map((type) => `${type} ${number}`));
}

export function entriesOf(read: readonly ReadEntry[]): ReadEntry["entry"][] {
  return read.map(({ entry }) => entry);
}

/** The first segment file of a series. */
export function fileOf(directory: string, series: string): string {
  const names = readdirSync(directory).filter((name) => name.startsWith(series));
  const name = names.sort().at(0);
  if (name === undefined) throw new Error(`no ${series} segment`);
  return join(directory, name);
}

/** All that is in a directory, in short. */
export function readNames(directory: string): string[] {
  const reader = createJournalReader({ directory });
  const names = inShort(readAll(reader));
  reader.close();
  return names;
}
