/** @module The pricer of this program: the built-in table, also inside an executable, and the user's pricing.json files. */

import { join } from "node:path";
import type { ExplainingPricer } from "./price/pricer.ts";
import { readPrices } from "./record/load-prices.ts";
import pricesFile from "../data/prices/prices.json" with { type: "file" };

/** `directories` later ones win; the program's own folder comes first. What is wrong with a file is told on standard error. */
export async function loadPricer(directories: readonly string[]): Promise<ExplainingPricer> {
  const overridesJson = process.env["PRICING_OVERRIDES_JSON"];
  const { pricer, problems } = await readPrices({
    // `type: "file"` makes the import a path, in a checkout and inside an executable; TypeScript only knows the JSON.
    catalogueFile: pricesFile as unknown as string,
    directories: [join(import.meta.dir, ".."), ...directories],
    ...(overridesJson === undefined ? {} : { overridesJson }),
  });
  for (const problem of problems) process.stderr.write(`modeltap: ${problem}\n`);
  return pricer;
}
