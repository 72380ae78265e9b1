/** @module Flags of every command that is about a modeltap: which one is meant. */

import { type StartFlags, UsageError } from "./parse.ts";

/** The rest of the settings comes from the files they name. */
export const PLACE_FLAGS = ["--config", "--env-file", "--data-dir"] as const;

/** As a usage line has them. */
export const PLACE_USAGE = "[--config FILE] [--env-file FILE] [--data-dir DIR]";

/** @param last value of a flag, the last one where it was given more than once */
export function toPlace(last: (name: string) => string | undefined): StartFlags {
  const [configFile, envFile, dataDir] = PLACE_FLAGS.map(last);
  return {
    settings: dataDir === undefined ? {} : { data_dir: { value: dataDir, flag: "--data-dir" } },
    demo: false,
    ...(configFile === undefined ? {} : { configFile }),
    ...(envFile === undefined ? {} : { envFile }),
  };
}

/** Takes them out of the arguments, wherever they stand. Throws UsageError for one without its value. */
export function takePlace(args: readonly string[]): { readonly flags: StartFlags; readonly rest: readonly string[] } {
  const found = new Map<string, string>();
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const written = args[at] ?? "";
    const name = PLACE_FLAGS.find((flag) => written === flag || written.startsWith(`${flag}=`));
    if (name === undefined) {
      rest.push(written);
      continue;
    }
    const value = written === name ? args[++at] : written.slice(name.length + 1);
    if (value === undefined || value === "") throw new UsageError(`${name} needs a value`);
    found.set(name, value);
  }
  return { flags: toPlace((name) => found.get(name)), rest };
}
