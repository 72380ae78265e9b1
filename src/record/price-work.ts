/** @module The prices of the recorder process and the work they need: opened, fetched, and applied to what had none. */

import type { PriceOptions } from "../message/price-options.ts";
import type { PriceStatus } from "../message/status.ts";
import type { PriceBook } from "../price/price-book.ts";
import type { StoreWriter } from "../store/store.ts";
import { Backfill, type BackfillOptions } from "./backfill.ts";
import { PriceRefresh } from "./price-refresh.ts";

export type PriceWork = {
  readonly book: PriceBook;
  readonly backfill: Backfill;
  /** Absent when prices are not fetched. */
  readonly refresh: PriceRefresh | undefined;
  status(): { readonly prices: PriceStatus };
  close(): void;
};

/** Undefined for a process that prices nothing. */
export async function openPriceWork(
  options: PriceOptions | undefined,
  openPrices: ((options: PriceOptions) => Promise<PriceBook>) | undefined,
  writer: StoreWriter,
  onRepriced: BackfillOptions["onRepriced"],
): Promise<PriceWork | undefined> {
  if (options === undefined || openPrices === undefined) return undefined;
  const book = await openPrices(options);
  const backfill = new Backfill({
    ...options.backfill,
    writer,
    book,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    ...(onRepriced === undefined ? {} : { onRepriced }),
  });
  const refresh = options.live === undefined ? undefined : createRefresh(book, options.cacheFile, options.live);
  return {
    book,
    backfill,
    refresh,
    status() {
      const { rows, fetchedRows, fetchedAtMs } = book.freshness();
      const { nextTryAtMs, lastError } = refresh?.state() ?? {};
      const { last } = backfill;
      return {
        prices: {
          rows,
          fetchedRows,
          ...(fetchedAtMs === undefined ? {} : { fetchedAtMs }),
          ...(nextTryAtMs === undefined ? {} : { nextTryAtMs }),
          ...(lastError === undefined ? {} : { lastError }),
          ...(last === undefined ? {} : { backfill: last }),
        },
      };
    },
    close() {
      refresh?.close();
      backfill.close();
    },
  };
}

function createRefresh(book: PriceBook, cacheFile: string, live: NonNullable<PriceOptions["live"]>): PriceRefresh {
  const { url, everyMs, freshMs, proxyUrl, ca } = live;
  return new PriceRefresh({
    book,
    cacheFile,
    url,
    everyMs,
    freshMs,
    fetch: (target, init) =>
      fetch(target, {
        ...init,
        // Empty text = direct: the environment does not decide.
        proxy: proxyUrl ?? "",
        ...(ca === undefined ? {} : { tls: { ca } }),
      }),
    onProblem: (problem) => process.stderr.write(`modeltap: ${problem}\n`),
  });
}
