/** @module Reads the price files of this machine: the built-in catalogue and the user's pricing.json files. */

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseCatalogue } from "../price/catalogue.ts";
import { type ParsedOverrides, type PriceOverride, parseOverrides } from "../price/overrides.ts";
import { createPricer, type ExplainingPricer } from "../price/pricer.ts";

export type PriceFiles = {
  /** The built-in catalogue, maybe inside the executable. */
  readonly catalogueFile: string;
  /** Where a `pricing.json` may lie; of two entries with one name the later directory's holds. */
  readonly directories: readonly string[];
  /** Text of `PRICING_OVERRIDES_JSON`; ahead of all files. */
  readonly overridesJson?: string;
};

export type LoadedPrices = {
  readonly pricer: ExplainingPricer;
  /** The pricing.json files that were there. */
  readonly files: readonly string[];
  /** For the user: each names the file and the entry. Never a reason not to start. */
  readonly problems: readonly string[];
};

const OVERRIDES_FILE = "pricing.json";

/** Never rejects: a file that is missing or wrong leaves its prices out. Cost: about 15 ms for the built-in rows. */
export async function readPrices(options: PriceFiles): Promise<LoadedPrices> {
  const problems: string[] = [];
  const overrides: PriceOverride[] = [];
  const files: string[] = [];
  const add = (parsed: ParsedOverrides) => {
    overrides.push(...parsed.overrides);
    problems.push(...parsed.problems);
  };
  const paths = new Set(options.directories.map((directory) => resolve(directory, OVERRIDES_FILE)));
  for (const path of paths) {
    const text = await readText(path, problems);
    if (text === undefined) continue;
    files.push(path);
    add(parseOverrides(text, path));
  }
  if (options.overridesJson !== undefined && options.overridesJson.trim() !== "") {
    add(parseOverrides(options.overridesJson, "PRICING_OVERRIDES_JSON", "PRICING_OVERRIDES_JSON"));
  }

  const catalogue = await readText(options.catalogueFile, problems);
  if (catalogue === undefined) problems.push(`${options.catalogueFile}: the built-in prices are missing`);
  const { rows, warnings } = parseCatalogue(catalogue ?? "[]");
  problems.push(...warnings.map((warning) => `${options.catalogueFile}: ${warning}`));
  return { pricer: createPricer({ catalogue: rows, overrides }), files, problems };
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
