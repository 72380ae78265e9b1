/** @module A real price book over files of the test's own, and a document as models.dev would send it. */

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PriceBook } from "../../src/price/price-book.ts";
import { openPriceBook } from "../../src/record/load-prices.ts";

export type BookCase = {
  readonly directory: string;
  readonly cacheFile: string;
  readonly book: PriceBook;
  /** Writes pricing.json. */
  setOwn(prices: Readonly<Record<string, unknown>>): void;
};

/** Without built-in rows but those given, so that a test knows every price. */
export async function openBook(builtIn: readonly Readonly<Record<string, unknown>>[] = []): Promise<BookCase> {
  const directory = mkdtempSync(join(tmpdir(), "modeltap-book-"));
  const catalogueFile = join(directory, "built-in.json");
  writeFileSync(catalogueFile, JSON.stringify(builtIn));
  const cacheFile = join(directory, "pricing-cache.jsonl");
  return {
    directory,
    cacheFile,
    book: await openPriceBook({ catalogueFile, directories: [directory], cacheFile }),
    setOwn: (prices) => writeFileSync(join(directory, "pricing.json"), JSON.stringify(prices)),
  };
}

/** The form of https://models.dev/api.json. Prices are `[input, output]`. */
export function toModelsDev(
  providers: Readonly<Record<string, Readonly<Record<string, readonly [input: number, output: number]>>>>,
): string {
  const toModel = ([id, [input, output]]: readonly [string, readonly [number, number]]) =>
    [id, { id, name: id, cost: { input, output } }] as const;
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(providers).map(([id, models]) => [
        id,
        { id, name: id, models: Object.fromEntries(Object.entries(models).map(toModel)) },
      ]),
    ),
  );
}
