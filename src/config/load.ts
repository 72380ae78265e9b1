/** @module Loads the configuration: layers in order of precedence, every value checked, every problem told at once. */

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { isLoopbackHost } from "./base-url.ts";
import { listDoorNotices } from "./check-doors.ts";
import { checkTogether, findSource } from "./check.ts";
import { checkValue } from "./check-value.ts";
import { parseEnvFile } from "./env-file.ts";
import { listSettingKeys, type SettingKey } from "./key.ts";
import { type Layer, NO_VALUES, type SetValue, STORED, toTomlLayer, toVariableLayer } from "./layer.ts";
import { LoadError } from "./load-error.ts";
import { type Environment, explain, findConfigDirectory, findDataDirectory } from "./paths.ts";
import type { ProviderEntry } from "./providers-file.ts";
import type { RouteSettings } from "./route-settings.ts";
import { listRouteNotices } from "./route-notices.ts";
import { checkRouting, readRoutingDocuments } from "./routing-documents.ts";
import { type Settings, settingsSchema } from "./schema.ts";
import {
  fitRoutes,
  fitSettings,
  fitUpstreams,
  NOTHING_STORED,
  type StoredFit,
  type StoredValues,
} from "./stored-values.ts";
import { isTable, parseToml } from "./toml-file.ts";

/** A flag that sets a key. */
export type FlagValue = { readonly key: string; readonly flag: string; readonly text: string };

export type LoadOptions = {
  /** Ids and aliases of the catalogue: `[providers.<id>]` of any other id is a new provider. */
  readonly knownProviders: readonly string[];
  /** First path segments that are modeltap's own, and can be no id of a new provider. */
  readonly reservedSegments: ReadonlySet<string>;
  readonly environment: Environment;
  readonly flags?: readonly FlagValue[];
  /** From `--config`; must exist. */
  readonly configPath?: string;
  /** From `--env-file`; must exist. */
  readonly envFilePath?: string;
  /** What people stored, by the data directory it is in. What does not fit is told and left out, never fatal. */
  readonly stored?: (dataDirectory: string) => StoredValues;
  /** An alias of the catalogue as the id it stands for; any other name as it is. */
  readonly toProviderId?: (name: string) => string;
  readonly workingDirectory?: string;
};

export type Configuration = {
  readonly values: Settings;
  /** Addresses to listen on: `host`, or both loopback addresses when it is unset or `localhost`. */
  readonly hosts: readonly string[];
  /** Where each value comes from, by dotted key: `default`, `flag --port`, `environment MODELTAP_PORT`, `<file>:<line>`. */
  readonly sources: Readonly<Record<string, string>>;
  /** One line each, to be logged once at the start. */
  readonly notices: readonly string[];
  readonly configDirectory: string;
  /** Environment and `.env` files as one table, for names that other settings point at, such as `auth.env`. */
  readonly variables: Environment;
  /** Model routes of config.toml, then those of the models file. */
  readonly routes: readonly RouteSettings[];
  /** Ids of the compatibility fixes of the default upstream. */
  readonly defaultFixes: readonly string[];
  /** Entries of providers.json. */
  readonly providerEntries: readonly ProviderEntry[];
  /** Model routes that people stored and that fit. */
  readonly storedRoutes: readonly RouteSettings[];
  /** What became of each stored upstream and route. */
  readonly stored: { readonly upstreams: readonly StoredFit[]; readonly routes: readonly StoredFit[] };
  /** Keys that flags or the environment set: what is stored for them has no effect. */
  readonly fixed: ReadonlySet<string>;
  /** Files that were read, or would be if they were there: a change of one asks for a reload. */
  readonly files: readonly string[];
};

/** Reads all layers; touches no directory and opens no port. Throws ConfigError with every problem found. */
export function loadConfiguration(options: LoadOptions): Configuration {
  const keys = listSettingKeys();
  const configDirectory = findConfigDirectory(options.environment);
  const { above, toml } = readLayers(options, keys, configDirectory);
  const layers = [...above, toml];
  const problems = layers.flatMap((layer) => layer.problems);
  const variables = joinVariables(layers);
  const notices = layers.flatMap((layer) => layer.notices);
  const choose = (from: readonly Layer[], onProblem: (set: SetValue, problem: string) => void): Chosen => {
    const chosen = new Map<string, SetValue>();
    for (const set of from.flatMap((layer) => layer.values)) {
      const checked = checkValue(set, keys, options.environment);
      const name = set.path.join(".");
      if ("problem" in checked) onProblem(set, checked.problem);
      else if (!chosen.has(name)) chosen.set(name, { ...set, value: checked.value });
    }
    return chosen;
  };

  const refused = new Set<string>();
  const written = choose(layers, (set, problem) => {
    refused.add(set.path.join("."));
    problems.push(problem);
  });
  const writtenValues = toSettings(written, options.environment);
  const writtenSources = listSources(keys, written);
  const documents = readRoutingDocuments({
    describeToml: toml.describe ?? (() => "config.toml"),
    values: writtenValues,
    sources: writtenSources,
    configDirectory,
    ...options,
  });
  problems.push(...documents.problems);
  notices.push(...documents.notices);
  const entryIds = documents.providerEntries.map(({ id }) => id);
  const knownProviders = [...options.knownProviders, ...entryIds];
  const writtenIds = [...new Set([...Object.keys(writtenValues.providers), ...(toml.providerIds ?? [])])];

  const stored = options.stored?.(writtenValues.data_dir) ?? NOTHING_STORED;
  const upstreams = fitUpstreams(stored.upstreams, {
    rules: { ...options, keys, baseDirectory: configDirectory },
    toProviderId: options.toProviderId ?? ((name) => name),
    findOwner: (id) =>
      entryIds.includes(id)
        ? "providers.json"
        : writtenIds.includes(id)
          ? (findSource(writtenSources, `providers.${id}.`) ?? "config.toml")
          : undefined,
  });
  const providerIds = [...writtenIds, ...upstreams.ids];
  const ids = [...knownProviders, ...providerIds];
  const settings = fitSettings(stored.settings, { ids, baseDirectory: configDirectory });
  notices.push(...settings.notices);

  const chosen = choose(
    [...above, settings.layer, { ...NO_VALUES, values: upstreams.values }, toml],
    (set, problem) => {
      if (set.source === STORED) notices.push(`${problem}; the stored value is left out`);
    },
  );
  const values = toSettings(chosen, options.environment);
  const sources = listSources(keys, chosen);
  const storedRoutes = fitRoutes(stored.routes, { ids, files: documents.routes });
  for (const fit of [...upstreams.fits, ...storedRoutes.fits]) {
    const { id, problem, hiddenBy } = fit;
    if (problem !== undefined) notices.push(`what is stored as ${id} does not fit and is left out: ${problem}`);
    if (hiddenBy !== undefined) notices.push(`what is stored as ${id} has no effect: ${hiddenBy} has it, too`);
  }
  problems.push(...checkTogether({ values, refused, sources, providerIds, ...options, knownProviders }));
  problems.push(...checkRouting(documents, values, ids, sources));
  if (problems.length > 0) throw new LoadError(problems, values);
  notices.push(...listDoorNotices(values), ...listRouteNotices(documents.routes, values, sources));
  const { routes, providerEntries } = documents;
  const files = [
    options.configPath === undefined
      ? join(configDirectory, "config.toml")
      : resolve(options.workingDirectory ?? process.cwd(), options.configPath),
    join(configDirectory, ".env"),
    ...(options.envFilePath === undefined
      ? []
      : [resolve(options.workingDirectory ?? process.cwd(), options.envFilePath)]),
    ...documents.files,
  ];
  const hosts = toHosts(values.host, sources["host"]);
  return {
    values,
    hosts,
    sources,
    notices,
    configDirectory,
    variables,
    routes,
    defaultFixes: documents.defaultFixes ?? values.default_fixes,
    providerEntries,
    storedRoutes: storedRoutes.routes,
    stored: { upstreams: upstreams.fits, routes: storedRoutes.fits },
    fixed: new Set(above.flatMap((layer) => layer.values.map(({ path }) => path.join(".")))),
    files,
  };
}

type Chosen = ReadonlyMap<string, SetValue>;

type ReadLayer = Layer & {
  readonly providerIds?: readonly string[];
  readonly variables?: Environment;
  /** Place of a key in the file. */
  readonly describe?: (path: readonly string[]) => string;
};

/** Highest precedence first; stored values come between `above` and config.toml. */
function readLayers(
  options: LoadOptions,
  keys: readonly SettingKey[],
  configDirectory: string,
): { readonly above: readonly ReadLayer[]; readonly toml: ReadLayer } {
  const workingDirectory = options.workingDirectory ?? process.cwd();
  const toml = readTomlLayer(options, keys, configDirectory, workingDirectory);
  // Ids of the file are needed to read variables: MODELTAP_PROVIDERS_MY_GATEWAY_BASE_URL may mean `my-gateway`.
  const providerIds = [...options.knownProviders, ...(toml.providerIds ?? [])];

  const readEnvFile = (path: string, mustExist: boolean): ReadLayer => {
    const file = readText(path, mustExist);
    if (typeof file !== "string") return file;
    const { entries, faults } = parseEnvFile(file);
    const lines = new Map(entries.map((entry) => [entry.name, entry.line]));
    const variables = Object.fromEntries(entries.map((entry) => [entry.name, entry.value]));
    const layer = toVariableLayer({
      variables,
      describe: (name) => `${path}:${lines.get(name) ?? 0} ${name}`,
      baseDirectory: dirname(path),
      keys,
      providerIds,
    });
    return {
      ...layer,
      variables,
      problems: [...faults.map(({ line, wrong }) => `${path}:${line}: ${wrong}`), ...layer.problems],
    };
  };

  const above = [
    toFlagLayer(options.flags ?? [], workingDirectory),
    {
      ...toVariableLayer({
        variables: options.environment,
        describe: (name) => `environment ${name}`,
        baseDirectory: workingDirectory,
        keys,
        providerIds,
      }),
      variables: options.environment,
    },
    ...(options.envFilePath === undefined ? [] : [readEnvFile(resolve(workingDirectory, options.envFilePath), true)]),
    readEnvFile(join(configDirectory, ".env"), false),
  ];
  return { above, toml };
}

function toFlagLayer(flags: readonly FlagValue[], baseDirectory: string): Layer {
  const values = flags.map(({ key, flag, text }) => ({
    path: key.split("."),
    value: text,
    isText: true,
    source: `flag ${flag}`,
    baseDirectory,
  }));
  return { values, problems: [], notices: [] };
}

function readTomlLayer(
  options: LoadOptions,
  keys: readonly SettingKey[],
  configDirectory: string,
  workingDirectory: string,
): ReadLayer {
  const { configPath } = options;
  const file = configPath === undefined ? join(configDirectory, "config.toml") : resolve(workingDirectory, configPath);
  const text = readText(file, configPath !== undefined);
  if (typeof text !== "string") return text;
  const parsed = parseToml(text);
  if ("wrong" in parsed) {
    const where = parsed.line === undefined ? file : `${file}:${parsed.line}`;
    return { ...NO_VALUES, problems: [`${where}: ${parsed.wrong}`] };
  }
  const layer = toTomlLayer({ text, table: parsed.table, file, baseDirectory: dirname(file), keys });
  const providers = parsed.table["providers"];
  return { ...layer, providerIds: isTable(providers) ? Object.keys(providers) : [] };
}

/** A variable has the value of the highest layer that has one; empty ones count as not set. */
function joinVariables(layers: readonly ReadLayer[]): Environment {
  const joined: Record<string, string> = {};
  for (const layer of layers.toReversed()) {
    for (const [name, value] of Object.entries(layer.variables ?? {})) {
      if (value !== undefined && value !== "") joined[name] = value;
    }
  }
  return joined;
}

function readText(path: string, mustExist: boolean): string | Layer {
  try {
    return readFileSync(path, "utf8");
  } catch (failure) {
    const isMissing = failure instanceof Error && "code" in failure && failure.code === "ENOENT";
    return isMissing && !mustExist
      ? NO_VALUES
      : { ...NO_VALUES, problems: [`${path}: cannot be read: ${explain(failure)}`] };
  }
}

function toSettings(chosen: ReadonlyMap<string, SetValue>, environment: Environment): Settings {
  const given: Record<string, unknown> = {};
  for (const { path, value } of chosen.values()) {
    let table = given;
    for (const segment of path.slice(0, -1)) {
      const inner = Object.hasOwn(table, segment) ? table[segment] : undefined;
      // Only tables stand on the way: paths are those of keys.
      const next = isTable(inner) ? (inner as Record<string, unknown>) : {};
      table[segment] = next;
      table = next;
    }
    table[path.at(-1) ?? ""] = value;
  }
  const values = settingsSchema.parse(given);
  const data_dir = values.data_dir ?? findDataDirectory(environment);
  return { ...values, data_dir, database: values.database ?? join(data_dir, "modeltap.db") };
}

function listSources(keys: readonly SettingKey[], chosen: ReadonlyMap<string, SetValue>): Record<string, string> {
  const fixed = keys.filter((key) => key.path[0] !== "providers").map((key) => [key.name, "default"] as const);
  return Object.fromEntries([...fixed, ...[...chosen].map(([name, { source }]) => [name, source] as const)]);
}

const ANY_ADDRESS: ReadonlySet<string> = new Set(["0.0.0.0", "::", "0:0:0:0:0:0:0:0"]);

function toHosts(host: string, source: string | undefined): readonly string[] {
  const name = host
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1");
  const isBoth = isLoopbackHost(name) && (source === "default" || name === "localhost");
  if (isBoth) return ["127.0.0.1", "::1"];
  // Commands on this machine, and its pages, must reach it in any case.
  return isLoopbackHost(name) || ANY_ADDRESS.has(name) ? [name] : [name, "127.0.0.1"];
}
