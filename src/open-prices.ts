/** @module The prices of this program: the built-in table, also inside an executable, fetched ones and the user's own. */

import { join } from "node:path";
import type { PriceOptions } from "./message/price-options.ts";
import type { PriceBook } from "./price/price-book.ts";
import { openPriceBook } from "./record/load-prices.ts";
import pricesFile from "../data/prices/prices.json" with { type: "file" };

/** The program's own folder may hold a pricing.json, too; it comes first. What is wrong with a file is told on standard error. */
export async function openPrices(
  options: Pick<PriceOptions, "directories" | "overridesJson" | "aliasesJson" | "cacheFile">,
): Promise<PriceBook> {
  const book = await openPriceBook({
    ...options,
    // `type: "file"` makes the import a path, in a checkout and inside an executable; TypeScript only knows the JSON.
    catalogueFile: pricesFile as unknown as string,
    directories: [join(import.meta.dir, ".."), ...options.directories],
  });
  for (const problem of book.freshness().problems) process.stderr.write(`modeltap: ${problem}\n`);
  return book;
}
