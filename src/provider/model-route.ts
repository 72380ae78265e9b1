/** @module Model routes: which upstreams a model name goes to, and under which name. Priority first, then the closer match. */

import type { Upstream } from "./upstream.ts";

/** One upstream of a route, with what is changed for it. */
export type RouteTarget = {
  readonly upstream: Upstream;
  /** Name the upstream knows the model by; absent keeps the requested one. */
  readonly model?: string;
  /** Share of requests that try this one first; targets without one are tried in their order. */
  readonly weight?: number;
};

export type ModelRoute = {
  /** As shown to people: `routes[0] of config.toml`. */
  readonly id: string;
  /** An exact name, or `prefix*`. */
  readonly pattern: string;
  /** Lower goes first. */
  readonly priority: number;
  readonly active: boolean;
  /** At least one; each further one is tried when those before it failed. */
  readonly targets: readonly RouteTarget[];
  /** Takes a leading `openai/` or `anthropic/` off the model name. */
  readonly stripNamespace: boolean;
  /** Ids of compatibility fixes for its answers, instead of the upstream's own. */
  readonly fixes?: readonly string[];
};

export type RouteIndex = {
  /** The route that wins for a model name. Cost: a map look-up, and one for each length that prefixes have. */
  find(model: string): ModelRoute | undefined;
  /** Active ones in the order in which they are tried. */
  readonly routes: readonly ModelRoute[];
};

/** Priority ascending, exact before prefix, longer pattern before shorter, then as given. Inactive routes are left out. */
export function createRouteIndex(routes: readonly ModelRoute[]): RouteIndex {
  const sorted = routes.filter(({ active, targets }) => active && targets.length > 0).sort(compare);
  const exact = new Map<string, number>();
  const prefixes = new Map<string, number>();
  for (const [rank, { pattern }] of sorted.entries()) {
    const isPrefixed = pattern.endsWith("*");
    const ranks = isPrefixed ? prefixes : exact;
    const text = isPrefixed ? pattern.slice(0, -1) : pattern;
    if (!ranks.has(text)) ranks.set(text, rank);
  }
  const lengths = [...new Set([...prefixes.keys()].map((prefix) => prefix.length))];
  return {
    routes: sorted,
    find(model) {
      let best = exact.get(model) ?? Number.POSITIVE_INFINITY;
      for (const length of lengths) {
        const rank = length > model.length ? undefined : prefixes.get(model.slice(0, length));
        if (rank !== undefined && rank < best) best = rank;
      }
      return sorted[best];
    },
  };
}

function compare(a: ModelRoute, b: ModelRoute): number {
  return a.priority - b.priority || Number(isPrefix(a)) - Number(isPrefix(b)) || b.pattern.length - a.pattern.length;
}

function isPrefix({ pattern }: ModelRoute): boolean {
  return pattern.endsWith("*");
}

/**
 * Targets in the order in which this request tries them: one with a weight is drawn first, the others follow as listed.
 * @param draw a number from 0 up to 1
 */
export function orderTargets(targets: readonly RouteTarget[], draw: number): readonly RouteTarget[] {
  if (targets.length < 2) return targets;
  const total = targets.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
  if (total <= 0) return targets;
  let left = draw * total;
  const first = targets.find(({ weight }) => (left -= weight ?? 0) < 0) ?? targets[0];
  return first === undefined ? targets : [first, ...targets.filter((target) => target !== first)];
}

/** The model without a leading `openai/` or `anthropic/`, whatever its case. */
export function stripNamespace(model: string): string {
  return model.replace(/^(?:openai|anthropic)\/(?=.)/i, "");
}

export type PinnedModel = { readonly model: string; readonly endpoint: string };

/**
 * OpenRouter's `base@endpoint`, from the name to send, the route's pattern or the requested name, in this order; or the
 * pattern `<name to send>:endpoint`. Source: OpenRouter's provider routing reference, 2026-11-21.
 */
export function findPinnedModel(sent: string | undefined, pattern: string, requested: string): PinnedModel | undefined {
  for (const name of [sent, pattern.endsWith("*") ? undefined : pattern, requested]) {
    const [, model, endpoint] = /^(.+)@([^@]+)$/.exec(name ?? "") ?? [];
    if (model !== undefined && endpoint !== undefined) return { model, endpoint };
  }
  if (sent === undefined || !pattern.startsWith(`${sent}:`) || pattern.endsWith("*")) return undefined;
  return { model: sent, endpoint: pattern.slice(sent.length + 1) };
}
