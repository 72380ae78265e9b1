/** @module `modeltap providers`: where requests may go, with what credential, and by what file; from the running modeltap if there is one. */

import { existsSync } from "node:fs";
import { basename } from "node:path";

import type { ProvidersCommand } from "./cli/routing-command.ts";
import { toColumns } from "./cli/table.ts";
import type { Configuration } from "./config/load.ts";
import type { RoutingFacts, UpstreamFacts } from "./domain/routing-facts.ts";
import { toRouting } from "./routing.ts";
import { toRoutingFacts } from "./routing-facts.ts";
import { findRunning } from "./running.ts";
import { readConfiguration } from "./start.ts";
import { listObjectsOf } from "./stored-parts.ts";

/** Resolves with the exit code. Throws ConfigError. */
export async function runProviders(command: ProvidersCommand): Promise<number> {
  const configuration = readConfiguration(command.flags);
  switch (command.verb) {
    case "show": {
      const { upstreams } = await readRoutingFacts(configuration);
      const sorted = upstreams.toSorted((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
      const shown = command.all || command.json ? sorted : sorted.filter((upstream) => rank(upstream) < UNUSED);
      process.stdout.write(
        command.json
          ? `${JSON.stringify(sorted, undefined, 2)}\n`
          : toTable(shown) + toRest(sorted.length - shown.length),
      );
      return 0;
    }
    case "path":
      process.stdout.write(`${describeFile(configuration)}\n`);
      return 0;
    case "reload":
      return reload(configuration);
  }
}

/** What the running modeltap says, else what the files and the store's copy say. */
export async function readRoutingFacts(
  configuration: Configuration,
): Promise<Pick<RoutingFacts, "upstreams" | "routes">> {
  const running = findRunning(configuration);
  if (running === undefined) {
    return toRoutingFacts(configuration, toRouting(configuration), listObjectsOf(configuration.values.data_dir));
  }
  const [upstreams, routes] = await Promise.all([
    running.call("GET", "/admin/api/upstreams"),
    running.call("GET", "/admin/api/routes"),
  ]);
  // Our own api, of the same version.
  return { ...(upstreams as Pick<RoutingFacts, "upstreams">), ...(routes as Pick<RoutingFacts, "routes">) };
}

async function reload(configuration: Configuration): Promise<number> {
  const running = findRunning(configuration);
  if (running === undefined) {
    process.stderr.write("modeltap: no modeltap is running here; it reads its files when it starts\n");
    return 1;
  }
  // Our own api, of the same version.
  const { needs_restart: keys } = (await running.call("POST", "/admin/api/reload", {})) as { needs_restart: string[] };
  if (keys.length > 0) process.stderr.write(`modeltap: changed, but in use only after a restart: ${keys.join(", ")}\n`);
  const { upstreams } = await readRoutingFacts(configuration);
  process.stdout.write(`providers: ${upstreams.filter((upstream) => upstream.in_use).length} in use\n`);
  return 0;
}

function describeFile({ values, sources, files }: Configuration): string {
  if (values.providers_json !== undefined) return `${sources["providers_json"] ?? "PROVIDERS_JSON"} (inline)`;
  const file = values.providers_file ?? files.find((each) => basename(each) === "providers.json") ?? "";
  return existsSync(file) ? file : `${file} (not there)`;
}

const UNUSED = 2;

/** What somebody set up comes first, then what a key is there for; the rest of the catalogue last. */
function rank(upstream: UpstreamFacts): number {
  if (upstream.source !== "catalogue") return 0;
  return upstream.key_there || upstream.local ? 1 : UNUSED;
}

function toTable(upstreams: readonly UpstreamFacts[]): string {
  return toColumns([
    ["ID", "BASE URL", "DIALECTS", "AUTH", "SOURCE"],
    ...upstreams.map((upstream) => [
      upstream.id,
      upstream.base_url ?? "not set",
      upstream.dialects.join(","),
      toAuth(upstream),
      toSource(upstream),
    ]),
  ]);
}

function toAuth({
  auth_mode: mode,
  credential,
  credential_there: isThere,
  key_env: env,
  key_there: hasKey,
}: UpstreamFacts): string {
  if (mode === "preserve") return hasKey && env !== null ? `preserve (${env} is set)` : "preserve";
  if (credential === null) return mode;
  return `${mode} from ${credential}${isThere ? "" : ", which is MISSING"}`;
}

function toSource({ source, read_only_by: place, problem, hidden_by: hiddenBy, active }: UpstreamFacts): string {
  if (problem !== undefined) return `stored, not in use: ${problem}`;
  if (hiddenBy !== undefined) return `stored, hidden by ${hiddenBy}`;
  if (source === "stored") return active ? "stored" : "stored, off";
  return source === "catalogue" ? source : (place ?? source);
}

function toRest(count: number): string {
  return count === 0 ? "" : `and ${count} of the catalogue that no key is set for: modeltap providers show --all\n`;
}
