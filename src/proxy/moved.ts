/** @module What a reload sends elsewhere. */

import type { RouteTable } from "./route.ts";

/** Ids of upstreams that have another base URL than before: what was learned of the old address says nothing of the new. */
export function listMoved(before: RouteTable, after: RouteTable): readonly string[] {
  const bases = new Map([...before.upstreams.values()].map(({ id, baseUrl }) => [id, baseUrl]));
  const moved = new Set<string>();
  for (const { id, baseUrl } of after.upstreams.values()) {
    if (bases.has(id) && bases.get(id) !== baseUrl) moved.add(id);
  }
  return [...moved];
}
