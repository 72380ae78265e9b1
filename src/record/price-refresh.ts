/** @module Keeps the fetched prices fresh: at the start when they are old, every few hours, on demand; never in anyone's way. */

import type { FetchedPrices, PriceBook } from "../price/price-book.ts";
import { fetchPrices, type SyncOptions } from "../price/sync.ts";
import { writePriceCache } from "./price-cache.ts";

export type PriceRefreshOptions = {
  readonly book: PriceBook;
  readonly url: string;
  readonly cacheFile: string;
  /** Between two fetches. */
  readonly everyMs: number;
  /** Prices younger than this are not fetched again at the start. */
  readonly freshMs: number;
  readonly fetch: SyncOptions["fetch"];
  readonly userAgent?: string;
  /** Told once about each new trouble; for the user. */
  readonly onProblem: (message: string) => void;
  readonly nowMs?: () => number;
  readonly random?: () => number;
};

export type PriceRefreshState = {
  readonly url: string;
  readonly lastTryAtMs?: number;
  readonly nextTryAtMs?: number;
  /** Absent when the last try was well. */
  readonly lastError?: string;
};

/** The recorder has its backlog to read first, and a program that is only tried out needs no prices from outside. */
const FIRST_TRY_MS = 3000;
const FIRST_RETRY_MS = 60_000;
const JITTER = 0.1;
/** Longest delay a timer can hold. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class PriceRefresh {
  readonly #options: Required<Omit<PriceRefreshOptions, "userAgent">> & Pick<PriceRefreshOptions, "userAgent">;
  readonly #closed = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #failures = 0;
  #lastTryAtMs: number | undefined;
  #nextTryAtMs: number | undefined;
  #lastError: string | undefined;
  #toldProblem: string | undefined;

  constructor(options: PriceRefreshOptions) {
    this.#options = { nowMs: Date.now, random: Math.random, ...options };
  }

  /** Waits for the first try; the process may end meanwhile. */
  start(): void {
    const { book, freshMs, everyMs, nowMs } = this.#options;
    // A clock that was set back makes no prices young.
    const ageMs = Math.abs(nowMs() - (book.fetched?.fetchedAtMs ?? Number.NEGATIVE_INFINITY));
    this.#schedule(ageMs < freshMs ? Math.max(FIRST_TRY_MS, everyMs - ageMs) : FIRST_TRY_MS);
  }

  /** Fetches now, or joins a fetch that is under way. Rejects with the reason when the prices could not be had. */
  async refresh(): Promise<void> {
    this.#running ??= this.#refresh().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  state(): PriceRefreshState {
    return {
      url: this.#options.url,
      ...(this.#lastTryAtMs === undefined ? {} : { lastTryAtMs: this.#lastTryAtMs }),
      ...(this.#nextTryAtMs === undefined ? {} : { nextTryAtMs: this.#nextTryAtMs }),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  close(): void {
    this.#closed.abort();
    clearTimeout(this.#timer);
  }

  async #refresh(): Promise<void> {
    const { book, url, fetch, nowMs, everyMs, userAgent } = this.#options;
    clearTimeout(this.#timer);
    this.#lastTryAtMs = nowMs();
    try {
      const fetched = await fetchPrices({
        url,
        fetch,
        nowMs,
        known: book.fetched,
        signal: this.#closed.signal,
        ...(userAgent === undefined ? {} : { userAgent }),
      });
      await book.adopt(fetched);
      await this.#keep(fetched);
      this.#failures = 0;
      this.#lastError = undefined;
      this.#toldProblem = undefined;
      this.#schedule(everyMs);
    } catch (error) {
      this.#failures += 1;
      this.#lastError = error instanceof Error ? error.message : String(error);
      this.#tell(`prices: ${this.#lastError}; those of before are used`);
      this.#schedule(Math.min(everyMs, FIRST_RETRY_MS * 2 ** (this.#failures - 1)));
      throw error;
    }
  }

  /** Prices that cannot be kept are used all the same, until the process ends. */
  async #keep(fetched: FetchedPrices): Promise<void> {
    try {
      await writePriceCache(this.#options.cacheFile, fetched);
    } catch (error) {
      this.#tell(`prices: they could not be kept: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #tell(problem: string): void {
    if (this.#closed.signal.aborted || problem === this.#toldProblem) return;
    this.#toldProblem = problem;
    this.#options.onProblem(problem);
  }

  #schedule(delayMs: number): void {
    if (this.#closed.signal.aborted) return;
    const { nowMs, random } = this.#options;
    // Many instances that were started together do not call together.
    const jittered = Math.min(MAX_TIMER_MS, delayMs * (1 - JITTER + 2 * JITTER * random()));
    this.#nextTryAtMs = nowMs() + jittered;
    this.#timer = setTimeout(() => void this.refresh().catch(() => {}), jittered);
    this.#timer.unref();
  }
}
