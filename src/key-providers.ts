/** @module Whether the providers of a managed key are any that requests can go to. */

import { suggest } from "./config/nearest.ts";
import type { RoutingFacts } from "./domain/routing-facts.ts";

/**
 * What is wrong with the names, undefined when nothing is. A host stands for the upstream of a URL, so any may come; the provider of
 * a route with a URL may have any name: with such a route only what looks misspelt is wrong.
 */
export function findWrongProvider(
  names: readonly string[],
  { upstreams, routes }: Pick<RoutingFacts, "upstreams" | "routes">,
): string | undefined {
  const targets = routes.flatMap((route) => route.targets);
  const known = new Set([...upstreams.map(({ id }) => id), ...targets.map(({ upstream }) => upstream)]);
  const isOpen = targets.some(({ url }) => url !== null);
  for (const name of names) {
    if (known.has(name) || /[.:]/.test(name)) continue;
    const owner = upstreams.find(({ aliases }) => aliases.includes(name));
    const near = owner === undefined ? suggest(name, known) : ` (did you mean "${owner.id}"?)`;
    if (near !== "" || !isOpen) return `there is no provider ${JSON.stringify(name)}${near}`;
  }
  return undefined;
}
