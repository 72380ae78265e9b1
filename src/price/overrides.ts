/** @module The user's own prices (pricing.json): read with clear complaints, found by the longest prefix. */

import { isJsonObject, parsePrices } from "./parse-row.ts";
import { type PriceRow, RATE_FIELDS } from "./row.ts";

/** One entry of pricing.json. */
export type PriceOverride = {
  /** Beginning of a model's name, maybe with `provider/` in front; case does not matter. */
  readonly prefix: string;
  readonly row: PriceRow;
  /** What a cost names as its source. */
  readonly source: string;
};

export type ParsedOverrides = {
  readonly overrides: readonly PriceOverride[];
  /** Sentences for the user, each naming the place and the entry. An entry with a problem in its prices is not used. */
  readonly problems: readonly string[];
};

const OTHER_FIELDS = ["tiers", "service_tiers", "mode", "source", "as_of", "context", "max_output", "comment", "note"];
const KNOWN_FIELDS: ReadonlySet<string> = new Set(Object.keys(RATE_FIELDS).concat(OTHER_FIELDS));

/**
 * Reads `{"model": {"input": …, "output": …}}`, USD per million tokens. Never throws.
 * `where` names the file or variable in problems.
 */
export function parseOverrides(text: string, where: string, source = "pricing.json"): ParsedOverrides {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return {
      overrides: [],
      problems: [`${where}: not JSON: ${error instanceof Error ? error.message : "unreadable"}`],
    };
  }
  if (!isJsonObject(json)) {
    return { overrides: [], problems: [`${where}: must be an object: {"model": {"input": 1.00, "output": 2.00}}`] };
  }
  const problems: string[] = [];
  const overrides = Object.entries(json).flatMap(([name, value]): PriceOverride[] => {
    // A place for remarks, which JSON has none for.
    if (name.startsWith("_") || name.startsWith("$")) return [];
    const found: string[] = [];
    const row = parseEntry(name, value, found);
    problems.push(...found.map((problem) => `${where}: "${name}": ${problem}`));
    return row === undefined ? [] : [{ prefix: name.trim(), row, source }];
  });
  return { overrides, problems };
}

function parseEntry(name: string, value: unknown, problems: string[]): PriceRow | undefined {
  if (name.trim() === "") {
    problems.push("the model's name is empty");
    return undefined;
  }
  if (!isJsonObject(value)) {
    problems.push('must be an object such as {"input": 1.00, "output": 2.00}');
    return undefined;
  }
  const prices = parsePrices(value, problems);
  // Said, but no reason to throw good prices away.
  for (const field of Object.keys(value)) {
    if (!KNOWN_FIELDS.has(field)) problems.push(`"${field}" is not known and not used`);
  }
  if (prices === undefined) return undefined;
  const { mode } = value;
  return { provider: "", model: name.trim(), aliases: [], ...(typeof mode === "string" ? { mode } : {}), ...prices };
}
