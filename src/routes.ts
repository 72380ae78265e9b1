/** @module `modeltap routes`: list, try, save and store routes; through the running modeltap if there is one. */

import { readFileSync } from "node:fs";

import { ApiError } from "./api/error.ts";
import { planImport, type RoutingDocument, routingDocument } from "./api/routing-transfer.ts";
import type { RoutesCommand } from "./cli/routing-command.ts";
import { toColumns } from "./cli/table.ts";
import type { Configuration } from "./config/load.ts";
import { acquireLock } from "./config/lock.ts";
import { createPrivateDirectory } from "./config/paths.ts";
import { ConfigError } from "./config/problem.ts";
import type { RouteFacts } from "./domain/routing-facts.ts";
import { readRoutingFacts } from "./providers.ts";
import { type Simulation, simulateRoute, toHeaders } from "./proxy/simulate.ts";
import { toRouteTable, toRouting } from "./routing.ts";
import { toRoutingFacts } from "./routing-facts.ts";
import { createRoutingRules } from "./routing-rules.ts";
import { findRunning } from "./running.ts";
import { readConfiguration } from "./start.ts";
import { changeObjects } from "./stored-keys.ts";
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
      return simulation.outcome === "refused" || (simulation.outcome === "forwarded" && simulation.problem !== null)
        ? 1
        : 0;
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
  const { method, fields, model, provider, stream } = asked;
  const path = asked.path.split("?")[0] ?? asked.path;
  const facts = { ...(model === undefined ? {} : { model }), ...(provider === undefined ? {} : { provider }) };
  const running = findRunning(configuration);
  if (running === undefined) {
    return simulateRoute(toRouteTable(configuration), { method, path, headers: toHeaders(fields), stream, ...facts });
  }
  const query = new URLSearchParams({ method, path, stream: String(stream), ...facts });
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
  const path = `/admin/api/routing${check ? "/check" : ""}`;
  if (running === undefined) await importDirectly(configuration, document, check);
  else await running.call("POST", path, document);
  const { upstreams, routes, settings } = document;
  const counts = `${upstreams.length} upstreams, ${routes.length} routes, ${Object.keys(settings).length} settings`;
  print(`${check ? "checked" : "stored"}: ${counts}\n`);
  return 0;
}

/** With the lock taken, so that nobody else writes meanwhile. */
async function importDirectly(configuration: Configuration, document: RoutingDocument, check: boolean): Promise<void> {
  const { data_dir: dataDir, database: databasePath } = configuration.values;
  const facts = toRoutingFacts(configuration, toRouting(configuration), listObjectsOf(dataDir));
  const puts = toProblems(() => planImport(document, facts, createRoutingRules(process.env)));
  if (check) return;
  createPrivateDirectory(dataDir, "data_dir");
  const lock = acquireLock(dataDir, Date.now());
  try {
    const atMs = Date.now();
    await changeObjects({ dataDir, databasePath }, (writer) =>
      writer.putObjects(puts.map((put) => ({ ...put, atMs }))),
    );
  } finally {
    lock.release();
  }
}

/** A refusal of the api's rules as what a person is told. Throws ConfigError. */
function toProblems<Value>(plan: () => Value): Value {
  try {
    return plan();
  } catch (failure) {
    throw failure instanceof ApiError ? new ConfigError([failure.message]) : failure;
  }
}

function readDocument(file: string): RoutingDocument {
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch {
    throw new ConfigError([`${file}: cannot be read`]);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ConfigError([`${file}: is not JSON`]);
  }
  const parsed = routingDocument.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map(({ path, message }) => `${file}: ${path.join(".")} ${message}`));
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
