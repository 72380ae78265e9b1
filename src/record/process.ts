/** @module The recorder process: opens journal, link and store, reports once a second, ends with its parent. */

import { createLinkReceiver } from "../journal/link.ts";
import { createJournalReader } from "../journal/reader.ts";
import type { PriceOptions } from "../message/price-options.ts";
import type { ChildMessage } from "../message/status.ts";
import { onStop } from "../message/stop.ts";
import { type BusMessage, parseBusMessage } from "../message/write.ts";
import type { PriceBook } from "../price/price-book.ts";
import type { ObjectWriter, StoreWriter } from "../store/store.ts";
import { identify } from "../session/identify.ts";
import { type AssembleLimits, createAssembler } from "./assemble.ts";
import type { FindDialect } from "./call.ts";
import { decodeBody } from "./decode.ts";
import { Meter } from "./meter.ts";
import { TokenMeter } from "./token-meter.ts";
import { openPoisonMark } from "./poison.ts";
import { digest } from "./digest.ts";
import { createPriceCommands } from "./price-commands.ts";
import { openPriceWork } from "./price-work.ts";
import { Recorder } from "./recorder.ts";
import { SessionBook } from "./session-book.ts";
import { createWrites } from "./writes.ts";

/** Given by the parent as JSON; see {@link parseRecorderOptions}. */
export type RecorderProcessOptions = {
  readonly journalDir: string;
  readonly databasePath: string;
  /** Unix socket on which bodies come that must not touch the disk. */
  readonly linkSocket: string;
  /** Where the poison mark is kept. */
  readonly runDir: string;
  /** Absent = nothing is priced. */
  readonly prices?: PriceOptions;
  /** Names of clients by hash of their credential. */
  readonly clientNames?: Readonly<Record<string, string>>;
  /** Bodies older than this are deleted; absent or null keeps them. */
  readonly retentionBodiesMs?: number | null;
  /** How the recorder before this one ended while its parent lived: `exit code 1`, `signal SIGSEGV`… */
  readonly lastExit?: string;
  readonly pollMs?: number;
  readonly limits?: Partial<AssembleLimits>;
};

type RecorderStore = StoreWriter & ObjectWriter;

/** What the composition root hands in, because it knows which store, formats and prices are in use. */
export type RecorderProcessParts = {
  /** A short busy timeout is best: the recorder tries again by itself. */
  readonly openWriter: (databasePath: string) => RecorderStore | Promise<RecorderStore>;
  readonly findDialect: FindDialect;
  readonly openPrices?: (options: PriceOptions) => Promise<PriceBook>;
};

/** Longest time of reading on after the order to end. */
const DRAIN_MS = 2000;
const STATUS_MS = 1000;

/** Reads the options of the hidden verb. Throws when the parent and this process do not agree. */
export function parseRecorderOptions(json: string): RecorderProcessOptions {
  const options: unknown = JSON.parse(json);
  if (typeof options !== "object" || options === null) throw new Error("the recorder's options are no object");
  for (const name of ["journalDir", "databasePath", "linkSocket", "runDir"]) {
    if (!(name in options)) throw new Error(`the recorder's options lack ${name}`);
  }
  // Written by our own parent; the names were looked at above.
  return options as RecorderProcessOptions;
}

/**
 * Records until the parent says so or is gone, then drains for at most two seconds and resolves. The caller ends the
 * process. Rejects when something cannot be opened, and on faults of our own: the process must end then, so that the
 * mark left behind tells the next one which exchange was being read.
 */
export async function runRecorder(options: RecorderProcessOptions, parts: RecorderProcessParts): Promise<void> {
  const writer = await parts.openWriter(options.databasePath);
  const meter = new Meter();
  const tokens = new TokenMeter();
  const prices = await openPriceWork(options.prices, parts.openPrices, writer, (before, after) =>
    meter.addRepriced(before, after),
  );
  const from = await writer.readCursor();
  const journal = createJournalReader({ directory: options.journalDir, ...(from === undefined ? {} : { from }) });
  const poison = openPoisonMark(options.runDir, { isCrash: isOwnFault(options.lastExit) });
  const clientNames = new Map(Object.entries(options.clientNames ?? {}));
  const assembler = createAssembler({
    findDialect: parts.findDialect,
    decode: decodeBody,
    identify: (request) => identify(request, { digest, clientNames }),
    pricer: prices?.book,
    onTouch: (id) => poison.mark(id),
    isQuarantined: (id) => poison.isQuarantined(id),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const recorder = new Recorder({
    journal,
    writer,
    assembler,
    poison,
    sessions: new SessionBook({ digest, findKeys: (keys) => writer.findSessionKeys(keys) }),
    backfill: prices?.backfill,
    retentionBodiesMs: options.retentionBodiesMs ?? undefined,
    batch: {
      onCommitted(exchange) {
        meter.add(exchange);
        tokens.add(exchange);
      },
    },
    ...(options.pollMs === undefined ? {} : { pollMs: options.pollMs }),
  });
  const link = createLinkReceiver({ path: options.linkSocket, onBody: (entry) => recorder.pushLinkBody(entry) });

  const writes = createWrites({
    writer,
    now: Date.now,
    prices: createPriceCommands({ refresh: prices?.refresh, backfill: prices?.backfill }),
    onObjects: (snapshot) => send({ type: "snapshot", snapshot }),
  });
  const onMessage = (message: unknown): void => {
    const parsed = parseBusMessage(message);
    if (parsed?.type !== "write") return;
    void writes.execute(parsed.write).then((result) => send({ type: "write-result", id: parsed.id, result }));
  };
  const snapshot = await writer.readObjects();
  process.on("message", onMessage);
  const forget = onStop(() => void recorder.stop(DRAIN_MS));
  send({ type: "snapshot", snapshot });

  const report = (): void => {
    send({
      type: "recorder-status",
      status: { ...recorder.status(), ...prices?.status(), memoryBytes: process.memoryUsage.rss() },
    });
    const counts = meter.take();
    if (counts !== undefined) send({ type: "recorder-counts", status: counts });
    const uses = tokens.take();
    if (uses !== undefined) send({ type: "recorder-tokens", status: { uses } });
  };
  const timer = setInterval(report, STATUS_MS);
  report();

  prices?.refresh?.start();
  await recorder.run();

  clearInterval(timer);
  prices?.close();
  forget();
  process.off("message", onMessage);
  report();
  link.close();
  journal.close();
  poison.close();
  await writer.close();
}

function send(message: ChildMessage | BusMessage): void {
  try {
    process.send?.(message);
  } catch {
    // The parent is gone; its channel tells so by itself.
  }
}

/** False when it may have been killed from outside, alone or together with its parent. */
function isOwnFault(lastExit: string | undefined): boolean {
  return lastExit !== undefined && lastExit !== "signal SIGKILL";
}
