/** @module The recorder as a process: status, end on order and with its parent, quarantine after two crashes. */

import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ExchangeId } from "../../src/domain/id.ts";
import type { BodyEntry, JournalEntry } from "../../src/journal/entry.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { createLinkSender } from "../../src/journal/link.ts";
import { createJournal } from "../../src/journal/writer.ts";
import { parseChildMessage, type RecorderStatus } from "../../src/message/status.ts";
import { STOP_MESSAGE } from "../../src/message/stop.ts";
import { type BusMessage, parseBusMessage, type Write, type WriteResultMessage } from "../../src/message/write.ts";
import { parseRecorderOptions, type RecorderProcessOptions } from "../../src/record/process.ts";
import { createSqliteReader } from "../../src/store/sqlite/reader.ts";
import { createId, entriesOf, eventStream, type Script } from "./entries.ts";

const CHILD = Bun.fileURLToPath(new URL("recorder-child.ts", import.meta.url));

let directory: string;
let journal: Journal;
let children: Bun.Subprocess[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "recorder-process-"));
  journal = createJournal({
    directory: join(directory, "journal"),
    minFreeBytes: 0,
    minFreeFraction: 0,
    slowMs: 60_000,
  });
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(children.map((child) => child.exited));
  journal.close();
  rmSync(directory, { recursive: true, force: true });
});

function options(): RecorderProcessOptions {
  return {
    journalDir: join(directory, "journal"),
    databasePath: join(directory, "store.sqlite"),
    linkSocket: join(directory, "link.sock"),
    runDir: join(directory, "run"),
    retentionBodiesMs: null,
    pollMs: 5,
  };
}

function start(lastExit?: string, onBus?: (message: unknown) => void) {
  const statuses: RecorderStatus[] = [];
  const child = Bun.spawn([process.execPath, CHILD], {
    env: { ...process.env, MODELTAP_PROCESS_OPTIONS: JSON.stringify({ ...options(), lastExit }) },
    stdio: ["ignore", "inherit", "inherit"],
    serialization: "json",
    ipc(message) {
      const parsed = parseChildMessage(message);
      if (parsed?.type === "recorder-status") statuses.push(parsed.status);
      else onBus?.(message);
    },
  });
  children.push(child);
  return { child, statuses };
}

async function append(entries: readonly JournalEntry[], link?: (entry: BodyEntry) => void): Promise<void> {
  for (const entry of entries) {
    if (entry.type === "head") journal.head(entry.value);
    else if (entry.type === "response-head") journal.responseHead(entry.value);
    else if (entry.type === "body") (link ?? ((body) => journal.body(body)))(entry.value);
    else if (entry.type === "end") journal.end(entry.value);
  }
  await journal.settled();
}

async function findRow(id: ExchangeId) {
  if (!existsSync(options().databasePath)) return undefined;
  const reader = createSqliteReader({ path: options().databasePath });
  const row = await reader.findExchange(id);
  await reader.close();
  return row;
}

async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (await isTrue()) return;
    await Bun.sleep(10);
  }
  throw new Error(`never happened: ${what}`);
}

const STREAM: Script = { answer: eventStream(5), contentType: "text/event-stream" };

test("reports its state at once and again, and ends when its parent says so with everything written", async () => {
  const { child, statuses } = start();
  await until(() => statuses.length > 0, "a first status");
  // Sent to the whole group, of which the parent is one.
  child.kill("SIGINT");
  child.kill("SIGTERM");
  const ids = Array.from({ length: 30 }, () => createId());
  for (const id of ids) await append(entriesOf(id, STREAM));
  child.send(STOP_MESSAGE);
  expect(await child.exited).toBe(0);
  expect(statuses.at(-1)).toMatchObject({ committedExchanges: 30, backlogBytes: 0, lagMs: 0, storeErrors: 0 });
  expect(statuses.at(-1)?.memoryBytes).toBeGreaterThan(1_000_000);
  const reader = createSqliteReader({ path: options().databasePath });
  for (const id of ids) {
    expect((await reader.findExchange(id))?.usage?.outputTokens).toBe(5);
    expect(await reader.findCapture(id, "response")).toBeDefined();
  }
  await reader.close();
});

test("ends when its parent is gone, after reading what is there", async () => {
  const { child, statuses } = start();
  await until(() => statuses.length > 0, "a first status");
  const id = createId();
  await append(entriesOf(id, STREAM));
  child.disconnect();
  expect(await child.exited).toBe(0);
  expect((await findRow(id))?.state).toBe("completed");
});

test("does the writes it is asked for, and tells what is stored at its start and after each", async () => {
  const messages: unknown[] = [];
  const { child, statuses } = start(undefined, (message) => messages.push(parseBusMessage(message)));
  await until(() => statuses.length > 0, "a first status");
  const put = { name: "put-object", kind: "route", id: "r1", value: { to: "a" }, expectVersion: 0 } as const;
  const wrong = { name: "drop-everything" } as unknown as Write;
  const writes: Write[] = [put, put, { name: "delete-object", kind: "route", id: "r2" }, wrong];
  for (const [index, write] of writes.entries()) child.send({ type: "write", id: index, write });
  child.send({ type: "write", id: 9, write: null });
  await until(() => messages.filter(isResult).length === 4, "four answers");
  expect(messages.filter(isResult)).toMatchObject([
    { id: 0, result: { ok: true, value: { kind: "route", id: "r1", value: { to: "a" }, version: 1 } } },
    { id: 1, result: { ok: false, code: "conflict" } },
    { id: 2, result: { ok: false, code: "not_found" } },
    { id: 3, result: { ok: false, code: "invalid" } },
  ]);
  expect(messages.filter((message) => !isResult(message))).toMatchObject([
    { type: "snapshot", snapshot: { seq: 0, objects: [] } },
    { type: "snapshot", snapshot: { seq: 1, objects: [{ id: "r1" }] } },
  ]);
  // What was answered is committed: it outlives a kill.
  child.kill("SIGKILL");
  await child.exited;
  const again: unknown[] = [];
  start(undefined, (message) => again.push(parseBusMessage(message)));
  await until(() => again[0] !== undefined, "a snapshot");
  expect(again[0]).toMatchObject({ snapshot: { seq: 1, objects: [{ id: "r1", version: 1 }] } });
});

function isResult(message: unknown): message is WriteResultMessage {
  return (message as BusMessage | undefined)?.type === "write-result";
}

test("takes bodies from the link", async () => {
  const { statuses } = start();
  await until(() => statuses.length > 0, "a first status");
  const sender = createLinkSender({ path: options().linkSocket });
  await until(() => sender.stats().isConnected, "the link");
  const id = createId();
  await append(entriesOf(id, { ...STREAM, head: { capture: "metadata" } }), (body) => sender.send(body));
  sender.flush();
  await until(async () => (await findRow(id))?.state === "completed", "the row");
  expect(await findRow(id)).toMatchObject({ usage: { outputTokens: 5 }, usageSource: "reported", warnings: [] });
  sender.close();
});

test("after two crashes on one exchange it is stored unread, and the others are read", async () => {
  const [before, poison, after] = [createId(), createId(), createId()];
  await append(entriesOf(before, STREAM));
  await append(entriesOf(poison, { ...STREAM, head: { path: "/lines/crash" } }));
  await append(entriesOf(after, STREAM));
  let lastExit: string | undefined;
  for (let crash = 0; crash < 2; crash++) {
    const { child } = start(lastExit);
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
    // What a parent says of a recorder that ended by itself.
    lastExit = "signal SIGSEGV";
  }
  const { statuses } = start(lastExit);
  await until(async () => (await findRow(after))?.state === "completed", "the exchange behind it");
  expect(await findRow(before)).toMatchObject({ usage: { outputTokens: 5 }, warnings: [] });
  const row = await findRow(poison);
  expect(row).toMatchObject({ state: "completed", statusCode: 200, usageSource: "none", dialect: "lines" });
  expect(row?.warnings.join()).toContain("quarantined");
  await until(() => statuses.some(({ quarantined }) => quarantined === 1), "a status that counts it");
});

test("kills from outside while an exchange is read do not leave it unread", async () => {
  const id = createId();
  await append(entriesOf(id, { ...STREAM, head: { path: "/lines/crash" } }));
  for (const lastExit of [undefined, "signal SIGKILL", "signal SIGKILL"]) await start(lastExit).child.exited;
  const { child, statuses } = start("signal SIGKILL");
  await child.exited;
  expect(statuses.every(({ quarantined }) => quarantined === 0)).toBe(true);
});

test("a recorder killed while it is idle blames no open exchange", async () => {
  const id = createId();
  const entries = entriesOf(id, STREAM);
  await append(entries.slice(0, 5));
  for (let kill = 0; kill < 2; kill++) {
    const { child, statuses } = start();
    await until(() => statuses.some(({ openExchanges, lagMs }) => openExchanges === 1 && lagMs === 0), "idle");
    child.kill("SIGKILL");
    await child.exited;
  }
  await append(entries.slice(5));
  start();
  await until(async () => (await findRow(id))?.state === "completed", "the row");
  expect(await findRow(id)).toMatchObject({ usage: { outputTokens: 5 }, warnings: [] });
});

test("options that lack something are refused with its name", () => {
  const { runDir: _, ...rest } = options();
  expect(() => parseRecorderOptions(JSON.stringify(rest))).toThrow("runDir");
  expect(() => parseRecorderOptions("[]")).toThrow("journalDir");
  expect(parseRecorderOptions(JSON.stringify(options()))).toEqual(options());
});
