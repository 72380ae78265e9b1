/** @module `modeltap routes`: list, try, save and store routes; through the running modeltap if there is one. */

import { readFileSync } from "node:fs";

import type { RoutesCommand } from "./cli/routing-command.ts";
import { toColumns } from "./cli/table.ts";
import type { Configuration } from "./config/load.ts";
import { ConfigError } from "./config/problem.ts";
import type { RouteFacts } from "./domain/routing-facts.ts";
import { readRoutingFacts } from "./providers.ts";
import { type Simulation, simulateRoute, toHeaders } from "./proxy/simulate.ts";
import { toRouteTable } from "./routing.ts";
import { findRunning } from "./running.ts";
import { readConfiguration } from "./start.ts";
import { listObjectsOf, toRoutingDocument } from "./stored-parts.ts";

/** Resolves with the exit code. Throws ConfigError. */
export async function runRoutes(command: RoutesCommand): Promise<number> {
  const configuration = readConfiguration(command.flags);
  switch (command.verb) {
    case "list": {
      const { routes } = await readRoutingFacts(configuration);
      print(command.json ? toJson(routes) : toTable(routes));
      return 0;
    }
    case "simulate": {
      const simulation = await simulate(configuration, command);
      print(toJson(simulation));
      return simulation.outcome === "refused" ? 1 : 0;
    }
    case "export":
      print(toJson(await exportStored(configuration)));
      return 0;
    case "import":
      return importStored(configuration, command);
  }
}

type Simulate = Extract<RoutesCommand, { readonly verb: "simulate" }>;

async function simulate(configuration: Configuration, asked: Simulate): Promise<Simulation> {
  const { method, fields, model, provider } = asked;
  const path = asked.path.split("?")[0] ?? asked.path;
  const facts = { ...(model === undefined ? {} : { model }), ...(provider === undefined ? {} : { provider }) };
  const running = findRunning(configuration);
  if (running === undefined) {
    return simulateRoute(toRouteTable(configuration), { method, path, headers: toHeaders(fields), ...facts });
  }
  const query = new URLSearchParams({ method, path, ...facts });
  for (const field of fields) query.append("header", field);
  // Our own api, of the same version.
  return (await running.call("GET", `/admin/api/routes/simulate?${query}`)) as Simulation;
}

async function exportStored(configuration: Configuration): Promise<unknown> {
  const running = findRunning(configuration);
  if (running !== undefined) return running.call("GET", "/admin/api/routing");
  return toRoutingDocument(listObjectsOf(configuration.values.data_dir));
}

async function importStored(
  configuration: Configuration,
  { file, check }: { readonly file: string; readonly check: boolean },
): Promise<number> {
  const document = readDocument(file);
  const running = findRunning(configuration);
  if (running === undefined) {
    throw new ConfigError(["no modeltap is running here: start it, it checks and stores what is imported"]);
  }
  const path = `/admin/api/routing${check ? "/check" : ""}`;
  // Our own api, of the same version.
  const { upstreams, routes, settings } = (await running.call("POST", path, document)) as Record<string, number>;
  print(`${check ? "checked" : "stored"}: ${upstreams} upstreams, ${routes} routes, ${settings} settings\n`);
  return 0;
}

function readDocument(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch {
    throw new ConfigError([`${file}: cannot be read`]);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError([`${file}: is not JSON`]);
  }
}

function toTable(routes: readonly RouteFacts[]): string {
  if (routes.length === 0) return "There is no route: each model goes to the default upstream.\n";
  return toColumns([
    ["MODEL", "GOES TO", "PRIORITY", "STATE", "SOURCE"],
    ...routes.map((route) => [
      route.model,
      route.targets.map(toTarget).join(", then ") || "-",
      String(route.priority),
      route.problem ?? (route.hidden_by === undefined ? (route.active ? "on" : "off") : `hidden by ${route.hidden_by}`),
      route.generated ? "price row" : (route.read_only_by ?? route.source),
    ]),
  ]);
}

function toTarget(target: RouteFacts["targets"][number]): string {
  const missing = target.credential !== null && !target.credential_there ? ` (${target.credential} is MISSING)` : "";
  return `${target.upstream}${target.upstream_model === null ? "" : ` as ${target.upstream_model}`}${missing}`;
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function print(text: string): void {
  process.stdout.write(text);
}
