/** @module The api process: reads and pages on a unix socket, for as long as its parent lives. */

import { chmodSync, rmSync } from "node:fs";
import { z } from "zod";
import { createAsker } from "../message/asker.ts";
import { parseRoutingMessage } from "../message/routing.ts";
import type { ConfigSummary } from "../domain/config-summary.ts";
import type { PriceOptions } from "../message/price-options.ts";
import type { ChildMessage } from "../message/status.ts";
import { onStop } from "../message/stop.ts";
import { type BusMessage, parseBusMessage } from "../message/write.ts";
import type { PriceBook } from "../price/price-book.ts";
import type { StoredObject } from "../domain/stored-object.ts";
import type { PriceRow } from "../price/row.ts";
import type { StoreReader } from "../store/store.ts";
import { LiveFeed } from "./live.ts";
import { ReadPool } from "./reads.ts";
import { createApi } from "./routes.ts";
import { createRoutingBoard, type RoutingRules } from "./routing-board.ts";
import { createStatusBoard } from "./status.ts";
import { createStoreAccess } from "./store-access.ts";
import { Ui } from "./ui.ts";
import { buildUi } from "./ui-bundle.ts";
import { embeddedUi } from "./ui-embedded.ts";

const optionsSchema = z.object({
  /** Where to listen; made with mode 0600. */
  socketPath: z.string().min(1),
  databasePath: z.string().min(1),
  /** Where prices come from; the parent's own words. */
  prices: z.custom<PriceOptions>((value) => typeof value === "object" && value !== null).optional(),
  /** What the program runs with; the parent's own words. */
  summary: z.custom<ConfigSummary>((value) => typeof value === "object" && value !== null).optional(),
  /** Command line of one child that runs `runReadWorker` over the same store. */
  readCommand: z.array(z.string()).min(1),
  /** Most children at once. */
  readers: z.number().int().min(1).max(16).default(2),
  readDeadlineMs: z.number().int().min(1).default(10_000),
  livePollMs: z.number().int().min(10).default(100),
  /** IANA zone of day borders; the process's own when absent. */
  timeZone: z.string().optional(),
});

/** Given by the parent as JSON; see {@link parseApiOptions}. */
export type ApiProcessOptions = z.input<typeof optionsSchema>;

/** What the composition root hands in, because it knows which store and prices are in use. */
export type ApiProcessParts = {
  readonly openReader: (databasePath: string) => StoreReader | Promise<StoreReader>;
  readonly openPrices?: (options: PriceOptions) => Promise<PriceBook>;
  readonly version?: string;
  /** What may be stored about routes. */
  readonly rules: RoutingRules;
  /** The price rows that offer routes: built-in ones, under fetched ones, under stored ones. */
  readonly listPriceRows: (
    fetched: readonly PriceRow[],
    stored: readonly StoredObject[],
  ) => Promise<readonly PriceRow[]>;
  /** Told of faults that are ours. */
  readonly onFault?: (error: unknown, path: string) => void;
};

export type RunningApi = { close(): Promise<void> };

const STATUS_MS = 1000;

/** Reads the options of the hidden verb. Throws when the parent and this process do not agree. */
export function parseApiOptions(json: string): ApiProcessOptions {
  return optionsSchema.parse(JSON.parse(json));
}

/** Starts to answer; resolves when the socket is open. The parent's word and its death end the process. */
export async function runApi(input: ApiProcessOptions, parts: ApiProcessParts): Promise<RunningApi> {
  const options = optionsSchema.parse(input);
  const book = options.prices === undefined ? undefined : await parts.openPrices?.(options.prices);
  const board = createStatusBoard(Date.now);
  const pool = new ReadPool({
    command: options.readCommand,
    size: options.readers,
    deadlineMs: options.readDeadlineMs,
  });
  const reader = createStoreAccess({ openReader: async () => parts.openReader(options.databasePath), slow: pool });
  const live = new LiveFeed({ reader, board, pollMs: options.livePollMs });
  const ui = new Ui({ loadBundle: async () => embeddedUi ?? (await buildUi()) });
  const asker = createAsker({ send });
  const routing = createRoutingBoard();
  const api = createApi({
    reader,
    ask: (write) => asker.ask(write),
    live,
    board,
    ui,
    now: Date.now,
    summary: options.summary,
    version: parts.version ?? "0.0.0",
    routing,
    rules: parts.rules,
    listPriceRows: async () => parts.listPriceRows(book?.fetched?.rows ?? [], await reader.listObjects("price")),
    timeZone: options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    prices: book === undefined || options.prices === undefined ? undefined : { book, ...options.prices },
    ...(parts.onFault === undefined ? {} : { onFault: parts.onFault }),
  });

  const server = listen(options.socketPath, (request) => api.fetch(request));
  pool.warm();
  ui.warm();
  report();
  const timer = setInterval(report, STATUS_MS);

  const close = async (): Promise<void> => {
    clearInterval(timer);
    process.off("message", onMessage);
    forget();
    live.close();
    await server.stop(true);
    await reader.close();
    rmSync(options.socketPath, { force: true });
  };
  const onMessage = (message: unknown): void => {
    const parsed = parseBusMessage(message);
    if (parsed?.type === "write-result") asker.receive(parsed);
    else {
      const facts = parseRoutingMessage(message);
      if (facts === undefined) board.receive(message);
      else routing.set(facts);
    }
  };
  process.on("message", onMessage);
  const forget = onStop(() => void close().finally(() => process.exit(0)));
  return { close };
}

function report(): void {
  const message: ChildMessage = {
    type: "api-status",
    status: { listening: true, memoryBytes: process.memoryUsage.rss() },
  };
  send(message);
}

/** False when the parent is gone; its channel tells so by itself. */
function send(message: ChildMessage | BusMessage): boolean {
  try {
    return process.send?.(message) ?? false;
  } catch {
    return false;
  }
}

/** Bun ends a connection that is silent for ten seconds, on a unix socket too, where its types leave the option out. */
const NEVER_IDLE = { idleTimeout: 0 };

/** The mask is set before the socket exists, so that no one else can connect in between. */
function listen(socketPath: string, fetch: (request: Request) => Response | Promise<Response>): Bun.Server<undefined> {
  rmSync(socketPath, { force: true });
  const mask = process.umask(0o177);
  try {
    const options: { unix: string; fetch: typeof fetch } = Object.assign({ unix: socketPath, fetch }, NEVER_IDLE);
    const server = Bun.serve(options);
    chmodSync(socketPath, 0o600);
    return server;
  } finally {
    process.umask(mask);
  }
}
