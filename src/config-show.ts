/** @module `modeltap config show`. */

import type { StartFlags } from "./cli/parse.ts";
import { maskHeader } from "./http/mask.ts";
import { readConfiguration } from "./start.ts";

/** Every key, its value and where it comes from, as lines. URLs lose their credentials. */
export function showConfiguration(flags: StartFlags): string {
  const { values, sources } = readConfiguration(flags);
  const rows = listLeaves(values).map(
    ([key, value]) => [key, toText(value), sources[key] ?? sources[key.replace(/\.[^.]+$/, "")] ?? "default"] as const,
  );
  const keyWidth = Math.max(...rows.map(([key]) => key.length));
  const valueWidth = Math.min(48, Math.max(...rows.map(([, value]) => value.length)));
  return rows
    .map(([key, value, source]) => `${key.padEnd(keyWidth)}  ${value.padEnd(valueWidth)}  ${source}\n`)
    .join("");
}

const HEADER_TABLE = /^providers\.[^.]+\.headers\.(?:set|default)\.$/;

function listLeaves(table: object, prefix = ""): [key: string, value: unknown][] {
  return Object.entries(table).flatMap(([name, value]): [string, unknown][] => {
    const key = `${prefix}${name}`;
    // Fields may be credentials, which are never shown.
    if (key === "models_json" || key === "providers_json") return [[key, "…"]];
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
