/** @module providers.json of agent-cli-proxy, in exactly its shape: every problem with its path, no value shown. */

import { createCheck, type Check, type JsonTable, listUnknown, parseJsonDocument } from "./json-check.ts";
import type { KeySource } from "./route-settings.ts";

export type ProviderEntry = {
  readonly id: string;
  readonly type: "openai-compatible" | "anthropic";
  /** Exact paths of root surfaces. */
  readonly paths: readonly string[];
  readonly baseUrl: string;
  readonly upstreamPath?: string;
  /** Beginnings of model names; empty takes all. */
  readonly models: readonly string[];
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly auth: EntryAuth;
  readonly stripProviderField: boolean;
};

export type EntryAuth =
  | { readonly mode: "preserve" | "none" }
  | { readonly mode: "bearer" | "x-api-key"; readonly header?: string; readonly key: KeySource };

export type ParsedProviders = {
  readonly entries: readonly ProviderEntry[];
  readonly problems: readonly string[];
  readonly notices: readonly string[];
};

const AUTH_MODES = ["none", "preserve", "bearer", "x-api-key"] as const;
const TYPES = ["openai-compatible", "anthropic"] as const;

const ENTRY_NAMES = [
  "id",
  "type",
  "paths",
  "upstreamBaseUrl",
  "upstreamPath",
  "models",
  "headers",
  "auth",
  "stripProviderField",
];

/** @param reserved first path segments that are modeltap's own */
export function parseProvidersDocument(text: string, where: string, reserved: ReadonlySet<string>): ParsedProviders {
  const check = createCheck(where);
  const notices: string[] = [];
  const parsed = parseJsonDocument(text);
  if ("wrong" in parsed) return { entries: [], problems: [`${where}: ${parsed.wrong}`], notices };
  const { value } = parsed;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { entries: [], problems: [`${where}: providers must be contained in an object`], notices };
  }
  // That program ignored them, so a file with one still works.
  const ignore = (table: JsonTable, path: string, names: readonly string[]): void => {
    for (const { place, near } of listUnknown(table, path, names)) {
      notices.push(`${where}: ${place} is not known and has no effect${near}`);
    }
  };
  // Narrowed above to an object that is no array.
  const document = value as JsonTable;
  ignore(document, "", ["providers"]);
  const seen = new Set<string>();
  const list = check.list(document["providers"] ?? null, "providers") ?? [];
  const entries = list.flatMap((each, at): ProviderEntry[] => {
    const path = `providers[${at}]`;
    const table = check.table(each, path);
    if (table === undefined) return [];
    ignore(table, path, ENTRY_NAMES);
    const id = readId(check, table, `${path}.id`, reserved);
    if (id !== undefined && seen.has(id)) check.say(`${path}.id`, "is in the list twice");
    if (id !== undefined) seen.add(id);
    const entry = readEntry(check, table, path, (notice) => notices.push(`${where}: ${notice}`));
    return id === undefined || entry === undefined ? [] : [{ id, ...entry }];
  });
  return { entries, problems: check.problems, notices };
}

function readId(check: Check, table: JsonTable, path: string, reserved: ReadonlySet<string>): string | undefined {
  const id = check.text(table["id"] ?? null, path)?.toLowerCase();
  if (id === undefined) return undefined;
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(id)) check.say(path, "must be made of a-z, 0-9, -, _ and .");
  else if (reserved.has(id)) check.say(path, `is taken: modeltap's own paths begin with /${id}`);
  return id;
}

function readEntry(
  check: Check,
  table: JsonTable,
  path: string,
  notice: (text: string) => void,
): Omit<ProviderEntry, "id"> | undefined {
  const type = TYPES.find((each) => each === table["type"]);
  if (type === undefined) check.say(`${path}.type`, `must be one of ${TYPES.join(", ")}`);
  const paths = check.texts(table["paths"] ?? null, `${path}.paths`);
  if (paths?.length === 0) check.say(`${path}.paths`, "must be a non-empty string array");
  const baseUrl = check.url(table["upstreamBaseUrl"] ?? null, `${path}.upstreamBaseUrl`);
  const upstreamPath = check.text(table["upstreamPath"], `${path}.upstreamPath`);
  const models = check.texts(table["models"], `${path}.models`) ?? [];
  const headers = check.fields(table["headers"], `${path}.headers`) ?? [];
  const auth = readAuth(check, table["auth"], `${path}.auth`, notice);
  const stripProviderField = check.flag(table["stripProviderField"], `${path}.stripProviderField`) ?? true;
  if (type === undefined || paths === undefined || baseUrl === undefined) return undefined;
  return {
    type,
    paths,
    baseUrl,
    ...(upstreamPath === undefined
      ? {}
      : { upstreamPath: upstreamPath.startsWith("/") ? upstreamPath : `/${upstreamPath}` }),
    models,
    headers,
    auth,
    stripProviderField,
  };
}

function readAuth(check: Check, value: unknown, path: string, notice: (text: string) => void): EntryAuth {
  if (value === undefined) return { mode: "preserve" };
  const wrongMode = `must be one of ${AUTH_MODES.join(", ")}`;
  const table = typeof value === "string" ? { type: value.trim() } : value;
  if (typeof table !== "object" || table === null || Array.isArray(table)) {
    check.say(path, "must be a string or object");
    return { mode: "preserve" };
  }
  // Narrowed above to an object that is no array.
  const fields = table as JsonTable;
  check.known(fields, path, ["type", "env", "value", "header"]);
  const mode = AUTH_MODES.find((each) => each === fields["type"]);
  if (mode === undefined) check.say(typeof value === "string" ? path : `${path}.type`, wrongMode);
  const env = check.variable(fields["env"], `${path}.env`);
  const literal = check.text(fields["value"], `${path}.value`);
  const header = check.text(fields["header"], `${path}.header`)?.toLowerCase();
  if (mode === undefined || mode === "none" || mode === "preserve") return { mode: mode ?? "preserve" };
  const key = literal !== undefined ? { value: literal } : env !== undefined ? { env } : undefined;
  if (key === undefined) {
    notice(`${path} names no env and no value: the client's own credential passes`);
    return { mode: "preserve" };
  }
  return { mode, ...(header === undefined ? {} : { header }), key };
}
