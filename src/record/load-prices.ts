/** @module The prices in force on this machine: built-in rows, the cache of fetched ones, the user's pricing.json files. */

import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type ParsedAliases, parseAliases } from "../price/aliases.ts";
import { parseCatalogue } from "../price/catalogue.ts";
import { mergeRows } from "../price/merge-rows.ts";
import { type ParsedOverrides, parseOverrides } from "../price/overrides.ts";
import type { FetchedPrices, PriceBook, PriceFreshness } from "../price/price-book.ts";
import { createPricer, type ExplainingPricer } from "../price/pricer.ts";
import type { PriceInput } from "../price/price.ts";
import type { PriceRow } from "../price/row.ts";
import { readPriceCache } from "./price-cache.ts";

export type PriceFiles = {
  /** The built-in catalogue, maybe inside the executable. */
  readonly catalogueFile: string;
  /** Where a `pricing.json` may lie; of two entries with one name the later directory's holds. */
  readonly directories: readonly string[];
  /** Text of `PRICING_OVERRIDES_JSON`; ahead of all files. */
  readonly overridesJson?: string | undefined;
  /** Text of `PRICING_ALIASES_JSON`. */
  readonly aliasesJson?: string | undefined;
  /** Where fetched prices are kept; absent = there are none. */
  readonly cacheFile?: string | undefined;
};

const OVERRIDES_FILE = "pricing.json";

/** Never rejects: a file that is missing or wrong leaves its prices out. Cost: about 15 ms for the built-in rows. */
export async function openPriceBook(files: PriceFiles): Promise<PriceBook> {
  const problems: string[] = [];
  const catalogue = await readText(files.catalogueFile, problems);
  if (catalogue === undefined) problems.push(`${files.catalogueFile}: the built-in prices are missing`);
  const { rows, warnings } = parseCatalogue(catalogue ?? "[]");
  problems.push(...warnings.map((warning) => `${files.catalogueFile}: ${warning}`));
  const book = new FilePriceBook(files, rows, problems);
  await book.update();
  return book;
}

class FilePriceBook implements PriceBook {
  readonly #files: PriceFiles;
  readonly #builtIn: readonly PriceRow[];
  /** Of the built-in rows: they are read once. */
  readonly #builtInProblems: readonly string[];
  #own: OwnPrices = { overrides: [], aliases: [], files: [], problems: [] };
  #fetched: FetchedPrices | undefined;
  #cacheProblems: readonly string[] = [];
  /** Until the first update. */
  #pricer: ExplainingPricer = createPricer({ catalogue: [] });
  #rowCount = 0;
  /** What the files looked like when they were last read. */
  #seen: { own?: string; cache?: string } = {};
  #updating: Promise<boolean> | undefined;
  version = 0;

  constructor(files: PriceFiles, builtIn: readonly PriceRow[], problems: readonly string[]) {
    this.#files = files;
    this.#builtIn = builtIn;
    this.#builtInProblems = problems;
  }

  get fetched(): FetchedPrices | undefined {
    return this.#fetched;
  }

  price(input: PriceInput): ReturnType<ExplainingPricer["price"]> {
    return this.#pricer.price(input);
  }

  explain(input: PriceInput): ReturnType<ExplainingPricer["explain"]> {
    return this.#pricer.explain(input);
  }

  freshness(): PriceFreshness {
    const fetched = this.#fetched;
    return {
      rows: this.#rowCount,
      fetchedRows: fetched?.rows.length ?? 0,
      ...(fetched === undefined ? {} : { fetchedAtMs: fetched.fetchedAtMs, url: fetched.url }),
      files: this.#own.files,
      problems: [...this.#own.problems, ...this.#cacheProblems, ...this.#builtInProblems],
    };
  }

  async update(): Promise<boolean> {
    // Whoever asks while the files are read waits for what is read.
    this.#updating ??= this.#update().finally(() => {
      this.#updating = undefined;
    });
    return this.#updating;
  }

  async #update(): Promise<boolean> {
    const paths = this.#files.directories.map((directory) => resolve(directory, OVERRIDES_FILE));
    const own = (await Promise.all(paths.map(toSignature))).join("\n");
    const cache = this.#files.cacheFile === undefined ? "" : await toSignature(this.#files.cacheFile);
    const isOwnNew = own !== this.#seen.own;
    const isCacheNew = cache !== this.#seen.cache;
    if (!isOwnNew && !isCacheNew) return false;
    this.#seen = { own, cache };
    if (isOwnNew) this.#own = await readOwnPrices(this.#files);
    const isFetchedNew = isCacheNew && (await this.#readCache());
    // The first reading replaces nothing.
    if (!isOwnNew && !isFetchedNew) return false;
    this.#pricer = this.#build();
    this.version += 1;
    return true;
  }

  async adopt(fetched: FetchedPrices): Promise<void> {
    const isSame = fetched.rows === this.#fetched?.rows;
    this.#fetched = fetched;
    if (isSame) return;
    this.#pricer = this.#build();
    this.version += 1;
  }

  /** True when the rows of the cache are others than those in force. */
  async #readCache(): Promise<boolean> {
    if (this.#files.cacheFile === undefined) return false;
    this.#cacheProblems = [];
    try {
      const cached = await readPriceCache(this.#files.cacheFile);
      // What was adopted may be younger than what could be written.
      if (cached === undefined || cached.fetchedAtMs <= (this.#fetched?.fetchedAtMs ?? 0)) return false;
      this.#fetched = cached;
      return true;
    } catch (error) {
      this.#cacheProblems = [error instanceof Error ? error.message : String(error)];
      return false;
    }
  }

  #build(): ExplainingPricer {
    const catalogue = this.#fetched === undefined ? this.#builtIn : mergeRows(this.#builtIn, this.#fetched.rows);
    this.#rowCount = catalogue.length;
    return createPricer({ catalogue, overrides: this.#own.overrides, aliases: this.#own.aliases });
  }
}

type OwnPrices = Pick<ParsedOverrides, "overrides"> &
  Pick<ParsedAliases, "aliases"> & { readonly files: readonly string[]; readonly problems: readonly string[] };

async function readOwnPrices({ directories, overridesJson, aliasesJson }: PriceFiles): Promise<OwnPrices> {
  const problems: string[] = [];
  const files: string[] = [];
  const parsed: ParsedOverrides[] = [];
  for (const path of new Set(directories.map((directory) => resolve(directory, OVERRIDES_FILE)))) {
    const text = await readText(path, problems);
    if (text === undefined) continue;
    files.push(path);
    parsed.push(parseOverrides(text, path));
  }
  if (isGiven(overridesJson)) {
    parsed.push(parseOverrides(overridesJson, "PRICING_OVERRIDES_JSON", "PRICING_OVERRIDES_JSON"));
  }
  const aliases = isGiven(aliasesJson) ? parseAliases(aliasesJson, "PRICING_ALIASES_JSON") : undefined;
  return {
    overrides: parsed.flatMap(({ overrides }) => overrides),
    aliases: aliases?.aliases ?? [],
    files,
    problems: [...problems, ...parsed.flatMap((one) => one.problems), ...(aliases?.problems ?? [])],
  };
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== "";
}

/** Changes when the file does. */
async function toSignature(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return "";
  }
}

async function readText(path: string, problems: string[]): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).replace(/^\uFEFF/, "");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ENOENT" && code !== "ENOTDIR") problems.push(`${path}: cannot be read (${String(code)})`);
    return undefined;
  }
}
