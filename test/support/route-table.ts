/** @module A routing table with one scripted server behind every upstream: the base path tells which was meant. */

import { PROVIDERS } from "../../src/provider/catalogue.ts";
import { createRouteIndex, type ModelRoute, type RouteTarget } from "../../src/provider/model-route.ts";
import type { Upstream } from "../../src/provider/upstream.ts";
import type { RouteTable } from "../../src/proxy/route.ts";

/** An upstream whose base URL is `<url>/<id>`. */
export function toTestUpstream(url: string, id: string, more: Partial<Upstream> = {}): Upstream {
  return {
    id,
    provider: id,
    family: PROVIDERS.find((provider) => provider.id === id)?.family ?? "openai",
    baseUrl: `${url}/${id}`,
    local: false,
    includeUsage: "never",
    capture: "full",
    captureBytes: 16 * 1024 * 1024,
    tlsInsecure: false,
    ...more,
  };
}

/** A route with the usual settings. */
export function toTestRoute(
  pattern: string,
  targets: readonly RouteTarget[],
  more: Partial<ModelRoute> = {},
): ModelRoute {
  return { id: `route ${pattern}`, pattern, priority: 0, active: true, stripNamespace: false, targets, ...more };
}

/** Every provider of the catalogue and `custom`, with openai as the default. */
export function toTestTable(
  url: string,
  build: (get: (id: string) => Upstream) => Partial<RouteTable> & { readonly routes?: readonly ModelRoute[] },
  custom: Partial<Upstream> = {},
): RouteTable {
  const upstreams = new Map(PROVIDERS.map(({ id }) => [id, toTestUpstream(url, id)]));
  upstreams.set("custom", toTestUpstream(url, "custom", custom));
  const get = (id: string): Upstream => {
    const upstream = upstreams.get(id);
    if (upstream === undefined) throw new Error(`no upstream ${id}`);
    return upstream;
  };
  const { routes, ...more } = build(get);
  return {
    upstreams,
    defaultUpstream: get("openai"),
    ...(routes === undefined ? {} : { modelRoutes: createRouteIndex(routes) }),
    ...more,
  };
}
