/** @module Every setting as people may see it: value and source, without what may be a credential. */

import { findSettingKey, listSettingKeys, PROVIDER_ID } from "./config/key.ts";
import type { Configuration } from "./config/load.ts";
import { toDurationText, toSizeText } from "./config/unit.ts";
import type { ValueKind } from "./config/value-meta.ts";
import { maskHeader } from "./http/mask.ts";

export type ShownSetting = { readonly key: string; readonly value: string; readonly source: string };

const KEYS = listSettingKeys();

/**
 * Every key in the order of the schema, its value as it would be written, and where it comes from; keys of providers
 * only where they are set. URLs lose their credentials.
 */
export function listSettings({ values, sources }: Pick<Configuration, "values" | "sources">): readonly ShownSetting[] {
  const known = new Map(listLeaves(values).filter(([, value]) => value !== undefined));
  const shown = [...known].map(([key, value]) => ({
    key,
    value: toText(value, findKey(key)?.meta.kind),
    source: sources[key] ?? sources[key.replace(/\.[^.]+$/, "")] ?? "default",
  }));
  const unset = KEYS.filter(({ name, path }) => !path.includes(PROVIDER_ID) && !isSet(known, name));
  const rank = ({ key }: ShownSetting): number => KEYS.findIndex(({ name }) => name === findKey(key)?.name);
  return [...shown, ...unset.map(({ name }) => ({ key: name, value: NOTHING, source: "not set" }))].sort(
    (a, b) => rank(a) - rank(b),
  );
}

/** Also of a table, whose entries are listed one by one. */
function isSet(known: ReadonlyMap<string, unknown>, name: string): boolean {
  return known.has(name) || [...known.keys()].some((key) => key.startsWith(`${name}.`));
}

/** Of an entry of a table, the table's. */
function findKey(key: string): ReturnType<typeof findSettingKey> {
  const path = key.split(".");
  return findSettingKey(KEYS, path) ?? findSettingKey(KEYS, path.slice(0, -1));
}

const NOTHING = "–";
const SECRET_KEYS: ReadonlySet<string> = new Set([
  "models_json",
  "providers_json",
  ...KEYS.flatMap(({ name, meta }) => (meta.secret === true ? [name] : [])),
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

function toText(value: unknown, kind: ValueKind | undefined): string {
  if (Array.isArray(value) && value.some((item) => typeof item === "object")) return `${value.length} of them`;
  if (Array.isArray(value)) return value.length === 0 ? NOTHING : value.join(", ");
  if (typeof value === "number" && kind === "duration") return toDurationText(value);
  if (typeof value === "number" && kind === "size") return toSizeText(value);
  // As a field that carries a URL: without credentials in its query.
  return maskHeader("location", String(value).replace(/(:\/\/)[^/@\s]+@/, "$1…@"));
}
