/** @module One value against its key: what text means, and what is wrong with it. */

import { findSettingKey, type SettingKey } from "./key.ts";
import type { SetValue } from "./layer.ts";
import { type Environment, resolvePath } from "./paths.ts";
import { showValue } from "./problem.ts";

/** The value as the schema takes it, paths absolute; or one sentence that names source, key and what is expected. */
export function checkValue(
  set: SetValue,
  keys: readonly SettingKey[],
  environment: Environment,
): { readonly value: unknown } | { readonly problem: string } {
  const name = set.path.join(".");
  const key = findSettingKey(keys, set.path);
  if (key === undefined) return { problem: `${set.source}: unknown key ${name}` };
  const raw = set.isText && typeof set.value === "string" ? fromText(set.value, key) : set.value;
  const parsed = key.schema.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const wrong =
      issue?.code === "custom"
        ? issue.message
        : `must be ${key.meta.expects}, not ${key.meta.secret === true ? "the one given" : showValue(set.value)}`;
    return { problem: `${set.source}: ${name} ${wrong}` };
  }
  const isPath = key.meta.kind === "path" || key.meta.kind === "database";
  return { value: isPath ? resolvePath(String(parsed.data), set.baseDirectory, environment) : raw };
}

/** What text means for a key; text that means nothing is left for the schema to refuse. */
function fromText(text: string, key: SettingKey): unknown {
  const value = text.trim();
  switch (key.meta.kind) {
    case "number":
      return /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : text;
    case "boolean":
      return /^(?:true|yes|on|1)$/i.test(value) ? true : /^(?:false|no|off|0)$/i.test(value) ? false : text;
    case "list":
      return value.split(/[\s,]+/).filter((item) => item !== "");
    case "table":
      return parseTable(value) ?? text;
    default:
      return value;
  }
}

/** A table as text is JSON. */
function parseTable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
