/** @module Fetches the prices that models.dev publishes. The one file of this folder that does IO. */

import { readModelsDev } from "./models-dev.ts";
import type { FetchedPrices } from "./price-book.ts";
import type { PriceRow } from "./row.ts";

export type SyncOptions = {
  readonly url: string;
  /** What holds until now: the document must not be much smaller, and need not be sent again. */
  readonly known: FetchedPrices | undefined;
  /** With outgoing proxy and certificate authorities applied. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly userAgent?: string;
};

/** The document was not got, or not believed; the message is for the user and begins with who is to blame. */
export class SyncError extends Error {}

const TIMEOUT_MS = 30_000;
/** Over ten times what the document had in 2026. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Longest time without a look at other work. */
const SLICE_MS = 8;
/** A document that lost more than this share of its rows is rather broken than cheaper. */
const MIN_SHARE = 0.5;

/** The rows that are published now, or the known ones when they are. Rejects with a SyncError. */
export async function fetchPrices(options: SyncOptions): Promise<FetchedPrices> {
  const { url, known, nowMs } = options;
  const etag = known?.url === url ? known.etag : undefined;
  const response = await request(options, etag);
  if (response.status === 304 && known !== undefined) return { ...known, fetchedAtMs: nowMs() };
  if (response.status !== 200) {
    await response.body?.cancel().catch(() => {});
    throw new SyncError(`${url} answered ${response.status}`);
  }
  const text = await readText(response, url);
  const rows = await readRows(text, url, new Date(nowMs()).toISOString().slice(0, 10));
  refuseShrunk(rows.length, known, url);
  const newEtag = response.headers.get("etag");
  return { rows, fetchedAtMs: nowMs(), url, ...(newEtag === null ? {} : { etag: newEtag }) };
}

async function request({ url, fetch, signal, userAgent }: SyncOptions, etag: string | undefined): Promise<Response> {
  try {
    return await fetch(url, {
      headers: {
        accept: "application/json",
        "user-agent": userAgent ?? "modeltap",
        ...(etag === undefined ? {} : { "if-none-match": etag }),
      },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
  } catch (cause) {
    throw new SyncError(`${url} could not be reached: ${messageOf(cause)}`, { cause });
  }
}

async function readText(response: Response, url: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new SyncError(`${url} sent more than ${MAX_BYTES / 1024 / 1024} MiB`);
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (cause) {
    if (cause instanceof SyncError) throw cause;
    throw new SyncError(`${url} broke off: ${messageOf(cause)}`, { cause });
  }
  return text + decoder.decode();
}

async function readRows(text: string, url: string, asOf: string): Promise<readonly PriceRow[]> {
  const rows: PriceRow[] = [];
  let sliceEndsMs = performance.now() + SLICE_MS;
  try {
    for (const some of readModelsDev(text, asOf)) {
      rows.push(...some);
      if (performance.now() < sliceEndsMs) continue;
      await yieldToEvents();
      sliceEndsMs = performance.now() + SLICE_MS;
    }
  } catch (cause) {
    throw new SyncError(`${url} sent no price document: ${messageOf(cause)}`, { cause });
  }
  return rows;
}

function refuseShrunk(count: number, known: FetchedPrices | undefined, url: string): void {
  if (count === 0) throw new SyncError(`${url} sent a document without a single price`);
  if (known === undefined || known.url !== url || count >= known.rows.length * MIN_SHARE) return;
  throw new SyncError(
    `${url} sent ${count} prices where there were ${known.rows.length}; the earlier ones are kept. ` +
      "Delete the price cache if the new document is right.",
  );
}

function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
