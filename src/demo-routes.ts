/** @module The routing table of the demo: the user's own rules, with every upstream played by the fake provider. */

import { toDemoBaseUrl } from "./demo/upstreams.ts";
import { createRouteIndex, type RouteTarget } from "./provider/model-route.ts";
import type { Upstream } from "./provider/upstream.ts";
import type { RouteTable } from "./proxy/route.ts";

/** No rule of the result leads anywhere but to `providerUrl`, and no credential is read or asked for. */
export function toDemoTable(table: RouteTable, providerUrl: string): RouteTable {
  // One object per upstream stays one object under all its names: connections and breakers are kept by it.
  const played = new Map<Upstream, Upstream>();

  function play(upstream: Upstream): Upstream {
    const known = played.get(upstream);
    if (known !== undefined) return known;
    // What belongs to the real address or account has no place here: credential and field rules, paths, limits.
    const { id, provider, family, local, includeUsage, capture, captureBytes, rootV1, stripProviderField } = upstream;
    const demo: { -readonly [Name in keyof Upstream]: Upstream[Name] } = {
      id,
      provider,
      family,
      local,
      includeUsage,
      capture,
      captureBytes,
      tlsInsecure: false,
      baseUrl: toDemoBaseUrl(providerUrl, encodeURIComponent(id)),
      ...(rootV1 === undefined ? {} : { rootV1 }),
      ...(stripProviderField === undefined ? {} : { stripProviderField }),
    };
    played.set(upstream, demo);
    // Fallbacks may name one another.
    if (upstream.fallbacks !== undefined) demo.fallbacks = upstream.fallbacks.map(play);
    if (upstream.fixes !== undefined) demo.fixes = upstream.fixes;
    return demo;
  }

  const playAll = <Key>(upstreams: ReadonlyMap<Key, Upstream>) =>
    new Map([...upstreams].map(([key, upstream]) => [key, play(upstream)]));
  const playTarget = (target: RouteTarget): RouteTarget => ({ ...target, upstream: play(target.upstream) });

  const { upstreams, defaultUpstream, modelRoutes, pathRules, fallback, hosts, ...rest } = table;
  return {
    ...rest,
    upstreams: playAll(upstreams),
    defaultUpstream: defaultUpstream === undefined ? undefined : play(defaultUpstream),
    ...(hosts === undefined ? {} : { hosts: playAll(hosts) }),
    ...(fallback === undefined ? {} : { fallback: playTarget(fallback) }),
    ...(pathRules === undefined
      ? {}
      : { pathRules: pathRules.map((rule) => ({ ...rule, upstream: play(rule.upstream) })) }),
    ...(modelRoutes === undefined
      ? {}
      : {
          modelRoutes: createRouteIndex(
            modelRoutes.routes.map((route) => ({ ...route, targets: route.targets.map(playTarget) })),
          ),
        }),
  };
}
