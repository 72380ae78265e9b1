/** @module Where a request goes and what is changed for it: the one decision behind live traffic and the simulator. */

import { findChatGptDestination } from "../provider/chatgpt.ts";
import {
  findPinnedModel,
  type ModelRoute,
  orderTargets,
  type RouteIndex,
  stripNamespace,
} from "../provider/model-route.ts";
import type { Upstream } from "../provider/upstream.ts";
import { createDecisionMemo } from "./decision-memo.ts";
import type { ForwardRoute, Rule } from "./route.ts";

/** What a body, or a Gemini path, says about where it wants to go. */
export type BodyFacts = {
  readonly model?: string | undefined;
  /** The top-level field `provider`, if it is a string. */
  readonly provider?: string | undefined;
};

/** One upstream to try, with what is changed in the request for it. */
export type Target = {
  readonly upstream: Upstream;
  /** Path under the upstream's base. */
  readonly path: string;
  /** Name to send instead of the requested model. */
  readonly model?: string;
  /** Endpoint of OpenRouter that alone may serve it. */
  readonly endpoint?: string;
  /** The field `provider` selected the upstream, and goes no further. */
  readonly stripProvider?: boolean;
  /** It stands in for an upstream of another provider, which the client's credential is for. */
  readonly isStandIn?: boolean;
  /** Ids of compatibility fixes for the answer, in their order; never empty. */
  readonly fixes?: readonly string[];
};

export type Decision = {
  readonly rule: Rule;
  /** In the order in which they are tried; never empty. */
  readonly targets: readonly [Target, ...Target[]];
};

/** The decision that needs no look into the body. */
export function decideByHead(route: ForwardRoute): Decision {
  return moveAccount(route, chooseByHead(route));
}

function chooseByHead({ rule, upstream, path, table }: ForwardRoute): Decision {
  const toPath = rule.kind === "prefix" || rule.kind === "host" ? toOwnPath : toTargetPath;
  const fixes = rule.kind === "default" ? table?.defaultFixes : undefined;
  return { rule, targets: withFallbacks({ upstream, path: toPath(upstream, path) }, path, fixes, toPath) };
}

/** The target, then the same at the fallbacks of its upstream. @param fixes for those that name none of their own */
function withFallbacks(
  target: Target,
  path: string,
  fixes?: readonly string[],
  toPath = toTargetPath,
): Decision["targets"] {
  const { fallbacks } = target.upstream;
  const first = withFixes(target, fixes);
  if (fallbacks === undefined) return [first];
  return [
    first,
    ...fallbacks.map((upstream) =>
      asStandIn(withFixes({ ...target, upstream, path: toPath(upstream, path) }, fixes), target.upstream),
    ),
  ];
}

/** @param first whose provider the client's credential is for */
function asStandIn(target: Target, first: Upstream | undefined): Target {
  return first === undefined || first.provider === target.upstream.provider ? target : { ...target, isStandIn: true };
}

/**
 * What the upstream itself names goes before the default.
 * @param named the route's own, which go before both and may be none
 */
function withFixes(target: Target, byDefault: readonly string[] | undefined, named?: readonly string[]): Target {
  const fixes = named ?? target.upstream.fixes ?? byDefault;
  return fixes === undefined || fixes.length === 0 ? target : { ...target, fixes };
}

/**
 * The decision for a root surface: body field `provider`, model route, provider rule of the path, fallback, default.
 * @param draw a number from 0 up to 1, for routes with weights
 */
export function decide(route: ForwardRoute, facts: BodyFacts, draw: number): Decision {
  return moveAccount(route, choose(route, facts, draw));
}

function choose(route: ForwardRoute, facts: BodyFacts, draw: number): Decision {
  const { table, path } = route;
  if (table === undefined) return chooseByHead(route);
  const isPossible = (upstream: Upstream): boolean => !isOllamaPath(path) || upstream.family === "ollama";

  const chosen = facts.provider === undefined ? undefined : table.upstreams.get(facts.provider.trim().toLowerCase());
  if (chosen !== undefined && isPossible(chosen)) {
    const rule: Rule = { kind: "body-provider", why: `the body's field provider names ${chosen.id}` };
    const stripProvider = chosen.stripProviderField !== false;
    const target = { upstream: chosen, path: toTargetPath(chosen, path), stripProvider };
    return { rule, targets: withFallbacks(target, path) };
  }

  const { model } = facts;
  if (model !== undefined && table.modelRoutes !== undefined) {
    const routed = chooseByModel(table.modelRoutes, model, path, draw, isPossible);
    if (routed !== undefined) return routed;
  }

  const entry = table.pathRules?.find(
    ({ paths, models }) =>
      paths.has(path) &&
      (models.length === 0 || (model !== undefined && models.some((prefix) => model.startsWith(prefix)))),
  );
  if (entry !== undefined) {
    const { upstream } = entry;
    const rule: Rule = { kind: "path", why: `${upstream.id} is configured for ${path}` };
    return { rule, targets: withFallbacks({ upstream, path: toTargetPath(upstream, path) }, path) };
  }

  const { fallback } = table;
  if (route.rule.kind === "default" && model !== undefined && fallback !== undefined) {
    const { upstream } = fallback;
    const rule: Rule = { kind: "fallback", why: `no route matches ${model}` };
    const target = withFixes({ upstream, path: toTargetPath(upstream, path) }, table.defaultFixes);
    return { rule, targets: [withModel(target, model, fallback.model ?? model)] };
  }
  return chooseByHead(route);
}

/** An account's token on its way to OpenAI's API goes to ChatGPT, whoever chose the upstream. */
function moveAccount({ isAccount }: ForwardRoute, decision: Decision): Decision {
  if (isAccount !== true) return decision;
  const move = (target: Target): Target => ({ ...target, ...findChatGptDestination(target.upstream, target.path) });
  const { rule, targets } = decision;
  const [first, ...rest] = targets;
  const moved = move(first);
  // What stands in for OpenAI's API does not stand in for ChatGPT; a route has named its upstreams itself.
  const isAlone = moved.upstream !== first.upstream && rule.kind !== "model-route";
  return { rule, targets: isAlone ? [moved] : [moved, ...rest.map(move)] };
}

function chooseByModel(
  index: RouteIndex,
  model: string,
  path: string,
  draw: number,
  isPossible: (upstream: Upstream) => boolean,
): Decision | undefined {
  const known = decisions.recall(index, path, model);
  if (known !== undefined) return known;
  const found = index.find(model);
  const targets = found === undefined ? undefined : toTargets(found, model, path, draw, isPossible);
  if (found === undefined || targets === undefined) return undefined;
  const rule: Rule = { kind: "model-route", why: `${found.id} (${found.pattern}) matches ${model}` };
  const decision = { rule, targets };
  const isDrawn = found.targets.some(({ weight }) => weight !== undefined);
  if (!isDrawn) decisions.remember(index, path, model, decision);
  return decision;
}

/** Of model routes that do not draw: making one again costs ten times a look-up. */
const decisions = createDecisionMemo<Decision>();

function toTargets(
  route: ModelRoute,
  requested: string,
  path: string,
  draw: number,
  isPossible: (upstream: Upstream) => boolean,
): Decision["targets"] | undefined {
  const plain = route.stripNamespace ? stripNamespace(requested) : requested;
  // The client's credential is for the first as listed, whichever was drawn.
  const lead = route.targets.find(({ upstream }) => isPossible(upstream))?.upstream;
  const [first, ...rest] = orderTargets(route.targets, draw)
    .filter(({ upstream }) => isPossible(upstream))
    .map(({ upstream, model }): Target => {
      const way = withFixes({ upstream, path: toTargetPath(upstream, path) }, undefined, route.fixes);
      const target = asStandIn(way, lead);
      const pinned = upstream.provider === "openrouter" ? findPinnedModel(model, route.pattern, requested) : undefined;
      if (pinned === undefined) return withModel(target, requested, model ?? plain);
      return { ...withModel(target, requested, pinned.model), endpoint: pinned.endpoint };
    });
  return first === undefined ? undefined : [first, ...rest];
}

/** Gemini names the model in the path, all others in the body. */
function withModel(target: Target, requested: string, sent: string): Target {
  if (sent === requested) return target;
  const inPath = GEMINI_MODEL.exec(target.path);
  if (inPath === null) return { ...target, model: sent };
  const [, before = "", , after = ""] = inPath;
  return { ...target, path: `${before}${encodeURIComponent(sent)}${after}`, model: sent };
}

const GEMINI_MODEL = /^(.*\/models\/)([^/:]+)(:[a-zA-Z]+)$/;

/** The model a Gemini path names. */
export function findPathModel(path: string): string | undefined {
  const segment = GEMINI_MODEL.exec(path)?.[2];
  if (segment === undefined) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** True for Ollama's own paths, which only an Ollama understands. */
function isOllamaPath(path: string): boolean {
  return path.startsWith("/api/");
}

const VERSION = /^\/v\d+[a-z]*\d*(?=\/|$)/;

/** Where a path of a root surface is under an upstream. */
export function toTargetPath(upstream: Upstream, path: string): string {
  const { rootV1 } = upstream;
  const isMoved = rootV1 !== undefined && path.startsWith("/v1/") && !GEMINI_MODEL.test(path);
  return isMoved ? rootV1 + path.slice("/v1".length) : toOwnPath(upstream, path);
}

/** An upstream with a path of its own gets that; one whose base brings the version gets the path without the client's. */
function toOwnPath(upstream: Upstream, path: string): string {
  if (upstream.upstreamPath?.from.has(path) === true) return upstream.upstreamPath.to;
  if (upstream.hasVersionInBase !== true) return path;
  return path.replace(VERSION, "");
}
