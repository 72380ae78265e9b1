/** @module What the proxy last told of its routing, and the rules a change of it must meet. */

import type { z } from "zod";
import type { RouteFacts, RoutingFacts, UpstreamFacts } from "../domain/routing-facts.ts";
import { ApiError } from "./error.ts";

export type RoutingBoard = {
  /** Throws ApiError until the proxy has told it. */
  readonly facts: RoutingFacts;
  /** When it was told last, epoch ms. */
  readonly toldAtMs: number;
  set(facts: RoutingFacts): void;
};

/** The rules of the configuration files, handed in by the composition root. Lists of problems begin with the member. */
export type RoutingRules = {
  /** Both bodies as JSON Schema; the checks below are stricter. */
  readonly upstreamBody: z.ZodType<Readonly<Record<string, unknown>>>;
  readonly routeBody: z.ZodType<Readonly<Record<string, unknown>>>;
  checkUpstream(id: string, settings: unknown): readonly string[];
  checkRoute(route: unknown, upstreamIds: readonly string[]): readonly string[];
  /** What is wrong with the providers of a managed key; undefined when nothing is. */
  findWrongProvider(names: readonly string[], facts: RoutingFacts): string | undefined;
  checkSetting(key: string, value: unknown, upstreamIds: readonly string[]): readonly string[];
};

export function createRoutingBoard(): RoutingBoard {
  let current: RoutingFacts | undefined;
  let toldAtMs = 0;
  return {
    get toldAtMs() {
      return toldAtMs;
    },
    get facts() {
      if (current === undefined) {
        throw new ApiError("recorder_unavailable", "The proxy has not told its routes yet; try again in a second.");
      }
      return current;
    },
    set(facts) {
      current = facts;
      toldAtMs = Date.now();
    },
  };
}

/** Names that a route may name as its upstream. */
export function listUpstreamIds({ upstreams }: RoutingFacts): readonly string[] {
  return upstreams.flatMap(({ id, aliases, in_use: isInUse }) => (isInUse ? [id, ...aliases] : []));
}

/** The stored one of this id, whatever hides it. */
export function findStored<Facts extends UpstreamFacts | RouteFacts>(
  list: readonly Facts[],
  id: string,
): Facts | undefined {
  return list.find((facts) => facts.id === id && facts.source === "stored");
}

/** Throws with every problem in one sentence. */
export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new ApiError("bad_body", problems.join("; "));
}

/** What the proxy tells after a change; it may have refused to take it over because a file has a problem. */
export function getChanged<Facts>(found: Facts | undefined): Facts {
  if (found !== undefined) return found;
  throw new ApiError(
    "conflict",
    "It is stored, but not in use: the configuration files have a problem, which the log tells.",
  );
}
