/** @module Model routes as they are written: `[[routes]]` of config.toml, and the models file of llm-observe-proxy. */

import { findWrongFix } from "./fix-names.ts";
import { createCheck, type Check, type JsonTable, listUnknown, parseJsonDocument, type Where } from "./json-check.ts";

/** Where a route's own credential comes from. A literal one is kept in memory only. */
export type KeySource = { readonly env: string } | { readonly value: string };

export type TargetSettings = {
  /** Id of an upstream; or a base URL of its own. */
  readonly upstream?: string;
  readonly url?: string;
  /** Provider whose rows and prices a base URL of its own belongs to. */
  readonly provider?: string;
  readonly model?: string;
  readonly key?: KeySource;
  readonly weight?: number;
};

export type RouteSettings = {
  readonly id: string;
  /** Exact, or `prefix*`. */
  readonly pattern: string;
  readonly priority: number;
  readonly active: boolean;
  readonly stripNamespace: boolean;
  readonly targets: readonly TargetSettings[];
  /** Ids of compatibility fixes, instead of those of the upstream; absent where the route says nothing of them. */
  readonly fixes?: readonly string[];
};

export type ParsedRoutes = {
  readonly routes: readonly RouteSettings[];
  /** Ids of the fixes of the default upstream, where a models file names them. */
  readonly defaultFixes?: readonly string[];
  readonly problems: readonly string[];
  readonly notices: readonly string[];
};

/** Longer ones would not fit into the path that changes and deletes their route. */
const MAX_MODEL_CHARS = 300;
const TARGET_NAMES = ["upstream", "upstream_url", "upstream_model", "provider", "api_key_env", "weight"];
/** Members of a route. */
export const ROUTE_NAMES: readonly string[] = [
  ...TARGET_NAMES,
  "model",
  "priority",
  "active",
  "strip_namespace",
  "upstreams",
  "fixes",
];

/**
 * The value of `routes` in config.toml.
 * @param where what problems begin with
 */
export function parseRouteTables(value: readonly unknown[], file: string, where: Where = file): ParsedRoutes {
  const check = createCheck(where);
  const routes = value.flatMap((each, at) => {
    const path = `routes[${at}]`;
    const table = check.table(each, path);
    return table === undefined ? [] : [parseRoute(check, table, path, { id: `${path} of ${file}`, priority: 0 })];
  });
  return { routes, problems: check.problems, notices: [] };
}

/** Of stored routes that say none: after those of the files. */
const STORED_PRIORITY = 50;
const STORED_PATH = "route";

/** A route as it was stored or is about to be: problems begin with the member that is wrong. No literal key is taken. */
export function parseStoredRoute(value: unknown): {
  readonly route: RouteSettings | undefined;
  readonly problems: readonly string[];
} {
  const check = createCheck(STORED_PATH);
  const table = check.table(value ?? null, STORED_PATH);
  const model = typeof table?.["model"] === "string" ? table["model"].trim() : "";
  const facts = { id: `stored route ${model}`, priority: STORED_PRIORITY };
  const route = table === undefined ? undefined : parseRoute(check, table, STORED_PATH, facts);
  const problems = check.problems.map((problem) => problem.replace(/^route: route[.]?/, "").trim());
  return { route: problems.length === 0 ? route : undefined, problems };
}

function parseRoute(
  check: Check,
  table: JsonTable,
  path: string,
  usual: { readonly id: string; readonly priority: number },
): RouteSettings {
  check.known(table, path, ROUTE_NAMES);
  const pattern = check.text(table["model"], `${path}.model`) ?? "";
  if (table["model"] === undefined) check.say(`${path}.model`, 'must be a model name or "prefix*"');
  if (pattern.length > MAX_MODEL_CHARS) check.say(`${path}.model`, `must have at most ${MAX_MODEL_CHARS} characters`);
  if (pattern.slice(0, -1).includes("*")) check.say(`${path}.model`, "may have a * at its end only");
  const several = check.list(table["upstreams"], `${path}.upstreams`);
  const hasOne = table["upstream"] !== undefined || table["upstream_url"] !== undefined;
  if (several !== undefined && hasOne)
    check.say(path, "must have upstream, upstream_url or upstreams, not two of them");
  const targets =
    several === undefined
      ? [parseTarget(check, table, path)]
      : several.flatMap((each, at) => {
          const target = check.table(each, `${path}.upstreams[${at}]`);
          if (target === undefined) return [];
          check.known(target, `${path}.upstreams[${at}]`, TARGET_NAMES);
          return [parseTarget(check, target, `${path}.upstreams[${at}]`)];
        });
  if (targets.length === 0) check.say(`${path}.upstreams`, "must not be empty");
  const fixes = parseFixes(check, table["fixes"], `${path}.fixes`);
  return {
    id: usual.id,
    pattern,
    priority: check.number(table["priority"], `${path}.priority`, { min: 0, max: 1000 }) ?? usual.priority,
    active: check.flag(table["active"], `${path}.active`) ?? true,
    stripNamespace: check.flag(table["strip_namespace"], `${path}.strip_namespace`) ?? false,
    targets,
    ...(fixes === undefined ? {} : { fixes }),
  };
}

/** A list of ids, or one text with commas or line breaks between them. */
function parseFixes(check: Check, value: unknown, path: string): readonly string[] | undefined {
  const list = typeof value === "string" ? value.split(/[\n,]/).filter((id) => id.trim() !== "") : value;
  const fixes = check.texts(list, path);
  const wrong = fixes === undefined ? undefined : findWrongFix(fixes);
  if (wrong !== undefined) check.say(path, wrong);
  return fixes;
}

function parseTarget(check: Check, table: JsonTable, path: string): TargetSettings {
  const upstream = check.text(table["upstream"], `${path}.upstream`)?.toLowerCase();
  const url = check.url(table["upstream_url"], `${path}.upstream_url`);
  const isSet = (name: string): boolean => table[name] !== undefined;
  if (isSet("upstream") === isSet("upstream_url")) check.say(path, "must have one of upstream and upstream_url");
  const provider = check.text(table["provider"], `${path}.provider`)?.toLowerCase();
  const model = check.text(table["upstream_model"], `${path}.upstream_model`);
  const env = check.variable(table["api_key_env"], `${path}.api_key_env`);
  const weight = check.number(table["weight"], `${path}.weight`, { min: 0, max: 1_000_000 });
  return {
    ...(upstream === undefined ? {} : { upstream }),
    ...(url === undefined ? {} : { url }),
    ...(provider === undefined ? {} : { provider }),
    ...(model === undefined ? {} : { model }),
    ...(env === undefined ? {} : { key: { env } }),
    ...(weight === undefined ? {} : { weight }),
  };
}

const STARTUP_NAMES = ["model", "upstream_url", "upstream_model", "provider_slug", "api_key", "api_key_env", "fixes"];

/** An array of routes, or `{"default_fixes": […], "model_routes": […]}`. All of them are exact. */
export function parseModelsDocument(text: string, where: string): ParsedRoutes {
  const check = createCheck(where);
  const notices: string[] = [];
  let defaultFixes: readonly string[] | undefined;
  const done = (routes: readonly RouteSettings[]): ParsedRoutes => ({
    routes,
    problems: check.problems,
    notices,
    ...(defaultFixes === undefined ? {} : { defaultFixes }),
  });
  // That program ignored them, so a file with one still works.
  const ignore = (table: JsonTable, path: string, names: readonly string[]): void => {
    for (const { place, near } of listUnknown(table, path, names)) {
      notices.push(`${where}: ${place} is not known and has no effect${near}`);
    }
  };
  const parsed = parseJsonDocument(text);
  if ("wrong" in parsed) return { routes: [], problems: [`${where}: ${parsed.wrong}`], notices };
  let list = parsed.value;
  let prefix = "";
  if (!Array.isArray(list)) {
    const table = check.table(list, "it");
    if (table === undefined) return done([]);
    ignore(table, "", ["default_fixes", "model_routes"]);
    defaultFixes = parseFixes(check, table["default_fixes"], "default_fixes");
    list = table["model_routes"] ?? [];
    prefix = "model_routes";
  }
  const seen = new Set<string>();
  const routes = (check.list(list, prefix) ?? []).flatMap((each, at): RouteSettings[] => {
    const path = `${prefix}[${at}]`;
    const table = check.table(each, path);
    if (table === undefined) return [];
    ignore(table, path, STARTUP_NAMES);
    const model = check.text(table["model"], `${path}.model`);
    if (table["model"] === undefined) check.say(`${path}.model`, "must be a non-empty string");
    if (model !== undefined && seen.has(model)) check.say(`${path}.model`, "is in the list twice");
    if (model !== undefined) seen.add(model);
    const fixes = parseFixes(check, table["fixes"], `${path}.fixes`) ?? [];
    const target = parseStartupTarget(check, table, path);
    const common = { priority: 0, active: true, stripNamespace: false, fixes };
    return [{ id: `${path} of ${where}`, pattern: model ?? "", ...common, targets: [target] }];
  });
  return done(routes);
}

function parseStartupTarget(check: Check, table: JsonTable, path: string): TargetSettings {
  const url = check.url(table["upstream_url"], `${path}.upstream_url`);
  if (table["upstream_url"] === undefined) check.say(`${path}.upstream_url`, "must be a non-empty http(s) URL string");
  const optional = (name: string): string | undefined => {
    const value = table[name];
    return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
  };
  const provider = optional("provider_slug")?.toLowerCase();
  if (provider !== undefined && !/^[a-z0-9][a-z0-9_-]{0,63}$/.test(provider)) {
    check.say(`${path}.provider_slug`, "must be made of a-z, 0-9, _ and -");
  }
  const model = optional("upstream_model");
  const value = optional("api_key");
  const env = check.variable(optional("api_key_env"), `${path}.api_key_env`);
  if (value !== undefined && env !== undefined) check.say(path, "must not have both api_key and api_key_env");
  return {
    ...(url === undefined ? {} : { url }),
    ...(provider === undefined ? {} : { provider }),
    ...(model === undefined ? {} : { model }),
    ...(env !== undefined ? { key: { env } } : value !== undefined ? { key: { value } } : {}),
  };
}
