/** @module The recorder between a real journal and a real SQLite store: nothing lost, nothing doubled, in order. */

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ExchangeId } from "../../src/domain/id.ts";
import type { JournalEntry } from "../../src/journal/entry.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { createJournalReader } from "../../src/journal/reader.ts";
import { readSegments } from "../../src/journal/segment.ts";
import { createJournal } from "../../src/journal/writer.ts";
import { createAssembler } from "../../src/record/assemble.ts";
import { decodeBody } from "../../src/record/decode.ts";
import { Recorder, type RecorderOptions } from "../../src/record/recorder.ts";
import { createSqliteReader } from "../../src/store/sqlite/reader.ts";
import { createSqliteWriter, type SqliteStoreWriter } from "../../src/store/sqlite/writer.ts";
import type { ExchangeBatch, StoreWriter } from "../../src/store/store.ts";
import { createId, entriesOf, eventStream, type Script } from "./entries.ts";
import { createLineDialect } from "./line-dialect.ts";

let directory: string;
let closing: (() => Promise<void> | void)[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "recorder-"));
  closing = [];
});

afterEach(async () => {
  for (const close of closing.toReversed()) await close();
  rmSync(directory, { recursive: true, force: true });
});

function openJournal(): Journal {
  const journal = createJournal({
    directory: join(directory, "journal"),
    minFreeBytes: 0,
    minFreeFraction: 0,
    slowMs: 60_000,
  });
  closing.push(() => journal.close());
  return journal;
}

function openWriter(): SqliteStoreWriter {
  const writer = createSqliteWriter({ path: join(directory, "store.sqlite"), busyTimeoutMs: 1 });
  closing.push(() => writer.close());
  return writer;
}

async function startRecorder(writer: StoreWriter, options: Partial<RecorderOptions> = {}) {
  const dialect = createLineDialect();
  const from = await writer.readCursor();
  const journal = createJournalReader({
    directory: join(directory, "journal"),
    ...(from === undefined ? {} : { from }),
  });
  const recorder = new Recorder({
    journal,
    writer,
    assembler: createAssembler({
      findDialect: (context) => (dialect.matches(context) ? dialect : undefined),
      decode: decodeBody,
      limits: { linkWaitMs: 300 },
    }),
    pollMs: 5,
    batch: { retryMs: 5, maxRetryMs: 20 },
    ...options,
  });
  const running = recorder.run();
  const stop = async (): Promise<void> => {
    await recorder.stop(1000);
    await running;
    journal.close();
  };
  closing.push(stop);
  return { recorder, dialect, stop };
}

async function readRows() {
  const reader = createSqliteReader({ path: join(directory, "store.sqlite") });
  const { rows } = await reader.listExchanges({}, { limit: 1000 });
  await reader.close();
  return rows.toReversed();
}

async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (await isTrue()) return;
    await Bun.sleep(5);
  }
  throw new Error(`never happened: ${what}`);
}

async function append(journal: Journal, entries: readonly JournalEntry[]): Promise<void> {
  for (const entry of entries) {
    if (entry.type === "head") journal.head(entry.value);
    else if (entry.type === "response-head") journal.responseHead(entry.value);
    else if (entry.type === "body") journal.body(entry.value);
    else if (entry.type === "end") journal.end(entry.value);
  }
  await journal.settled();
}

const STREAM: Script = { answer: eventStream(5), contentType: "text/event-stream" };

describe("the way from journal to store", () => {
  test("an exchange becomes a row with both bodies, and the journal's cursor moves on with it", async () => {
    const [journal, writer] = [openJournal(), openWriter()];
    const { recorder } = await startRecorder(writer);
    const id = createId();
    await append(journal, entriesOf(id, STREAM));
    await until(() => recorder.status().committedExchanges === 1, "the row");
    const reader = createSqliteReader({ path: join(directory, "store.sqlite") });
    const row = await reader.findExchange(id);
    expect(row).toMatchObject({ state: "completed", dialect: "lines", usage: { inputTokens: 11, outputTokens: 5 } });
    expect(row?.timing.ttftMs).toBe(110);
    const capture = await reader.findCapture(id, "response");
    expect(new TextDecoder().decode(capture?.bytes)).toBe(eventStream(5).join(""));
    expect(capture?.chunks?.length).toBe(8);
    await reader.close();
    expect(await writer.readCursor()).toMatch(/^\d+-\d+@\d+\/\d+-\d+@\d+$/);
    await until(() => recorder.status().lagMs === 0, "caught up");
    expect(recorder.status()).toMatchObject({ backlogBytes: 0, openExchanges: 0, storeErrors: 0 });
  });

  test("a long exchange is shown as pending and then replaced", async () => {
    const [journal, writer] = [openJournal(), openWriter()];
    await startRecorder(writer);
    const id = createId();
    const entries = entriesOf(id, STREAM);
    await append(journal, entries.slice(0, 4));
    await until(async () => (await writer.findState(id)) === "pending", "the pending row");
    await append(journal, entries.slice(4));
    await until(async () => (await writer.findState(id)) === "completed", "the final row");
    expect((await readRows()).length).toBe(1);
  });

  test("what is read and written is deleted from the journal", async () => {
    const writer = openWriter();
    const journal = createJournal({
      directory: join(directory, "journal"),
      logSegmentBytes: 4096,
      bodySegmentBytes: 4096,
      minFreeBytes: 0,
      minFreeFraction: 0,
      slowMs: 60_000,
    });
    closing.push(() => journal.close());
    for (let count = 0; count < 100; count++) await append(journal, entriesOf(createId(), STREAM));
    const before = readSegments(join(directory, "journal")).length;
    expect(before).toBeGreaterThan(10);
    const { recorder } = await startRecorder(writer);
    await until(() => readSegments(join(directory, "journal")).length <= 3, "pruned");
    expect(recorder.status()).toMatchObject({ committedExchanges: 100, lostSegments: 0, corruptFrames: 0 });
    expect((await readRows()).length).toBe(100);
  });
});

describe("crashes and restarts", () => {
  test("a recorder that starts again reads open exchanges from their head and doubles nothing", async () => {
    const [journal, writer] = [openJournal(), openWriter()];
    const open = createId();
    const openEntries = entriesOf(open, STREAM);
    await append(journal, openEntries.slice(0, 5));
    const done = Array.from({ length: 20 }, () => createId());
    for (const id of done) await append(journal, entriesOf(id, STREAM));
    const first = await startRecorder(writer);
    await until(() => first.recorder.status().committedExchanges === 20, "20 rows");
    await first.stop();

    await append(journal, openEntries.slice(5));
    const second = await startRecorder(writer);
    await until(async () => (await writer.findState(open)) === "completed", "the open one");
    // Only the one that was open is read again.
    expect(second.dialect.fed.length).toBe(1);
    expect(second.recorder.status().committedExchanges).toBe(1);
    const rows = await readRows();
    expect(rows.map(({ id }) => id).sort()).toEqual([open, ...done].sort());
    expect(rows.find(({ id }) => id === open)).toMatchObject({ usage: { outputTokens: 5 }, warnings: [] });
    expect(await writer.verifyRollups()).toEqual([]);
  });

  test("exchanges of a proxy that died are closed as interrupted when the next one begins", async () => {
    const writer = openWriter();
    const dead = createId();
    const first = createJournal({
      directory: join(directory, "journal"),
      minFreeBytes: 0,
      minFreeFraction: 0,
      slowMs: 60_000,
    });
    await append(first, entriesOf(dead, { ...STREAM, end: undefined }));
    first.close();
    const { recorder } = await startRecorder(writer);
    await until(async () => (await writer.findState(dead)) === "pending", "the pending row");
    openJournal();
    await until(async () => (await writer.findState(dead)) === "interrupted", "interrupted");
    expect(recorder.status().openExchanges).toBe(0);
  });

  test("stopping first reads what the journal holds", async () => {
    const [journal, writer] = [openJournal(), openWriter()];
    const { stop } = await startRecorder(writer, { pollMs: 60_000 });
    await Bun.sleep(20);
    for (let count = 0; count < 50; count++) await append(journal, entriesOf(createId(), STREAM));
    await stop();
    expect((await readRows()).length).toBe(50);
  });
});

describe("a store that is away", () => {
  /** The outside world's part: a database that is locked or full for a while. */
  function failing(writer: StoreWriter, isAway: (batch: ExchangeBatch) => Error | undefined): StoreWriter {
    return {
      write: async (batch) => {
        const error = isAway(batch);
        if (error !== undefined) throw error;
        await writer.write(batch);
      },
      readCursor: () => writer.readCursor(),
      findState: (id) => writer.findState(id),
      findSessionKeys: (keys) => writer.findSessionKeys(keys),
      trimSessionKeys: async () => 0,
      listRepricable: (question) => writer.listRepricable(question),
      trimCaptures: (beforeMs, limit) => writer.trimCaptures(beforeMs, limit),
      close: () => writer.close(),
    };
  }

  test("loses nothing, keeps the order and says why", async () => {
    const [journal, writer] = [openJournal(), openWriter()];
    let isAway = true;
    const locked = Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });
    const { recorder } = await startRecorder(failing(writer, () => (isAway ? locked : undefined)));
    const ids: ExchangeId[] = [];
    for (let count = 0; count < 60; count++) {
      ids.push(createId());
      await append(journal, entriesOf(ids[count] as ExchangeId, STREAM));
      if (count % 20 === 0) await Bun.sleep(20);
    }
    await until(() => recorder.status().storeErrors >= 3, "errors");
    expect(recorder.status()).toMatchObject({ committedExchanges: 0, lastStoreError: "database is locked" });
    expect(recorder.status().lagMs).toBeGreaterThan(0);
    isAway = false;
    await until(() => recorder.status().committedExchanges === 60, "all rows");
    expect((await readRows()).map(({ id }) => id)).toEqual(ids);
    expect(recorder.status().retriedWrites).toBe(1);
  });

  test("stopping meanwhile leaves everything to the next recorder", async () => {
    const [journal, writer] = [openJournal(), openWriter()];
    const full = Object.assign(new Error("disk is full"), { code: "SQLITE_FULL" });
    const first = await startRecorder(failing(writer, () => full));
    const ids = [createId(), createId()];
    for (const id of ids) await append(journal, entriesOf(id, STREAM));
    await until(() => first.recorder.status().storeErrors > 0, "errors");
    await first.recorder.stop(20);
    expect(await readRows()).toEqual([]);
    const second = await startRecorder(writer);
    await until(() => second.recorder.status().committedExchanges === 2, "rows");
    expect((await readRows()).map(({ id }) => id)).toEqual(ids);
  });
});

describe("bodies that come over the link", () => {
  test("a metadata exchange waits for its bytes and is read without a capture", async () => {
    const [journal, writer] = [openJournal(), openWriter()];
    const { recorder } = await startRecorder(writer);
    const id = createId();
    const entries = entriesOf(id, { ...STREAM, head: { capture: "metadata" } });
    const bodies = entries.flatMap((entry) => (entry.type === "body" ? [entry.value] : []));
    await append(
      journal,
      entries.filter(({ type }) => type !== "body"),
    );
    await until(() => recorder.status().openExchanges === 1, "the head");
    for (const body of bodies) recorder.pushLinkBody(body);
    await until(() => recorder.status().committedExchanges === 1, "the row");
    const reader = createSqliteReader({ path: join(directory, "store.sqlite") });
    expect(await reader.findExchange(id)).toMatchObject({ usage: { outputTokens: 5 }, usageSource: "reported" });
    expect(await reader.findCapture(id, "response")).toBeUndefined();
    await reader.close();
  });

  test("stopping waits for bytes that are still on their way", async () => {
    const [journal, writer] = [openJournal(), openWriter()];
    const { recorder, stop } = await startRecorder(writer, { pollMs: 60_000 });
    const entries = entriesOf(createId(), { ...STREAM, head: { capture: "metadata" } });
    await append(
      journal,
      entries.filter(({ type }) => type !== "body"),
    );
    const stopping = stop();
    await Bun.sleep(30);
    for (const entry of entries) if (entry.type === "body") recorder.pushLinkBody(entry.value);
    await stopping;
    expect((await readRows())[0]).toMatchObject({ usage: { outputTokens: 5 }, usageSource: "reported" });
  });

  test("when they do not come the row goes on as partial", async () => {
    const [journal, writer] = [openJournal(), openWriter()];
    const { recorder } = await startRecorder(writer);
    const entries = entriesOf(createId(), { ...STREAM, head: { capture: "off" } });
    await append(
      journal,
      entries.filter(({ type }) => type !== "body"),
    );
    await until(() => recorder.status().committedExchanges === 1, "the row");
    const [row] = await readRows();
    expect(row).toMatchObject({ state: "completed", usageSource: "none", requestHeaders: [] });
    expect(row?.warnings.join()).toContain("response_bytes_missing");
  });
});

test("old bodies are deleted while there is nothing else to do; rows stay", async () => {
  const [journal, writer] = [openJournal(), openWriter()];
  const { recorder } = await startRecorder(writer, { retentionBodiesMs: 1000 });
  for (let count = 0; count < 40; count++) await append(journal, entriesOf(createId(), STREAM));
  await until(() => recorder.status().trimmedCaptures >= 80, "trimmed");
  expect((await readRows()).length).toBe(40);
});
