/** @module The routing table of a configuration: upstreams, model routes, path rules, fallback and hosts in one snapshot. */

import type { Configuration } from "./config/load.ts";
import type { ProviderEntry } from "./config/providers-file.ts";
import type { KeySource, RouteSettings, TargetSettings } from "./config/route-settings.ts";
import { findProvider } from "./provider/catalogue.ts";
import { createRouteIndex, type ModelRoute, type RouteTarget } from "./provider/model-route.ts";
import type { ProviderFamily } from "./provider/provider.ts";
import type { Upstream, UpstreamCredential } from "./provider/upstream.ts";
import type { PathRule, RouteTable } from "./proxy/route.ts";
import { createVariableSecret } from "./proxy/secret.ts";
import { ANTHROPIC_VERSION, linkFallbacks, toUpstreams } from "./upstreams.ts";

export type Routing = {
  readonly table: RouteTable;
  /** All of them, inactive ones too: those of the files, then the stored ones. */
  readonly routes: readonly ModelRoute[];
};

/** What is absent costs nothing on the way of a request. */
export function toRouteTable(configuration: Configuration): RouteTable {
  return toRouting(configuration).table;
}

/** The table, and the routes it was made of. */
export function toRouting(configuration: Configuration): Routing {
  const { values } = configuration;
  const upstreams = new Map(toUpstreams(configuration));
  const pathRules: PathRule[] = configuration.providerEntries.map((entry) => {
    const upstream = fromEntry(entry, configuration);
    upstreams.set(entry.id, upstream);
    for (const alias of findProvider(entry.id)?.aliases ?? []) upstreams.set(alias, upstream);
    return { upstream, paths: new Set(entry.paths), models: entry.models };
  });
  linkFallbacks(upstreams, configuration);
  const defaultUpstream = upstreams.get(values.upstream);
  if (defaultUpstream !== undefined && findProvider(defaultUpstream.id)?.everyDialect === true) {
    pathRules.push({ upstream: defaultUpstream, paths: DIALECT_PATHS, models: [] });
  }
  const context = { configuration, upstreams };
  const routes = [...configuration.routes, ...configuration.storedRoutes].map((route) => toModelRoute(route, context));
  const fallback = upstreams.get(values.fallback.upstream ?? "");
  const model = values.fallback.model;
  const table = {
    upstreams,
    defaultUpstream,
    hosts: toHosts(upstreams, values.allowed_upstream_hosts),
    ...(pathRules.length === 0 ? {} : { pathRules }),
    ...(configuration.defaultFixes.length === 0 ? {} : { defaultFixes: configuration.defaultFixes }),
    ...(values.merged_models ? { mergedModels: { timeoutMs: values.merged_models_timeout } } : {}),
    ...(routes.length === 0 ? {} : { modelRoutes: createRouteIndex(routes) }),
    ...(fallback === undefined
      ? {}
      : { fallback: { upstream: fallback, ...(model === undefined || model === "" ? {} : { model }) } }),
  };
  return { table, routes };
}

/** Root paths that belong to another provider unless the default upstream speaks every dialect. */
const DIALECT_PATHS: ReadonlySet<string> = new Set(["/v1/messages", "/v1/messages/count_tokens", "/v1/models"]);

function fromEntry(entry: ProviderEntry, configuration: Configuration): Upstream {
  const { values } = configuration;
  const isAnthropic = entry.type === "anthropic";
  const credential = fromEntryAuth(entry.auth, configuration);
  const rules = { remove: [], set: entry.headers, default: isAnthropic ? [ANTHROPIC_VERSION] : [] };
  return {
    id: entry.id,
    provider: entry.id,
    family: isAnthropic ? "anthropic" : "openai",
    baseUrl: entry.baseUrl,
    local: false,
    includeUsage: findProvider(entry.id)?.includeUsage ?? "auto",
    capture: values.capture,
    captureBytes: values.capture_body_max,
    tlsInsecure: false,
    stripProviderField: entry.stripProviderField,
    hasVersionInBase: hasVersion(entry.baseUrl),
    ...(entry.upstreamPath === undefined
      ? {}
      : { upstreamPath: { from: new Set(entry.paths), to: entry.upstreamPath } }),
    ...(credential === undefined ? {} : { credential }),
    ...(rules.set.length + rules.default.length === 0 ? {} : { headerRules: rules }),
  };
}

/** True for `https://api.z.ai/api/paas/v4`. */
function hasVersion(baseUrl: string): boolean {
  return /\/v\d+[a-z]*\d*$/.test(new URL(baseUrl).pathname);
}

function fromEntryAuth(auth: ProviderEntry["auth"], configuration: Configuration): UpstreamCredential | undefined {
  if (!("key" in auth)) return auth.mode === "none" ? { mode: "none" } : undefined;
  const header = auth.header ?? (auth.mode === "bearer" ? "authorization" : "x-api-key");
  return { mode: auth.mode, header, ...toSource(auth.key, configuration) };
}

function toSource(key: KeySource, { variables }: Configuration): { from: string; read: () => string | undefined } {
  if ("env" in key) return { from: `environment variable ${key.env}`, read: createVariableSecret(variables, key.env) };
  const { value } = key;
  return { from: "a literal value", read: () => value };
}

type RouteContext = {
  readonly configuration: Configuration;
  readonly upstreams: ReadonlyMap<string, Upstream>;
};

function toModelRoute(route: RouteSettings, context: RouteContext): ModelRoute {
  const { id, pattern, priority, active, stripNamespace, fixes } = route;
  const targets = route.targets.flatMap((target) => toTarget(target, context) ?? []);
  return { id, pattern, priority, active, stripNamespace, targets, ...(fixes === undefined ? {} : { fixes }) };
}

function toTarget(target: TargetSettings, context: RouteContext): RouteTarget | undefined {
  const upstream = target.url === undefined ? context.upstreams.get(target.upstream ?? "") : fromUrl(target, context);
  if (upstream === undefined) return undefined;
  const { key, model, weight } = target;
  const keyed =
    key === undefined
      ? upstream
      : { ...upstream, credential: { ...fieldOf(upstream.family), ...toSource(key, context.configuration) } };
  return {
    upstream: keyed,
    ...(model === undefined ? {} : { model }),
    ...(weight === undefined ? {} : { weight }),
  };
}

/** Where the providers of a family look for a key. */
function fieldOf(family: ProviderFamily): { mode: "bearer" | "x-api-key" | "header"; header: string } {
  if (family === "anthropic") return { mode: "x-api-key", header: "x-api-key" };
  if (family === "gemini") return { mode: "header", header: "x-goog-api-key" };
  return { mode: "bearer", header: "authorization" };
}

/** A base URL of a route's own: rows belong to the provider it names, or to the one whose host it is. */
function fromUrl(target: TargetSettings, { configuration, upstreams }: RouteContext): Upstream {
  const { values } = configuration;
  const baseUrl = target.url ?? "";
  const { host } = new URL(baseUrl);
  const known =
    (target.provider === undefined ? undefined : upstreams.get(target.provider)) ??
    [...upstreams.values()].find((upstream) => upstream.baseUrl !== undefined && hostOf(upstream.baseUrl) === host);
  return {
    id: known?.baseUrl === baseUrl ? known.id : host,
    provider: target.provider ?? known?.provider ?? host,
    family: known?.family ?? "openai",
    baseUrl,
    local: known?.local ?? false,
    includeUsage: known?.includeUsage ?? "auto",
    capture: known?.capture ?? values.capture,
    captureBytes: known?.captureBytes ?? values.capture_body_max,
    tlsInsecure: false,
    hasVersionInBase: hasVersion(baseUrl),
  };
}

/** Hosts that a path may name: those of every upstream with a fixed host, and those that are allowed besides. */
function toHosts(upstreams: ReadonlyMap<string, Upstream>, allowed: readonly string[]): ReadonlyMap<string, Upstream> {
  const hosts = new Map<string, Upstream>();
  for (const upstream of new Set(upstreams.values())) {
    const host = upstream.baseUrl === undefined ? undefined : hostOf(upstream.baseUrl);
    if (host !== undefined && !hosts.has(host)) hosts.set(host, upstream);
  }
  const [plain] = upstreams.values();
  for (const name of allowed) {
    const host = name.toLowerCase();
    if (hosts.has(host) || plain === undefined) continue;
    const { capture, captureBytes } = plain;
    const isLoopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host);
    const baseUrl = `${isLoopback ? "http" : "https"}://${host}`;
    const common = { local: false, includeUsage: "auto", capture, captureBytes, tlsInsecure: false } as const;
    hosts.set(host, { id: host, provider: host, family: "openai", baseUrl, ...common });
  }
  return hosts;
}

function hostOf(url: string): string {
  return new URL(url).host;
}
