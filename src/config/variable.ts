/** @module Which key a `MODELTAP_…` variable means. */

import { PROVIDER_ID, type SettingKey, toVariableName, toVariablePart } from "./key.ts";

export type VariableReader = {
  /** The key's path; `own` for variables that our processes give each other; undefined when there is no such key. */
  find(name: string): readonly string[] | "own" | undefined;
  /** Every name that is understood, for suggestions. */
  readonly names: readonly string[];
};

/** Given by one process of ours to another, or to the tests: no settings. */
const OWN_VARIABLES: ReadonlySet<string> = new Set(["MODELTAP_PROCESS_OPTIONS", "MODELTAP_COMMAND"]);

const PROVIDERS_PREFIX = "MODELTAP_PROVIDERS_";

/** `providerIds` are known before variables are read; the longest that fits wins: `ollama-cloud` before `ollama`. */
export function createVariableReader(keys: readonly SettingKey[], providerIds: readonly string[]): VariableReader {
  const plain = new Map<string, readonly string[]>();
  const ofProvider: { readonly suffix: string; readonly key: string }[] = [];
  for (const { path } of keys) {
    if (path[1] !== PROVIDER_ID) plain.set(toVariableName(path), path);
    else ofProvider.push({ suffix: `_${path.slice(2).map(toVariablePart).join("_")}`, key: path.slice(2).join(".") });
  }
  ofProvider.sort((a, b) => b.suffix.length - a.suffix.length);
  const ids = [...new Set(providerIds)].sort((a, b) => b.length - a.length);
  const known = new Map<string, readonly string[]>();
  // Shorter ids are put first, so that a longer one of the same spelling replaces them.
  for (const id of ids.toReversed()) {
    for (const { suffix, key } of ofProvider) {
      known.set(`${PROVIDERS_PREFIX}${toVariablePart(id)}${suffix}`, ["providers", id, ...key.split(".")]);
    }
  }

  return {
    names: [...plain.keys(), ...known.keys()],
    find(name) {
      if (OWN_VARIABLES.has(name)) return "own";
      const path = plain.get(name) ?? known.get(name);
      if (path !== undefined || !name.startsWith(PROVIDERS_PREFIX)) return path;
      const rest = name.slice(PROVIDERS_PREFIX.length - 1);
      const found = ofProvider.find(({ suffix }) => rest.endsWith(suffix) && rest.length > suffix.length + 1);
      if (found === undefined) return undefined;
      const id = rest.slice(1, -found.suffix.length).toLowerCase().replaceAll("_", "-");
      return ["providers", id, ...found.key.split(".")];
    },
  };
}
