/** @module The user's own other names of models (PRICING_ALIASES_JSON): read with clear complaints. */

import { isJsonObject } from "./parse-row.ts";

/** Models whose name begins with `prefix` have the price of `model`. */
export type PriceAlias = { readonly prefix: string; readonly model: string };

export type ParsedAliases = {
  readonly aliases: readonly PriceAlias[];
  /** Sentences for the user, each naming the place and the entry. */
  readonly problems: readonly string[];
};

/** Reads `{"beginning of a name": "model"}`. Never throws. `where` names the file or variable in problems. */
export function parseAliases(text: string, where: string): ParsedAliases {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { aliases: [], problems: [`${where}: not JSON: ${error instanceof Error ? error.message : "unreadable"}`] };
  }
  if (!isJsonObject(json)) return { aliases: [], problems: [`${where}: must be an object: {"my-model": "gpt-5"}`] };
  const problems: string[] = [];
  const aliases = Object.entries(json).flatMap(([name, model]): PriceAlias[] => {
    const prefix = name.trim();
    if (prefix !== "" && typeof model === "string" && model.trim() !== "") return [{ prefix, model: model.trim() }];
    problems.push(`${where}: "${name}": name and model must be texts that are not empty`);
    return [];
  });
  return { aliases, problems };
}
