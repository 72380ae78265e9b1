/** @module The routing of a configuration as people see it: each upstream, route and setting with where it comes from. */

import { findSource } from "./config/check.ts";
import type { Configuration } from "./config/load.ts";
import { parseStoredRoute as parseRoute } from "./config/route-settings.ts";
import {
  type RouteFacts,
  type RouteTargetFacts,
  type RoutingFacts,
  type SettingFacts,
  STORED_SETTINGS,
  type UpstreamFacts,
} from "./domain/routing-facts.ts";
import { FIXES } from "./fix/registry.ts";
import { findProvider } from "./provider/catalogue.ts";
import { findKeyVariable } from "./provider/key-variable.ts";
import type { ModelRoute } from "./provider/model-route.ts";
import type { Upstream } from "./provider/upstream.ts";
import { createVariableSecret } from "./proxy/secret.ts";
import type { Routing } from "./routing.ts";
import { type ListObjects, parseStoredRoute, parseStoredUpstream } from "./stored-parts.ts";

const MODELS_FILE = "default_fixes of the models file";
const CATALOGUE = "the catalogue of this program; store an upstream of this id to change it";

/** `list` gives the stored objects the configuration was made with. */
export function toRoutingFacts(configuration: Configuration, routing: Routing, list: ListObjects): RoutingFacts {
  return {
    upstreams: listUpstreams(configuration, routing, list),
    routes: listRoutes(configuration, routing, list),
    settings: STORED_SETTINGS.map((key) => toSetting(key, configuration, list)),
    removed_seeds: list("removed-seed").map(({ id }) => id),
    fixes: FIXES.map(({ id, name, description, risk }) => ({ id, name, description, risk })),
  };
}

function listUpstreams(configuration: Configuration, { table }: Routing, list: ListObjects): UpstreamFacts[] {
  const stored = new Map(list("upstream").map(({ id, value }) => [id, parseStoredUpstream(value)]));
  const fits = new Map(configuration.stored.upstreams.map((fit) => [fit.id, fit]));
  const isInUse = (id: string): boolean => {
    const fit = fits.get(id);
    return fit !== undefined && fit.problem === undefined && fit.hiddenBy === undefined;
  };
  const used = [...new Set(table.upstreams.values())].map((upstream): UpstreamFacts => {
    const settings = isInUse(upstream.id) ? stored.get(upstream.id)?.settings : undefined;
    return {
      ...toUpstreamFacts(upstream, configuration),
      ...(settings === undefined
        ? findOwner(upstream.id, configuration)
        : { source: "stored", read_only_by: null, settings }),
    };
  });
  const unused = [...stored].flatMap(([id, { active, settings }]): UpstreamFacts[] => {
    if (isInUse(id)) return [];
    const { problem, hiddenBy } = fits.get(id) ?? {};
    return [
      {
        id,
        aliases: [],
        in_catalogue: findProvider(id) !== undefined,
        source: "stored",
        read_only_by: null,
        in_use: false,
        active,
        dialects: [],
        type: typeof settings["type"] === "string" ? settings["type"] : (findProvider(id)?.family ?? "openai"),
        base_url: typeof settings["base_url"] === "string" ? settings["base_url"] : null,
        auth_mode: "preserve",
        credential: null,
        credential_there: false,
        key_env: null,
        key_there: false,
        local: settings["local"] === true,
        serves_root: false,
        settings,
        ...(problem === undefined ? {} : { problem }),
        ...(hiddenBy === undefined ? {} : { hidden_by: hiddenBy }),
      },
    ];
  });
  return [...used, ...unused];
}

function findOwner(
  id: string,
  configuration: Configuration,
): Pick<UpstreamFacts, "source" | "read_only_by" | "settings" | "paths" | "models"> {
  const { sources, providerEntries } = configuration;
  const entry = providerEntries.find((each) => each.id === id);
  if (entry !== undefined) {
    const where = configuration.values.providers_json === undefined ? "providers.json" : sources["providers_json"];
    const { paths, models } = entry;
    return { source: "providers.json", read_only_by: where ?? "providers.json", settings: null, paths, models };
  }
  const names = [id, ...(findProvider(id)?.aliases ?? [])];
  const where = names.map((name) => findSource(sources, `providers.${name}.`)).find((found) => found !== undefined);
  return where === undefined
    ? { source: "catalogue", read_only_by: CATALOGUE, settings: null }
    : { source: "config", read_only_by: where, settings: null };
}

function toUpstreamFacts(
  upstream: Upstream,
  { variables }: Configuration,
): Omit<UpstreamFacts, "source" | "read_only_by" | "settings"> {
  const { id, credential } = upstream;
  const known = findProvider(id);
  const isSent = credential !== undefined && credential.mode !== "none";
  const env = isSent ? undefined : findKeyVariable(id);
  const isThere = isSent && credential.read() !== undefined;
  return {
    id,
    aliases: known?.aliases ?? [],
    in_catalogue: known !== undefined,
    in_use: true,
    active: true,
    type: upstream.family,
    dialects: listDialects(upstream, known?.everyDialect === true),
    base_url: upstream.baseUrl ?? null,
    auth_mode: credential?.mode ?? "preserve",
    credential: isSent ? credential.from : null,
    credential_there: isThere,
    key_env: env ?? null,
    key_there: isThere || (env !== undefined && createVariableSecret(variables, env)() !== undefined),
    local: upstream.local,
    serves_root:
      upstream.baseUrl !== undefined &&
      (upstream.rootV1 !== undefined || upstream.family === "openai" || upstream.family === "anthropic"),
  };
}

function listDialects({ family, rootV1 }: Upstream, isEvery: boolean): readonly string[] {
  if (isEvery) return ["openai", "anthropic", "gemini"];
  // Whatever stands for `/v1` is an OpenAI-style API beside the provider's own.
  return rootV1 === undefined || family === "openai" ? [family] : [family, "openai"];
}

function listRoutes(configuration: Configuration, { table, routes }: Routing, list: ListObjects): RouteFacts[] {
  const stored = new Map(list("route").map(({ id, value }) => [id, parseStoredRoute(value)]));
  const used = table.modelRoutes?.routes ?? [];
  const unused = routes.filter((route) => !used.includes(route));
  const ofStored = new Map(configuration.storedRoutes.map((route) => [route.id, route.pattern]));
  const left = configuration.stored.routes.flatMap((fit): RouteFacts[] => {
    if (fit.problem === undefined && fit.hiddenBy === undefined) return [];
    return [toUnusedRoute(fit, stored.get(fit.id)?.route ?? {}, stored.get(fit.id)?.generated === true)];
  });
  const facts = [...used, ...unused].map((route): RouteFacts => {
    const pattern = ofStored.get(route.id);
    const own = pattern === undefined ? undefined : stored.get(pattern);
    return {
      ...toRouteFacts(route),
      id: pattern ?? route.id,
      in_use: used.includes(route),
      ...(own === undefined
        ? {
            source: route.id.endsWith(" of config.toml") ? "config" : "models file",
            read_only_by: route.id,
            generated: false,
            settings: null,
          }
        : { source: "stored", read_only_by: null, generated: own.generated, settings: own.route }),
    };
  });
  return [...facts, ...left];
}

type RouteOwner = "id" | "in_use" | "source" | "read_only_by" | "generated" | "settings";

function toRouteFacts(route: ModelRoute): Omit<RouteFacts, RouteOwner> {
  const { pattern, priority, active, stripNamespace, targets, fixes } = route;
  return {
    model: pattern,
    match_type: pattern.endsWith("*") ? "prefix" : "exact",
    priority,
    active,
    strip_namespace: stripNamespace,
    fixes: fixes ?? null,
    targets: targets.map(({ upstream, model, weight }): RouteTargetFacts => {
      const { credential } = upstream;
      const isSent = credential !== undefined && credential.mode !== "none";
      return {
        upstream: upstream.id,
        url: upstream.baseUrl ?? null,
        upstream_model: model ?? null,
        credential: isSent ? credential.from : null,
        credential_there: isSent && credential.read() !== undefined,
        weight: weight ?? null,
      };
    }),
  };
}

function toUnusedRoute(
  fit: { readonly id: string; readonly problem?: string; readonly hiddenBy?: string },
  settings: Readonly<Record<string, unknown>>,
  generated: boolean,
): RouteFacts {
  return {
    id: fit.id,
    model: fit.id,
    match_type: fit.id.endsWith("*") ? "prefix" : "exact",
    priority: Number(settings["priority"] ?? 50),
    active: settings["active"] !== false,
    in_use: false,
    strip_namespace: settings["strip_namespace"] === true,
    fixes: parseRoute(settings).route?.fixes ?? null,
    source: "stored",
    read_only_by: null,
    targets: [],
    generated,
    settings,
    ...(fit.problem === undefined ? {} : { problem: fit.problem }),
    ...(fit.hiddenBy === undefined ? {} : { hidden_by: fit.hiddenBy }),
  };
}

function toSetting(key: string, configuration: Configuration, list: ListObjects): SettingFacts {
  const { values, sources, fixed, defaultFixes } = configuration;
  const stored = list("setting").some(({ id }) => id === key);
  if (key === "default_fixes" && defaultFixes !== values.default_fixes) {
    return { key, value: defaultFixes, source: MODELS_FILE, fixed_by: MODELS_FILE, stored };
  }
  const [group = "", name] = key.split(".");
  const table: Readonly<Record<string, unknown>> = values;
  const found = name === undefined ? table[group] : (table[group] as Record<string, unknown> | undefined)?.[name];
  const source = sources[key] ?? "default";
  return {
    key,
    // The schema has text there, a list of texts, or nothing.
    value: (found ?? null) as string | readonly string[] | null,
    source,
    fixed_by: fixed.has(key) ? source : null,
    stored,
  };
}
