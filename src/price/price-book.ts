/** @module The contract of the prices in force: asked like a pricer, renewed while the process runs. */

import type { ExplainingPricer } from "./pricer.ts";
import type { PriceRow } from "./row.ts";

/** Rows that came from outside, and when. */
export type FetchedPrices = {
  readonly rows: readonly PriceRow[];
  /** Epoch ms of the last answer that they still hold. */
  readonly fetchedAtMs: number;
  readonly url: string;
  /** The publisher's name of this version of the document. */
  readonly etag?: string;
};

export type PriceFreshness = {
  /** Rows in force, fetched ones included. */
  readonly rows: number;
  readonly fetchedRows: number;
  /** Epoch ms; absent while only the built-in rows hold. */
  readonly fetchedAtMs?: number;
  readonly url?: string;
  /** The pricing.json files in use. */
  readonly files: readonly string[];
  /** What is wrong with any of the files, for the user. */
  readonly problems: readonly string[];
};

export interface PriceBook extends ExplainingPricer {
  /** Counts up whenever the prices are others than before. */
  readonly version: number;
  readonly fetched: FetchedPrices | undefined;
  freshness(): PriceFreshness;
  /** Reads the price files that changed; true when the prices are others now. Never rejects. */
  update(): Promise<boolean>;
  /** Takes newly fetched rows at once, whether or not they can be kept on disk. */
  adopt(fetched: FetchedPrices): Promise<void>;
}
