/** @module The command line: a verb, its flags, or one line that says what is wrong with them. */

import { suggest } from "../config/nearest.ts";
import { type OldValue, readUpstreamUrl } from "../config/old-names.ts";

/** A flag that sets a value; `path` is the setting it stands for. */
type Flag = {
  readonly name: string;
  readonly path?: string;
  readonly value?: string;
  readonly help: string;
  /** Settings that the value stands for, where it is not one. */
  readonly read?: (value: string) => readonly OldValue[];
};

export const START_FLAGS: readonly Flag[] = [
  { name: "--host", path: "host", value: "ADDRESS", help: "address to listen on (default: both loopbacks)" },
  { name: "--port", path: "port", value: "PORT", help: "port to listen on (default: 8080; 0 = a free one)" },
  { name: "--database", path: "database", value: "FILE", help: "SQLite file of the record" },
  { name: "--data-dir", path: "data_dir", value: "DIR", help: "where journal and database live" },
  { name: "--upstream-url", value: "URL", help: "server that gets /v1", read: readUpstreamUrl },
  { name: "--models-file", path: "models_file", value: "FILE", help: "JSON file of model routes" },
  { name: "--config", value: "FILE", help: "config.toml to read" },
  { name: "--env-file", value: "FILE", help: "file of KEY=value settings to read" },
  { name: "--log-level", path: "log_level", value: "LEVEL", help: "debug, info, warn, error or silent" },
  { name: "--demo", help: "a fake provider and paced traffic in a temporary place: no key needed" },
];

export type Command =
  | { readonly verb: "help"; readonly topic?: string }
  | { readonly verb: "version" }
  | { readonly verb: "start" | "config"; readonly flags: StartFlags }
  | { readonly verb: "prices"; readonly args: readonly string[]; readonly flags?: StartFlags }
  | { readonly verb: "keys" | "password" | "providers" | "routes"; readonly args: readonly string[] }
  | { readonly verb: "recorder" | "api" | "read" };

export type StartFlags = {
  /** By key path, with the flag as it was written. */
  readonly settings: Readonly<Record<string, { readonly value: string; readonly flag: string }>>;
  readonly configFile?: string;
  readonly envFile?: string;
  readonly demo: boolean;
};

/** Thrown for a command line that cannot be meant; exit code 2. */
export class UsageError extends Error {}

const VERBS = [
  "start",
  "config",
  "keys",
  "password",
  "prices",
  "providers",
  "routes",
  "help",
  "version",
  "recorder",
  "api",
  "read",
] as const;
const SHOWN_VERBS = ["start", "config", "keys", "password", "prices", "providers", "routes", "help", "version"];

/** The name that llm-observe-proxy has for `prices backfill --all --cached`. */
export const BACKFILL_CACHED = "--backfill-cached-costs";

/** Reads the arguments after the program's name. Throws UsageError. */
export function parseCommand(args: readonly string[]): Command {
  const [first, ...rest] = args;
  if (args.includes(BACKFILL_CACHED)) {
    const flags = parseStartFlags(args.filter((arg) => arg !== BACKFILL_CACHED && arg !== "start"));
    return { verb: "prices", args: ["backfill", "--all", "--cached"], flags };
  }
  if (first === undefined) return { verb: "start", flags: parseStartFlags([]) };
  if (first === "--version" || first === "-v" || first === "version") return { verb: "version" };
  if (first === "--help" || first === "-h" || first === "help")
    return { verb: "help", ...(rest[0] === undefined ? {} : { topic: rest[0] }) };
  if (first.startsWith("-")) return parseStart(args);
  switch (VERBS.find((verb) => verb === first)) {
    case "start":
      return parseStart(rest);
    case "config":
      if (rest[0] !== undefined && rest[0] !== "show" && !rest[0].startsWith("-")) {
        throw new UsageError(`modeltap config has no "${rest[0]}"; there is: modeltap config show`);
      }
      return { verb: "config", flags: parseStartFlags(rest[0] === "show" ? rest.slice(1) : rest) };
    case "prices":
      return { verb: "prices", args: rest };
    case "keys":
      return { verb: "keys", args: rest };
    case "providers":
      return { verb: "providers", args: rest };
    case "routes":
    case "password":
      return { verb: first as "routes" | "password", args: rest };
    case "recorder":
    case "api":
    case "read":
      return { verb: first as "recorder" | "api" | "read" };
    default:
      throw new UsageError(`modeltap has no command "${first}"${suggest(first, SHOWN_VERBS)}; try: modeltap --help`);
  }
}

function parseStart(args: readonly string[]): Command {
  if (args.includes("--help") || args.includes("-h")) return { verb: "help", topic: "start" };
  if (args.includes("--version")) return { verb: "version" };
  return { verb: "start", flags: parseStartFlags(args) };
}

function parseStartFlags(args: readonly string[]): StartFlags {
  const settings: Record<string, { value: string; flag: string }> = {};
  const files: { configFile?: string; envFile?: string } = {};
  let demo = false;
  for (let at = 0; at < args.length; at++) {
    const written = args[at] ?? "";
    const equals = written.indexOf("=");
    const name = equals === -1 ? written : written.slice(0, equals);
    const flag = START_FLAGS.find((known) => known.name === name);
    if (flag === undefined) {
      throw new UsageError(
        `modeltap start has no flag "${name}"${suggest(
          name,
          START_FLAGS.map((known) => known.name),
        )}. Try: modeltap start --help`,
      );
    }
    if (flag.value === undefined) {
      if (equals !== -1) throw new UsageError(`${name} takes no value`);
      demo = true;
      continue;
    }
    const value = equals === -1 ? args[++at] : written.slice(equals + 1);
    if (value === undefined || value === "" || (equals === -1 && value.startsWith("--"))) {
      throw new UsageError(`${name} needs a value: ${name} ${flag.value}`);
    }
    for (const [path, meant] of flag.read?.(value) ?? []) settings[path.join(".")] = { value: meant, flag: name };
    if (flag.read !== undefined) continue;
    if (flag.path !== undefined) settings[flag.path] = { value, flag: name };
    else if (name === "--config") files.configFile = value;
    else files.envFile = value;
  }
  return { settings, demo, ...files };
}
