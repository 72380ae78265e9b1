/** @module Every setting as people may see it: value and source, without what may be a credential. */

import { listSettingKeys } from "./config/key.ts";
import type { Configuration } from "./config/load.ts";
import { maskHeader } from "./http/mask.ts";

export type ShownSetting = { readonly key: string; readonly value: string; readonly source: string };

/** Every key, its value and where it comes from. URLs lose their credentials. */
export function listSettings({ values, sources }: Pick<Configuration, "values" | "sources">): readonly ShownSetting[] {
  return listLeaves(values).map(([key, value]) => ({
    key,
    value: toText(value),
    source: sources[key] ?? sources[key.replace(/\.[^.]+$/, "")] ?? "default",
  }));
}

const SECRET_KEYS: ReadonlySet<string> = new Set([
  "models_json",
  "providers_json",
  ...listSettingKeys().flatMap(({ name, meta }) => (meta.secret === true ? [name] : [])),
]);
const HEADER_TABLE = /^providers\.[^.]+\.headers\.(?:set|default)\.$/;

function listLeaves(table: object, prefix = ""): [key: string, value: unknown][] {
  return Object.entries(table).flatMap(([name, value]): [string, unknown][] => {
    const key = `${prefix}${name}`;
    // Fields may be credentials, which are never shown.
    if (SECRET_KEYS.has(key)) return [[key, value === undefined ? value : "…"]];
    if (HEADER_TABLE.test(prefix)) return [[key, maskHeader(name.toLowerCase(), String(value))]];
    if (key === "client_names" && Array.isArray(value)) return [[key, value.map(withoutKey)]];
    const isTable = typeof value === "object" && value !== null && !Array.isArray(value);
    return isTable ? listLeaves(value, `${key}.`) : [[key, value]];
  });
}

/** `key=name` without the key, which is a credential. */
function withoutKey(pair: unknown): string {
  return `…=${String(pair).slice(String(pair).lastIndexOf("=") + 1)}`;
}

function toText(value: unknown): string {
  if (Array.isArray(value) && value.some((item) => typeof item === "object")) return `${value.length} of them`;
  if (Array.isArray(value)) return value.length === 0 ? "–" : value.join(", ");
  return String(value).replace(/(:\/\/)[^/@\s]+@/, "$1…@");
}
