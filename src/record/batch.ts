/** @module Rows on their way into the store: gathered, written in order, kept until the store has taken them. */

import type { Exchange } from "../domain/exchange.ts";
import type { ExchangeId } from "../domain/id.ts";
import type { ExchangeBatch, StoreWriter } from "../store/store.ts";
import type { Finished } from "./finish.ts";

export type BatchOptions = {
  readonly writer: StoreWriter;
  readonly nowMs: () => number;
  /** Ends waiting for a store that is away. */
  readonly signal: AbortSignal;
  readonly maxRows?: number;
  readonly maxBytes?: number;
  /** Told of each row that is in the store now. */
  readonly onCommitted?: (exchange: Exchange) => void;
  /** First and longest pause after a failed write. */
  readonly retryMs?: number;
  readonly maxRetryMs?: number;
};

export type BatchStats = {
  readonly committedExchanges: number;
  readonly lastCommitAtMs: number | undefined;
  readonly storeErrors: number;
  readonly lastStoreError: string | undefined;
  /** Epoch ms; undefined when the last question or write went well. */
  readonly failingSinceMs: number | undefined;
  readonly retriedWrites: number;
  readonly bareRows: number;
  readonly refusedRows: number;
};

const MAX_ROWS = 512;
const MAX_BYTES = 16 * 1024 * 1024;
/** A row that is to blame shows itself in every try; a lock does not. */
const TRIES_BEFORE_BLAME = 3;

/** One batch at a time. Nothing is let go before `write` of the store has resolved. */
export class Batch {
  readonly #options: Required<Omit<BatchOptions, "onCommitted">> & Pick<BatchOptions, "onCommitted">;
  readonly #rows = new Map<ExchangeId, Finished>();
  #bytes = 0;
  #stats = { committedExchanges: 0, storeErrors: 0, retriedWrites: 0, bareRows: 0, refusedRows: 0 };
  #lastCommitAtMs: number | undefined;
  #lastStoreError: string | undefined;
  #failingSinceMs: number | undefined;

  constructor(options: BatchOptions) {
    this.#options = { maxRows: MAX_ROWS, maxBytes: MAX_BYTES, retryMs: 50, maxRetryMs: 5000, ...options };
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  get isFull(): boolean {
    return this.#rows.size >= this.#options.maxRows || this.#bytes >= this.#options.maxBytes;
  }

  get stats(): BatchStats {
    return {
      ...this.#stats,
      lastCommitAtMs: this.#lastCommitAtMs,
      lastStoreError: this.#lastStoreError,
      failingSinceMs: this.#failingSinceMs,
    };
  }

  /** Adds a row; a later one of the same exchange takes its place, at the end. */
  add(finished: Finished): void {
    this.#rows.delete(finished.exchange.id);
    this.#rows.set(finished.exchange.id, finished);
    for (const capture of finished.captures) this.#bytes += capture.bytes.length;
  }

  /** Writes all rows and the cursor in one transaction; false when the signal came before the store took them. */
  async write(cursor: string): Promise<boolean> {
    const rows = [...this.#rows.values()];
    const isWritten = await this.#persist(async (tries, error) => {
      if (tries >= TRIES_BEFORE_BLAME && isRowFault(error)) await this.#writeOneByOne(rows, cursor);
      else await this.#options.writer.write({ ...toBatch(rows), cursor });
    });
    if (!isWritten) return false;
    for (const { exchange } of rows) {
      if (exchange.state === "pending") continue;
      this.#stats.committedExchanges += 1;
      this.#options.onCommitted?.(exchange);
    }
    this.#lastCommitAtMs = this.#options.nowMs();
    this.#rows.clear();
    this.#bytes = 0;
    return true;
  }

  /** Asks the store until it answers; undefined when the signal came before. */
  async ask<Answer>(question: () => Promise<Answer>): Promise<{ readonly answer: Answer } | undefined> {
    let answered: { readonly answer: Answer } | undefined;
    await this.#persist(async () => {
      answered = { answer: await question() };
    });
    return answered;
  }

  async #persist(step: (tries: number, error: unknown) => Promise<void>): Promise<boolean> {
    const { retryMs, maxRetryMs, signal } = this.#options;
    let failure: unknown;
    for (let tries = 0; ; tries++) {
      try {
        await step(tries, failure);
        if (tries > 0) this.#stats.retriedWrites += 1;
        this.#failingSinceMs = undefined;
        return true;
      } catch (error) {
        failure = error;
        this.#stats.storeErrors += 1;
        this.#failingSinceMs ??= this.#options.nowMs();
        this.#lastStoreError = error instanceof Error ? error.message : String(error);
      }
      await pause(Math.min(maxRetryMs, retryMs * 2 ** Math.min(tries, 20)), signal);
      if (signal.aborted) return false;
    }
  }

  /** The store is well but refuses something: the rest must not wait for it for ever. */
  async #writeOneByOne(rows: readonly Finished[], cursor: string): Promise<void> {
    const { writer } = this.#options;
    for (const row of rows) {
      try {
        await writer.write(toBatch([row]));
      } catch (error) {
        if (!isRowFault(error)) throw error;
        await this.#writeBare(row);
      }
    }
    await writer.write({ exchanges: [], captures: [], cursor });
  }

  async #writeBare({ exchange }: Finished): Promise<void> {
    try {
      await this.#options.writer.write({ exchanges: [toBareRow(exchange)], captures: [] });
      this.#stats.bareRows += 1;
    } catch (error) {
      if (!isRowFault(error)) throw error;
      this.#stats.refusedRows += 1;
    }
  }
}

function toBatch(rows: readonly Finished[]): ExchangeBatch {
  return {
    exchanges: rows.map(({ exchange }) => exchange),
    captures: rows.flatMap(({ captures }) => captures),
    sessions: rows.flatMap(({ sessions }) => sessions ?? []),
    sessionKeys: rows.flatMap(({ sessionKeys }) => sessionKeys ?? []),
  };
}

/** What is needed to know that the exchange took place, and nothing foreign that a store may choke on. */
function toBareRow(exchange: Exchange): Exchange {
  const {
    cost: _cost,
    usage: _usage,
    extraUsage: _extra,
    responseHeaders: _headers,
    query: _query,
    ...kept
  } = exchange;
  return {
    ...kept,
    usageSource: "none",
    timing: {},
    requestHeaders: [],
    edits: [],
    attempts: [],
    warnings: ["store_refused: the full row was not accepted"],
  };
}

/** Faults of the values, not of the store: waiting does not mend them. */
function isRowFault(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /CONSTRAINT|MISMATCH|TOOBIG|RANGE/.test(code);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
