/** @module What must hold between values: doors, certificates, providers and bounds. */

import { accessSync, constants } from "node:fs";

import { checkDoors } from "./check-doors.ts";
import { suggest } from "./nearest.ts";
import { explain } from "./paths.ts";
import { showValue } from "./problem.ts";
import type { Settings } from "./schema.ts";

export type CheckOptions = {
  readonly values: Settings;
  /** Names of keys whose value was refused: they are not missing. */
  readonly refused?: ReadonlySet<string>;
  readonly sources: Readonly<Record<string, string>>;
  /** Ids of all `[providers.<id>]`, empty tables included. */
  readonly providerIds: readonly string[];
  readonly knownProviders: readonly string[];
  readonly reservedSegments: ReadonlySet<string>;
};

/** One line per problem. */
export function checkTogether(options: CheckOptions): readonly string[] {
  return [
    ...checkDoors(options.values, options.sources),
    ...checkTls(options),
    ...checkFiles(options),
    ...checkBounds(options),
    ...checkDefault(options),
    ...checkProviders(options),
    ...checkAuth(options),
    ...checkFallbacks(options),
  ];
}

function checkTls({ values, sources }: CheckOptions): readonly string[] {
  const [set, missing] = values.tls_cert === undefined ? ["tls_key", "tls_cert"] : ["tls_cert", "tls_key"];
  if ((values.tls_cert === undefined) === (values.tls_key === undefined)) return [];
  return [`${sources[set]}: ${set} needs ${missing}: a certificate and its key are set together`];
}

function checkFiles({ values, sources }: CheckOptions): readonly string[] {
  return (["tls_cert", "tls_key", "ca_file"] as const).flatMap((key) => {
    const path = values[key];
    if (path === undefined) return [];
    try {
      accessSync(path, constants.R_OK);
      return [];
    } catch (failure) {
      return [`${sources[key]}: ${key}: the file ${path} cannot be read: ${explain(failure)}`];
    }
  });
}

function checkBounds({ values, sources }: CheckOptions): readonly string[] {
  if (values.max_held_body <= values.body_memory) return [];
  const key = sources["max_held_body"] === "default" ? "body_memory" : "max_held_body";
  return [`${sources[key]}: max_held_body must not be larger than body_memory, or such a body could never be held`];
}

function checkDefault({ values, sources, providerIds, knownProviders }: CheckOptions): readonly string[] {
  const ids = [...knownProviders, ...providerIds];
  if (ids.includes(values.upstream)) return [];
  const wrong = `must be the id of a provider, not ${showValue(values.upstream)}${suggest(values.upstream, ids)}`;
  return [`${sources["upstream"]}: upstream ${wrong}`];
}

/** Ids and base URLs of `[providers.<id>]`. */
export function checkProviders({
  values,
  refused,
  sources,
  providerIds,
  knownProviders,
  reservedSegments,
}: CheckOptions): readonly string[] {
  const problems: string[] = [];
  for (const id of providerIds) {
    if (knownProviders.includes(id)) continue;
    const where = findSource(sources, `providers.${id}.`) ?? `providers.${id}`;
    if (!/^[a-z0-9][a-z0-9-]*$/.test(id)) {
      problems.push(`${where}: the provider id ${showValue(id)} must be made of a-z, 0-9 and -`);
    } else if (reservedSegments.has(id)) {
      problems.push(`${where}: the provider id "${id}" is taken: modeltap's own paths begin with /${id}`);
    } else if (values.providers[id]?.base_url === undefined && refused?.has(`providers.${id}.base_url`) !== true) {
      const near = suggest(id, knownProviders);
      problems.push(`${where}: providers.${id}.base_url must be set, because no known provider has this id${near}`);
    }
  }
  return problems;
}

/** What stands in for an upstream must be of the same provider: a path under a provider's prefix never leaves that. */
function checkFallbacks({ values, sources, providerIds, knownProviders }: CheckOptions): readonly string[] {
  const ids = [...knownProviders, ...providerIds];
  const providerOf = (id: string): string => values.providers[id]?.provider ?? id;
  return Object.entries(values.providers).flatMap(([id, { provider, fallbacks }]) => {
    const problems: string[] = [];
    const say = (key: string, text: string): void => {
      const name = `providers.${id}.${key}`;
      problems.push(`${sources[name] ?? name}: ${name} ${text}`);
    };
    if (provider !== undefined && !ids.includes(provider)) {
      say("provider", `must be the id of a provider, not ${showValue(provider)}${suggest(provider, ids)}`);
    }
    for (const fallback of fallbacks) {
      if (!ids.includes(fallback)) {
        say("fallbacks", `names ${showValue(fallback)}, which is no provider${suggest(fallback, ids)}`);
      } else if (fallback === id) {
        say("fallbacks", "must not name the provider itself");
      } else if (providerOf(fallback) !== providerOf(id)) {
        const hint = `providers.${fallback}.provider = "${providerOf(id)}"`;
        say(
          "fallbacks",
          `names ${showValue(fallback)}, another provider: set ${hint} if it is a further upstream of it`,
        );
      }
    }
    return problems;
  });
}

/** A credential comes from exactly one place, and only where one is sent. */
export function checkAuth({ values, sources, refused }: CheckOptions): readonly string[] {
  return Object.entries(values.providers).flatMap(([id, { auth }]) => {
    const name = `providers.${id}.auth`;
    if (["mode", "env", "file", "header"].some((key) => refused?.has(`${name}.${key}`))) return [];
    const where = findSource(sources, `${name}.`) ?? name;
    const mode = auth.mode?.toLowerCase() ?? "preserve";
    const places = [auth.env, auth.file].filter((place) => place !== undefined).length;
    if (mode === "preserve" || mode === "none") {
      return places + (auth.header === undefined ? 0 : 1) === 0
        ? []
        : [`${where}: ${name}.mode must be "bearer", "x-api-key" or "header:<name>" for ${name} to send a credential`];
    }
    const problems: string[] = [];
    if (places !== 1) problems.push(`${where}: ${name} must name one of env and file, where its credential is`);
    if (mode === "header" && auth.header === undefined) {
      problems.push(`${where}: ${name}.header must be the name of the field, or mode "header:<name>"`);
    }
    return problems;
  });
}

/** Where the first key that begins like this was set. */
export function findSource(sources: Readonly<Record<string, string>>, prefix: string): string | undefined {
  return Object.entries(sources).find(([name]) => name.startsWith(prefix))?.[1];
}
