/** @module What `modeltap providers …` and `modeltap routes …` ask for, read from their arguments. */

import { suggest } from "../config/nearest.ts";
import { type StartFlags, UsageError } from "./parse.ts";
import { PLACE_FLAGS, toPlace } from "./place-flags.ts";

/** Where to look: the files of the modeltap that is meant. */
type Place = { readonly flags: StartFlags };

export type ProvidersCommand = Place &
  (
    | { readonly verb: "show"; readonly json: boolean; readonly all: boolean }
    | { readonly verb: "path" }
    | { readonly verb: "reload" }
  );

export type RoutesCommand = Place &
  (
    | { readonly verb: "list"; readonly json: boolean }
    | {
        readonly verb: "simulate";
        readonly method: string;
        readonly path: string;
        readonly fields: readonly string[];
        readonly model?: string;
        readonly provider?: string;
        readonly stream: boolean;
      }
    | { readonly verb: "export" }
    | { readonly verb: "import"; readonly file: string; readonly check: boolean }
  );

export const PROVIDERS_USAGE = `modeltap providers [show] [--all] [--json]
       modeltap providers path
       modeltap providers reload`;
export const ROUTES_USAGE = `modeltap routes [list] [--json]
       modeltap routes simulate METHOD PATH [--model M] [--provider ID] [--stream] [--header NAME:VALUE] …
       modeltap routes export
       modeltap routes import FILE [--check]`;

/** Throws UsageError. */
export function parseProvidersCommand(args: readonly string[]): ProvidersCommand {
  const { verb, rest } = split(args, { usual: "show", verbs: ["show", "list", "path", "reload"], of: "providers" });
  const isShow = verb === "show" || verb === "list";
  const given = readArguments(rest, { switches: isShow ? ["--json", "--all"] : [], usage: PROVIDERS_USAGE });
  expectWords(given, 0, PROVIDERS_USAGE);
  const { flags, has } = given;
  if (isShow) return { verb: "show", json: has("--json"), all: has("--all"), flags };
  return { verb: verb === "path" ? "path" : "reload", flags };
}

/** Throws UsageError. */
export function parseRoutesCommand(args: readonly string[]): RoutesCommand {
  const usage = ROUTES_USAGE;
  const { verb, rest } = split(args, {
    usual: "list",
    verbs: ["list", "simulate", "export", "import"],
    of: "routes",
  });
  switch (verb) {
    case "simulate": {
      const given = readArguments(rest, {
        switches: ["--stream"],
        values: ["--model", "--provider", "--header"],
        usage,
      });
      const [method = "", path = ""] = expectWords(given, 2, usage);
      if (!path.startsWith("/")) throw new UsageError(`PATH must begin with a slash\nusage: ${usage}`);
      if (given.all("--header").some((field) => !/^[^\s:]+:/.test(field))) {
        throw new UsageError(`--header must be a field as NAME:VALUE\nusage: ${usage}`);
      }
      const [model, provider] = [given.last("--model"), given.last("--provider")];
      return {
        verb: "simulate",
        method: method.toUpperCase(),
        path,
        fields: given.all("--header"),
        stream: given.has("--stream"),
        flags: given.flags,
        ...(model === undefined ? {} : { model }),
        ...(provider === undefined ? {} : { provider }),
      };
    }
    case "import": {
      const given = readArguments(rest, { switches: ["--check"], usage });
      const [file = ""] = expectWords(given, 1, usage);
      return { verb: "import", file, check: given.has("--check"), flags: given.flags };
    }
    case "export": {
      const given = readArguments(rest, { usage });
      expectWords(given, 0, usage);
      return { verb: "export", flags: given.flags };
    }
    default: {
      const given = readArguments(rest, { switches: ["--json"], usage });
      expectWords(given, 0, usage);
      return { verb: "list", json: given.has("--json"), flags: given.flags };
    }
  }
}

function split(
  args: readonly string[],
  { usual, verbs, of }: { readonly usual: string; readonly verbs: readonly string[]; readonly of: string },
): { readonly verb: string; readonly rest: readonly string[] } {
  const [first] = args;
  if (first === undefined || first.startsWith("-")) return { verb: usual, rest: args };
  if (verbs.includes(first)) return { verb: first, rest: args.slice(1) };
  throw new UsageError(`modeltap ${of} has no "${first}"${suggest(first, verbs)}; there is: ${verbs.join(", ")}`);
}

type Arguments = {
  readonly words: readonly string[];
  readonly flags: StartFlags;
  has(name: string): boolean;
  all(name: string): readonly string[];
  last(name: string): string | undefined;
};

function readArguments(
  args: readonly string[],
  known: { readonly switches?: readonly string[]; readonly values?: readonly string[]; readonly usage: string },
): Arguments {
  const { switches = [], values = [], usage } = known;
  const words: string[] = [];
  const found: (readonly [name: string, value: string])[] = [];
  for (let at = 0; at < args.length; at++) {
    const written = args[at] ?? "";
    if (!written.startsWith("-") || written === "-") {
      words.push(written);
      continue;
    }
    const equals = written.indexOf("=");
    const name = equals === -1 ? written : written.slice(0, equals);
    if (switches.includes(name) && equals === -1) {
      found.push([name, ""]);
      continue;
    }
    if (![...values, ...PLACE_FLAGS].some((flag) => flag === name)) {
      throw new UsageError(
        `there is no flag ${name}${suggest(name, [...switches, ...values, ...PLACE_FLAGS])}\nusage: ${usage}`,
      );
    }
    const value = equals === -1 ? args[++at] : written.slice(equals + 1);
    if (value === undefined || value === "") throw new UsageError(`${name} needs a value\nusage: ${usage}`);
    found.push([name, value]);
  }
  const all = (name: string): readonly string[] => found.flatMap(([each, value]) => (each === name ? [value] : []));
  const last = (name: string): string | undefined => all(name).at(-1);
  return { words, flags: toPlace(last), has: (name) => all(name).length > 0, all, last };
}

function expectWords({ words }: Arguments, count: number, usage: string): readonly string[] {
  if (words.length !== count) throw new UsageError(`usage: ${usage}`);
  return words;
}
