/** @module Checks a foreign JSON or TOML value member by member: every problem with its path, none of its values. */

import { parseBaseUrl } from "./base-url.ts";
import { suggest } from "./nearest.ts";

export type JsonTable = Readonly<Record<string, unknown>>;

/** Collects what is wrong. Each reader returns undefined for what is absent or wrong. */
export type Check = {
  readonly problems: string[];
  table(value: unknown, path: string): JsonTable | undefined;
  list(value: unknown, path: string): readonly unknown[] | undefined;
  text(value: unknown, path: string): string | undefined;
  texts(value: unknown, path: string): readonly string[] | undefined;
  /** Name of an environment variable. */
  variable(value: unknown, path: string): string | undefined;
  flag(value: unknown, path: string): boolean | undefined;
  number(value: unknown, path: string, range: { readonly min: number; readonly max: number }): number | undefined;
  url(value: unknown, path: string): string | undefined;
  /** Header names in lower case, with their texts. */
  fields(value: unknown, path: string): readonly (readonly [string, string])[] | undefined;
  /** Members that nobody knows. */
  known(table: JsonTable, path: string, names: readonly string[]): void;
  say(path: string, problem: string): void;
};

/** Names of header fields that a request may be given or lose: none that belong to the connection or are ours. */
export const FIELD_NAME =
  /^(?!(?:host|content-length|transfer-encoding|connection|te|upgrade|trailer|keep-alive)$|proxy-|x-modeltap-)[a-z0-9!#$%&'*+.^_`|~-]+$/i;

/** A variable's name. A key that was put where one belongs must not be stored, nor shown. */
const VARIABLE_NAME = /^[a-z_][a-z0-9_]*$/i;

/** What is wrong with the name of a variable, without the name: it may be the key itself; undefined when nothing is. */
export function findWrongVariable(name: string): string | undefined {
  return VARIABLE_NAME.test(name) ? undefined : "must be the name of an environment variable, not the key itself";
}

/** A field's value: one line without control characters. */
export const FIELD_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** What stands before a path: the file, with its line where that is known, or the variable. */
export type Where = string | ((path: string) => string);

export function createCheck(where: Where): Check {
  const problems: string[] = [];
  const describe = typeof where === "string" ? () => where : where;
  const say = (path: string, problem: string): void => void problems.push(`${describe(path)}: ${path} ${problem}`);

  function of<T>(value: unknown, path: string, isRight: (value: unknown) => value is T, wrong: string): T | undefined {
    if (value === undefined) return undefined;
    if (isRight(value)) return value;
    say(path, wrong);
    return undefined;
  }

  const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
  const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
  const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
  const isTable = (value: unknown): value is JsonTable =>
    typeof value === "object" && value !== null && !Array.isArray(value);

  return {
    problems,
    say,
    table: (value, path) => of(value, path, isTable, "must be an object"),
    list: (value, path) => of(value, path, isList, "must be an array"),
    text: (value, path) => of(value, path, isText, "must be a non-empty string")?.trim(),
    flag: (value, path) => of(value, path, isFlag, "must be a boolean"),
    texts(value, path) {
      const items = of(value, path, isList, "must be a string array");
      items?.forEach((item, at) => {
        if (!isText(item)) say(`${path}[${at}]`, "must be a non-empty string");
      });
      return items?.filter(isText).map((item) => item.trim());
    },
    number(value, path, { min, max }) {
      const isRight = (found: unknown): found is number => typeof found === "number" && found >= min && found <= max;
      return of(value, path, isRight, `must be a number from ${min} to ${max}`);
    },
    url(value, path) {
      const text = of(value, path, isText, "must be a non-empty http(s) URL string")?.trim();
      if (text === undefined) return undefined;
      const parsed = parseBaseUrl(text);
      if ("url" in parsed) return parsed.url;
      say(path, parsed.wrong);
      return undefined;
    },
    variable(value, path) {
      const name = of(value, path, isText, "must be a non-empty string")?.trim();
      const wrong = name === undefined ? undefined : findWrongVariable(name);
      if (wrong === undefined) return name;
      say(path, wrong);
      return undefined;
    },
    fields(value, path) {
      const table = of(value, path, isTable, "must be an object");
      return Object.entries(table ?? {}).flatMap(([name, text]) => {
        const field = name.trim().toLowerCase();
        if (field === "") say(path, "must not contain empty header names");
        else if (!FIELD_NAME.test(field)) say(`${path}.${name}`, "is no header that may be set");
        else if (typeof text !== "string") say(`${path}.${name}`, "must be a string");
        else if (!FIELD_VALUE.test(text)) say(`${path}.${name}`, "must be one line of text");
        else return [[field, text] as const];
        return [];
      });
    },
    known(table, path, names) {
      for (const { place, near } of listUnknown(table, path, names)) say(place, `is not supported${near}`);
    },
  };
}

/** Members whose name is none of these, with the one that was probably meant. */
export function listUnknown(
  table: JsonTable,
  path: string,
  names: readonly string[],
): readonly { readonly place: string; readonly near: string }[] {
  return Object.keys(table).flatMap((name) =>
    names.includes(name)
      ? []
      : [{ place: path === "" ? showName(name) : `${path}.${showName(name)}`, near: suggest(name, names) }],
  );
}

/** Names are the writer's text, too. */
function showName(name: string): string {
  const plain = name.replaceAll(/[^\u0020-\u007e]/g, "?");
  return plain.length > 40 ? `${plain.slice(0, 40)}…` : plain;
}

/** JSON text as a value, or what is wrong with it, without any of it. */
export function parseJsonDocument(text: string): { readonly value: unknown } | { readonly wrong: string } {
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    return { wrong: "is not valid JSON" };
  }
}
