/** @module Where prices come from, as the proxy process tells the two processes that use them. */

export type PriceOptions = {
  /** Folders that may hold a pricing.json; of two entries with one name the later folder's holds. */
  readonly directories: readonly string[];
  readonly overridesJson?: string;
  readonly aliasesJson?: string;
  /** Where fetched prices are kept. */
  readonly cacheFile: string;
  /** Fetched prices that are older are called stale. */
  readonly maxAgeMs: number;
  /** Absent when prices are not fetched: offline, or not wanted. */
  readonly live?: {
    readonly url: string;
    readonly everyMs: number;
    /** Younger prices are not fetched again at the start. */
    readonly freshMs: number;
    /** Of the host of `url`; absent = direct. */
    readonly proxyUrl?: string;
    /** PEM of a further certificate authority. */
    readonly ca?: string;
  };
  readonly backfill: { readonly everyMs: number; readonly lookbackMs: number; readonly chunkSize: number };
};
