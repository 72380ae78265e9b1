/** @module The keys of the schema as a list: path, environment name, type, default and meaning of each. */

import type { z } from "zod";

import { settingsSchema } from "./schema.ts";
import type { ValueMeta } from "./value-meta.ts";

/** One key that holds a value. `path` has `<id>` where a provider's id stands. */
export type SettingKey = {
  readonly path: readonly string[];
  /** The path joined by dots. */
  readonly name: string;
  /** Its environment variable. */
  readonly variable: string;
  readonly meta: ValueMeta;
  readonly description: string;
  /** As it would be written; absent when there is none or it depends on other things. */
  readonly defaultValue?: unknown;
  readonly schema: z.ZodType;
};

export const PROVIDER_ID = "<id>";

/** `["timeouts", "first_byte"]` → `MODELTAP_TIMEOUTS_FIRST_BYTE`. */
export function toVariableName(path: readonly string[]): string {
  return `MODELTAP_${path.map(toVariablePart).join("_")}`;
}

/** Upper-case, with `_` for `-`. */
export function toVariablePart(segment: string): string {
  return segment === PROVIDER_ID ? segment : segment.toUpperCase().replaceAll("-", "_");
}

/** All keys in the order of the schema, those of a provider with `<id>`. */
export function listSettingKeys(): readonly SettingKey[] {
  return walk(settingsSchema, []);
}

/** The key a concrete path belongs to: `providers.openai.base_url` → the one of `providers.<id>.base_url`. */
export function findSettingKey(keys: readonly SettingKey[], path: readonly string[]): SettingKey | undefined {
  const name = (path[0] === "providers" ? ["providers", PROVIDER_ID, ...path.slice(2)] : path).join(".");
  return keys.find((key) => key.name === name);
}

/** The parts of zod's definitions that this module looks at. */
type Definition = {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly defaultValue?: unknown;
};

function walk(schema: z.ZodType, path: readonly string[]): SettingKey[] {
  const { inner, defaultValue } = unwrap(schema);
  const { shape, valueType } = definitionOf(inner);
  const meta = inner.meta();
  const isValue = meta !== undefined;
  if (shape !== undefined) return Object.entries(shape).flatMap(([name, child]) => walk(child, [...path, name]));
  if (valueType !== undefined && !isValue) return walk(valueType, [...path, PROVIDER_ID]);
  if (typeof meta?.["expects"] !== "string") throw new TypeError(`${path.join(".")} has no description of its type`);
  return [
    {
      path,
      name: path.join("."),
      variable: toVariableName(path),
      // Written by the schema's own helpers, all of which satisfy ValueMeta.
      meta: meta as unknown as ValueMeta,
      description: schema.description ?? "",
      ...(defaultValue === undefined ? {} : { defaultValue }),
      schema: inner,
    },
  ];
}

/** Takes the wrappers for defaults and absence off. */
function unwrap(schema: z.ZodType): { readonly inner: z.ZodType; readonly defaultValue?: unknown } {
  let inner = schema;
  let defaultValue: unknown;
  for (;;) {
    const definition = definitionOf(inner);
    if (definition.type !== "prefault" && definition.type !== "optional") break;
    defaultValue ??= definition.defaultValue;
    if (definition.innerType === undefined) break;
    inner = definition.innerType;
  }
  return { inner, defaultValue };
}

/** zod types a definition by its class; the fields read here may be absent on each of them. */
function definitionOf(schema: z.ZodType): Definition {
  const definition: z.core.$ZodTypeDef & Partial<Definition> = schema.def;
  return definition;
}

/** Names that may stand in a table; `any` where ids stand. Empty for what is no table. */
export function listChildNames(keys: readonly SettingKey[], above: readonly string[]): readonly string[] | "any" {
  if (above.length === 1 && above[0] === "providers") return "any";
  const depth = above.length;
  const pattern = above[0] === "providers" ? ["providers", PROVIDER_ID, ...above.slice(2)] : above;
  const names = keys
    .filter((key) => pattern.every((segment, at) => key.path[at] === segment))
    .flatMap((key) => key.path[depth] ?? []);
  return [...new Set(names)];
}
