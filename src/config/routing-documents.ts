/** @module The documents beside config.toml that say where requests go: the models file and providers.json. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { suggest } from "./nearest.ts";
import { explain } from "./paths.ts";
import { showValue } from "./problem.ts";
import { parseProvidersDocument, type ProviderEntry } from "./providers-file.ts";
import { parseModelsDocument, type ParsedRoutes, parseRouteTables, type RouteSettings } from "./route-settings.ts";
import type { Settings } from "./schema.ts";

export type RoutingDocuments = {
  readonly routes: readonly RouteSettings[];
  /** Ids of the fixes of the default upstream, instead of the setting's, where the models file speaks of them. */
  readonly defaultFixes?: readonly string[];
  readonly providerEntries: readonly ProviderEntry[];
  readonly files: readonly string[];
  readonly problems: readonly string[];
  readonly notices: readonly string[];
  /** File and line of a path in config.toml such as `routes[0].upstream`. */
  readonly describe: (path: string) => string;
};

export type RoutingDocumentsOptions = {
  readonly values: Settings;
  readonly sources: Readonly<Record<string, string>>;
  readonly configDirectory: string;
  readonly reservedSegments: ReadonlySet<string>;
  /** Place of a key of config.toml, as shown to people. */
  readonly describeToml: (path: readonly string[]) => string;
};

/** Never throws: what cannot be read is a problem. */
export function readRoutingDocuments(options: RoutingDocumentsOptions): RoutingDocuments {
  const { values, sources, configDirectory } = options;
  const describe = (path: string): string =>
    options.describeToml(path.split(/[.[\]]+/).filter((segment) => segment !== ""));
  const own = parseRouteTables(values.routes, "config.toml", describe);
  const models = readModels(values, sources);
  const file = values.providers_file ?? join(configDirectory, "providers.json");
  const isWrittenOut = values.providers_json !== undefined;
  const text = isWrittenOut
    ? { text: values.providers_json ?? "", where: nameSource(sources, "providers_json") }
    : readFile(file, values.providers_file !== undefined);
  const providers =
    text === undefined
      ? { entries: [], problems: [], notices: [] }
      : "problem" in text
        ? { entries: [], problems: [text.problem], notices: [] }
        : parseProvidersDocument(text.text, text.where, options.reservedSegments);
  return {
    describe,
    routes: [...own.routes, ...models.routes],
    ...(models.defaultFixes === undefined ? {} : { defaultFixes: models.defaultFixes }),
    providerEntries: providers.entries,
    files: [...(isWrittenOut ? [] : [file]), ...(values.models_file === undefined ? [] : [values.models_file])],
    problems: [...own.problems, ...models.problems, ...providers.problems],
    notices: [...own.notices, ...models.notices, ...providers.notices],
  };
}

function readModels(values: Settings, sources: Readonly<Record<string, string>>): ParsedRoutes {
  if (values.models_file !== undefined) {
    const read = readFile(values.models_file, true);
    if (read === undefined || "problem" in read) {
      return { routes: [], problems: read === undefined ? [] : [read.problem], notices: [] };
    }
    return parseModelsDocument(read.text, read.where);
  }
  if (values.models_json === undefined) return { routes: [], problems: [], notices: [] };
  return parseModelsDocument(values.models_json, nameSource(sources, "models_json"));
}

/** Where a document that is written out stands; a line of config.toml does not say which key it is. */
function nameSource(sources: Readonly<Record<string, string>>, key: string): string {
  const source = sources[key] ?? key;
  return source.toLowerCase().includes(key) ? source : `${source}: ${key}`;
}

type Read = { readonly text: string; readonly where: string } | { readonly problem: string };

function readFile(path: string, mustExist: boolean): Read | undefined {
  if (!mustExist && !existsSync(path)) return undefined;
  try {
    return { text: readFileSync(path, "utf8"), where: path };
  } catch (failure) {
    return { problem: `${path}: cannot be read: ${explain(failure)}` };
  }
}

/** Ids that routes, the fallback and the entries name must be there, and an entry must not be a second of its name. */
export function checkRouting(
  documents: RoutingDocuments,
  values: Settings,
  ids: readonly string[],
  sources: Readonly<Record<string, string>>,
): readonly string[] {
  const unknown = (where: string, name: string): string =>
    `${where} must be the id of a provider, not ${showValue(name)}${suggest(name, ids)}`;
  const problems = documents.routes.flatMap(({ id, targets }) =>
    targets.flatMap(({ upstream }, at) => {
      if (upstream === undefined || ids.includes(upstream)) return [];
      // Only routes of config.toml name an upstream.
      const [route = id] = id.split(" ");
      const path = `${route}${targets.length > 1 ? `.upstreams[${at}]` : ""}.upstream`;
      return [unknown(`${documents.describe(path)}: ${path}`, upstream)];
    }),
  );
  const fallback = values.fallback.upstream;
  if (fallback !== undefined && fallback !== "" && !ids.includes(fallback)) {
    problems.push(unknown(`${sources["fallback.upstream"] ?? "fallback"}: fallback.upstream`, fallback));
  }
  for (const { id } of documents.providerEntries) {
    if (values.providers[id] !== undefined)
      problems.push(`${id} is in providers.json and in [providers.${id}]: one must go`);
  }
  return problems;
}
