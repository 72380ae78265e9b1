/** @module `modeltap routes simulate METHOD PATH`: which rule would win, why, and what would be sent where. */

import { UsageError } from "./cli/parse.ts";
import { simulateRoute, toHeaders } from "./proxy/simulate.ts";
import { toRouteTable } from "./routing.ts";
import { readConfiguration } from "./start.ts";

const USAGE = "modeltap routes simulate METHOD PATH [--model M] [--provider ID] [--header NAME:VALUE] …";

/** Prints the decision as JSON; the exit code is 1 when the request would be refused. Throws UsageError. */
export function runRoutes(args: readonly string[]): number {
  const [verb, method, path, ...flags] = args;
  if (verb !== "simulate" || method === undefined || path?.startsWith("/") !== true) {
    throw new UsageError(`usage: ${USAGE}`);
  }
  const simulation = simulateRoute(toRouteTable(readConfiguration({ settings: {}, demo: false })), {
    method: method.toUpperCase(),
    path: path.split("?")[0] ?? path,
    ...readFlags(flags),
  });
  process.stdout.write(`${JSON.stringify(simulation, undefined, 2)}\n`);
  return simulation.outcome === "refused" ? 1 : 0;
}

function readFlags(flags: readonly string[]): { headers: Headers; model?: string; provider?: string } {
  const fields: string[] = [];
  const facts: { model?: string; provider?: string } = {};
  for (let at = 0; at < flags.length; at += 2) {
    const [name, value] = [flags[at], flags[at + 1]];
    if (value === undefined) throw new UsageError(`${name} needs a value; usage: ${USAGE}`);
    if (name === "--header") fields.push(value);
    else if (name === "--model") facts.model = value;
    else if (name === "--provider") facts.provider = value;
    else throw new UsageError(`there is no flag ${name}; usage: ${USAGE}`);
  }
  return { headers: toHeaders(fields), ...facts };
}
