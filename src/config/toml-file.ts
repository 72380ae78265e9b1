/** @module Reads config.toml, and finds the line a key stands on for messages. */

import { parse, TomlError } from "smol-toml";

export type TomlFile =
  | { readonly table: Readonly<Record<string, unknown>> }
  | { readonly wrong: string; readonly line?: number };

/** Never throws: `wrong` is one line without the file's text, which may hold a secret. */
export function parseToml(text: string): TomlFile {
  try {
    return { table: parse(text) };
  } catch (failure) {
    const reason = (failure instanceof Error ? failure.message : String(failure)).split("\n")[0] ?? "";
    const wrong = `is not valid TOML: ${reason.replace(/^Invalid TOML document: /, "")}`;
    return failure instanceof TomlError ? { wrong, line: failure.line } : { wrong };
  }
}

/** True for a table; arrays and dates are values. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/**
 * Line of a key, from 1, where the members of a list of tables have their number as name; that of the nearest table around it when it stands in an inline table.
 * Undefined when neither is found. Text inside multi-line strings may mislead it: it serves messages only.
 */
export function findTomlLine(text: string, path: readonly string[]): number | undefined {
  let table: readonly string[] = [];
  /** Of each list of tables how many begin up to here. */
  const counts = new Map<string, number>();
  let best: { readonly line: number; readonly depth: number } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const [, brackets = "", header] = /^\s*(\[{1,2})([^\]]+)\]/.exec(line) ?? [];
    if (header !== undefined) table = toPlace(splitKey(header), brackets === "[[", counts);
    const key = header === undefined ? /^\s*((?:[\w-]+|"[^"]*"|'[^']*'|[.\s])+?)\s*=/.exec(line)?.[1] : undefined;
    if (header === undefined && key === undefined) continue;
    const full = key === undefined ? table : [...table, ...splitKey(key)];
    // The list itself stands where its first table begins.
    const found = key === undefined && full.at(-1) === "0" && path.length < full.length ? full.slice(0, -1) : full;
    const depth = found.length;
    if (depth > path.length || found.some((segment, at) => segment !== path[at])) continue;
    if (depth > (best?.depth ?? 0)) best = { line: index + 1, depth };
  }
  return best?.line;
}

/** Names with the number of the table behind each list of tables: `[[routes]]` is `routes`, `0`. */
function toPlace(names: readonly string[], isList: boolean, counts: Map<string, number>): readonly string[] {
  const place: string[] = [];
  for (const [at, name] of names.entries()) {
    place.push(name);
    const list = place.join("\n");
    const isNew = isList && at === names.length - 1;
    const count = (counts.get(list) ?? 0) + (isNew ? 1 : 0);
    if (count === 0) continue;
    counts.set(list, count);
    place.push(String(count - 1));
  }
  return place;
}

function splitKey(key: string): readonly string[] {
  return [...key.matchAll(/"([^"]*)"|'([^']*)'|([\w-]+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
}
