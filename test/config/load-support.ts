/** @module Loads a configuration from texts, in a home of its own. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Configuration, type FlagValue, loadConfiguration } from "../../src/config/load.ts";
import { findProvider, PROVIDERS, RESERVED_SEGMENTS } from "../../src/provider/catalogue.ts";

export type Sources = {
  readonly flags?: readonly FlagValue[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Text of the file that `--env-file` names. */
  readonly envFile?: string;
  /** Text of `.env` in the configuration directory. */
  readonly dotEnv?: string;
  /** Stored settings by dotted key. */
  readonly stored?: Readonly<Record<string, unknown>>;
  readonly storedUpstreams?: Readonly<Record<string, unknown>>;
  readonly storedRoutes?: Readonly<Record<string, unknown>>;
  readonly toml?: string;
  /** More files, by path from the home. */
  readonly files?: Readonly<Record<string, string>>;
};

export type Loaded = {
  readonly configuration: Configuration;
  /** Value of a dotted key. */
  readonly read: (key: string) => unknown;
  readonly home: string;
};

/** Throws what `loadConfiguration` throws, with the home's path as `~`. */
export function load(sources: Sources): Loaded {
  const home = mkdtempSync(join(tmpdir(), "modeltap-config-"));
  const directory = join(home, ".config", "modeltap");
  mkdirSync(directory, { recursive: true });
  const files = {
    ...sources.files,
    ...(sources.envFile === undefined ? {} : { "given.env": sources.envFile }),
    ...(sources.dotEnv === undefined ? {} : { ".config/modeltap/.env": sources.dotEnv }),
    ...(sources.toml === undefined ? {} : { ".config/modeltap/config.toml": sources.toml }),
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(home, path), text);
  try {
    const configuration = loadConfiguration({
      knownProviders: PROVIDERS.flatMap((provider) => [provider.id, ...(provider.aliases ?? [])]),
      reservedSegments: RESERVED_SEGMENTS,
      environment: { HOME: home, ...sources.environment },
      workingDirectory: home,
      ...(sources.flags === undefined ? {} : { flags: sources.flags }),
      toProviderId: (name) => findProvider(name)?.id ?? name,
      stored: () => ({
        settings: sources.stored ?? {},
        upstreams: sources.storedUpstreams ?? {},
        routes: sources.storedRoutes ?? {},
      }),
      ...(sources.envFile === undefined ? {} : { envFilePath: "given.env" }),
    });
    return { configuration, home, read: (key) => readPath(configuration.values, key.split(".")) };
  } catch (failure) {
    if (failure instanceof Error) failure.message = failure.message.replaceAll(home, "~");
    throw failure;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function readPath(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const segment of path) {
    found = typeof found === "object" && found !== null ? (found as Record<string, unknown>)[segment] : undefined;
  }
  return found;
}
