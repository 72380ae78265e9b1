/** @module The layers of a configuration: flags, environment, files and stored settings as one list of values each. */

import { findSettingKey, listChildNames, type SettingKey, toVariableName } from "./key.ts";
import { suggest } from "./nearest.ts";
import { COMMON_NAMES, OLD_NAMES, UNREAD_OLD_NAMES } from "./old-names.ts";
import { findTomlLine, isTable } from "./toml-file.ts";
import { createVariableReader } from "./variable.ts";

/** One value somebody set. */
export type SetValue = {
  readonly path: readonly string[];
  /** Text from flags and the environment, a TOML or JSON value from elsewhere. */
  readonly value: unknown;
  readonly isText: boolean;
  /** Where it was set, as shown to people. */
  readonly source: string;
  /** Relative paths are relative to it. */
  readonly baseDirectory: string;
};

/** Everything one layer said, and what was wrong with it. */
export type Layer = {
  readonly values: readonly SetValue[];
  readonly problems: readonly string[];
  readonly notices: readonly string[];
};

export type VariableLayerOptions = {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** How a variable is shown: `environment MODELTAP_PORT`, `/home/me/.env:3 MODELTAP_PORT`. */
  readonly describe: (name: string) => string;
  readonly baseDirectory: string;
  readonly keys: readonly SettingKey[];
  readonly providerIds: readonly string[];
};

/** Values of environment variables. New names win over old ones; empty values count as not set. */
export function toVariableLayer(options: VariableLayerOptions): Layer {
  const { variables, describe, baseDirectory } = options;
  const reader = createVariableReader(options.keys, options.providerIds);
  const values = new Map<string, SetValue>();
  const problems: string[] = [];
  const notices: string[] = [];

  const add = (path: readonly string[], text: string, name: string): boolean => {
    if (values.has(path.join("."))) return false;
    values.set(path.join("."), { path, value: text, isText: true, source: describe(name), baseDirectory });
    return true;
  };

  for (const [name, text] of Object.entries(variables)) {
    if (!name.startsWith("MODELTAP_") || text === undefined || text === "") continue;
    const found = reader.find(name);
    if (found === "own") continue;
    if (found === undefined) problems.push(`${describe(name)}: unknown variable${suggest(name, reader.names)}`);
    else add(found, text, name);
  }
  for (const [key, names] of COMMON_NAMES) {
    for (const name of names) if ((variables[name] ?? "") !== "") add([key], variables[name] ?? "", name);
  }
  for (const { name, read } of OLD_NAMES) {
    const text = variables[name];
    if (text === undefined || text === "") continue;
    const meant = read(text);
    if (meant === undefined) {
      notices.push(`${name} is set to something modeltap does not know, and is ignored`);
      continue;
    }
    const taken = meant.filter(([path, value]) => add(path, value, name));
    const here = meant.map(([path]) => `${toVariableName(path)} (${path.join(".")})`).join(" and ");
    if (taken.length > 0) notices.push(`${name} is accepted; its name here is ${here}`);
    else if (meant.length > 0) notices.push(`${name} is ignored: ${here} is set beside it`);
  }
  for (const name of UNREAD_OLD_NAMES) {
    if ((variables[name] ?? "") !== "")
      notices.push(`${name} is set, but means nothing here yet: see docs/coming-from.md`);
  }
  return { values: [...values.values()], problems, notices };
}

export type TomlLayerOptions = {
  readonly text: string;
  readonly table: Readonly<Record<string, unknown>>;
  readonly file: string;
  readonly baseDirectory: string;
  readonly keys: readonly SettingKey[];
};

/** Values of config.toml; an unknown key is a problem with the nearest known one. `describe` tells where a key stands. */
export function toTomlLayer(
  options: TomlLayerOptions,
): Layer & { readonly describe: (path: readonly string[]) => string } {
  const values: SetValue[] = [];
  const problems: string[] = [];

  const where = (path: readonly string[]): string => {
    const line = findTomlLine(options.text, path);
    return line === undefined ? options.file : `${options.file}:${line}`;
  };

  function visit(table: Readonly<Record<string, unknown>>, above: readonly string[]): void {
    const known = listChildNames(options.keys, above);
    for (const [segment, value] of Object.entries(table)) {
      const path = [...above, segment];
      const name = path.join(".");
      if (findSettingKey(options.keys, path) !== undefined) {
        const source = where(path);
        values.push({ path, value, isText: false, source, baseDirectory: options.baseDirectory });
      } else if (known !== "any" && !known.includes(segment)) {
        problems.push(`${where(path)}: unknown key ${name}${suggestKey(path, known, options.keys)}`);
      } else if (isTable(value)) visit(value, path);
      else problems.push(`${where(path)}: ${name} must be a table, written as [${name}]`);
    }
  }

  visit(options.table, []);
  return { values, problems, notices: [], describe: where };
}

/** A misspelt neighbour first, then a key of the same name at another place. */
function suggestKey(path: readonly string[], siblings: readonly string[], keys: readonly SettingKey[]): string {
  const segment = path.at(-1) ?? "";
  const near = suggest(segment, siblings);
  if (near !== "") return near.replace(/"(.*)"/, `"${[...path.slice(0, -1), "$1"].join(".")}"`);
  const elsewhere = keys.find((key) => key.path.at(-1) === segment);
  return elsewhere === undefined
    ? suggest(
        path.join("."),
        keys.map((key) => key.name),
      )
    : ` (did you mean "${elsewhere.name}"?)`;
}

/** A layer that says nothing. */
export const NO_VALUES: Layer = { values: [], problems: [], notices: [] };

/** Source of values that people stored through the pages. */
export const STORED = "stored settings";
