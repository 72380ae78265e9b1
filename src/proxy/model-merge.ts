/** @module Which upstreams one list of models is made of, and which of their models a request by that name would reach. */

import type { ListedModel, MergedModel } from "../provider/model-list.ts";
import type { Upstream } from "../provider/upstream.ts";
import { decide, toTargetPath } from "./decide.ts";
import type { ForwardRoute, RouteTable } from "./route.ts";

export const MODELS_PATH = "/v1/models";

/** One upstream that is asked for its models. */
export type ListSource = {
  readonly upstream: Upstream;
  /** Path under its base. */
  readonly path: string;
  /** The request would have gone here: it alone gets the client's fields and credential. */
  readonly isClients: boolean;
};

export type ModelMerge = {
  readonly sources: readonly ListSource[];
  /** The clients of Anthropic's API read another shape. */
  readonly shape: "openai" | "anthropic";
  readonly timeoutMs: number;
  readonly route: ForwardRoute;
  readonly table: RouteTable;
};

/**
 * Undefined for all that is forwarded as ever. Cost where the setting is off: one test. A list of a single upstream is
 * that upstream's own answer; Gemini's clients ask for a list of Gemini's own shape.
 */
export function findModelMerge(
  route: ForwardRoute,
  { method, headers }: { readonly method: string; readonly headers: Headers },
): ModelMerge | undefined {
  const { table } = route;
  if (table?.mergedModels === undefined || method !== "GET" || route.path !== MODELS_PATH) return undefined;
  const shape = headers.has("anthropic-version") ? "anthropic" : "openai";
  if (shape === "openai" && headers.has("x-goog-api-key")) return undefined;
  const sources = listSources(route, table);
  const hasNames = table.modelRoutes?.routes.some(({ pattern }) => !pattern.endsWith("*")) === true;
  if (sources.length < 2 && !hasNames) return undefined;
  return { sources, shape, timeoutMs: table.mergedModels.timeoutMs, route, table };
}

function listSources(route: ForwardRoute, table: RouteTable): readonly ListSource[] {
  const { upstream: own } = decide(route, {}, 0).targets[0];
  const upstreams = [
    own,
    ...(table.modelRoutes?.routes ?? []).flatMap(({ targets }) => targets.map(({ upstream }) => upstream)),
    ...(route.rule.kind === "default" && table.fallback !== undefined ? [table.fallback.upstream] : []),
    ...(table.pathRules ?? []).map(({ upstream }) => upstream),
  ];
  const sources = new Map<string, ListSource>();
  for (const upstream of upstreams) {
    const key = toSourceKey(upstream);
    if (upstream.baseUrl === undefined || sources.has(key)) continue;
    sources.set(key, { upstream, path: toTargetPath(upstream, MODELS_PATH), isClients: upstream === own });
  }
  return [...sources.values()];
}

/** Routes make upstreams of their own, by key and by URL: alike are those that answer alike. */
export function toSourceKey({ id, baseUrl, credential }: Upstream): string {
  const from = credential === undefined ? "client" : credential.mode === "none" ? "none" : credential.from;
  return `${id} ${baseUrl} ${from}`;
}

/**
 * The names of exact routes, then each model whose name leads to the upstream that lists it.
 * @param listed what each source answered, by its key; nothing for one that failed
 * @param isAllowed false for upstreams whose routes are not to be named
 */
export function mergeModels(
  { route, table, shape }: ModelMerge,
  listed: ReadonlyMap<string, readonly ListedModel[]>,
  isAllowed: (upstream: Upstream) => boolean,
): readonly MergedModel[] {
  const merged = new Map<string, MergedModel>();
  const add = (id: string, facts: ListedModel["facts"], { provider }: Upstream, isSurer = false): void => {
    if (isSurer || !merged.has(id)) merged.set(id, { id, facts, provider });
  };
  const asked = { ...route, path: shape === "anthropic" ? "/v1/messages" : "/v1/chat/completions" };
  const routes = table.modelRoutes?.routes ?? [];

  for (const { id: routeId, pattern } of routes) {
    if (pattern.endsWith("*") || table.modelRoutes?.find(pattern)?.id !== routeId) continue;
    const target = decide(asked, { model: pattern }, 0).targets.find(
      ({ upstream }) => hasCredential(upstream) && isAllowed(upstream),
    );
    if (target === undefined) continue;
    const known = listed.get(toSourceKey(target.upstream)) ?? [];
    add(pattern, known.find(({ id }) => id === (target.model ?? pattern))?.facts ?? {}, target.upstream);
  }

  const namespaces = routes.some(({ stripNamespace }) => stripNamespace) ? ["", "openai/", "anthropic/"] : [""];
  for (const [key, models] of listed) {
    for (const { id, facts } of models) {
      for (const name of namespaces.map((namespace) => `${namespace}${id}`)) {
        const { targets } = decide(asked, { model: name }, 0);
        const target = targets.find(({ upstream }) => toSourceKey(upstream) === key);
        if (target === undefined || (target.model ?? name) !== id) continue;
        // Of several that list it, the one that is tried first tells of it.
        add(name, facts, target.upstream, target === targets[0]);
      }
    }
  }
  return [...merged.values()];
}

function hasCredential({ credential }: Upstream): boolean {
  return credential === undefined || credential.mode === "none" || credential.read() !== undefined;
}
