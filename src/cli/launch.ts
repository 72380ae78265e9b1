/** @module Gives the process what Bun reads only at its start, and nothing of the working directory, by becoming itself again. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnvFile } from "../config/env-file.ts";

/** Bun's fetch opens at most 256 requests at once unless this is set when the process starts. */
const NAME = "BUN_CONFIG_MAX_HTTP_REQUESTS";
const VALUE = "65336";
const NO_ENV_FILE = "--no-env-file";

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns when the environment is right; else replaces this process (same process id) and never returns. */
export function ensureRuntimeEnvironment(): void {
  const mayHoldEnvFile = !isCompiled() && !process.execArgv.includes(NO_ENV_FILE);
  if (process.env[NAME] !== undefined && !mayHoldEnvFile) return;
  const given = mayHoldEnvFile ? readGivenEnvironment() : process.env;
  const environment = { ...given, [NAME]: given[NAME] ?? VALUE };
  const command = toOwnCommand(...process.argv.slice(2));
  if (process.execve !== undefined && process.platform !== "win32") {
    process.execve(process.execPath, command, environment);
  }
  const child = Bun.spawnSync([...command], { env: environment, stdio: ["inherit", "inherit", "inherit"] });
  process.exit(child.exitCode);
}

/** True in an executable made by `bun build --compile`, whose own script lives in a virtual file system. */
export function isCompiled(): boolean {
  return Bun.main.startsWith("/$bunfs/") || Bun.main.includes("~BUN");
}

/**
 * Command line that runs this same program with other arguments. Bun is told not to read the `.env` of the working
 * directory, not to run what its bunfig.toml names as `preload`, and not to fetch packages.
 */
export function toOwnCommand(...args: readonly string[]): readonly string[] {
  if (isCompiled()) return [process.execPath, ...args];
  const bunfig = join(import.meta.dir, "..", "..", "bin", "bunfig.toml");
  return [process.execPath, NO_ENV_FILE, "--no-install", `--config=${bunfig}`, Bun.main, ...args];
}

/** The environment before Bun added the `.env` files of the working directory to it. */
function readGivenEnvironment(): Environment {
  try {
    const entries = readFileSync("/proc/self/environ", "utf8").split("\0");
    return Object.fromEntries(
      entries.flatMap((entry) => {
        const at = entry.indexOf("=");
        return at <= 0 ? [] : [[entry.slice(0, at), entry.slice(at + 1)]];
      }),
    );
  } catch {
    return withoutEnvFiles();
  }
}

/** Not Linux: where such a file and the environment say the same, it is taken for the file's word. */
function withoutEnvFiles(): Environment {
  const environment = { ...process.env };
  for (const mode of ["", ".development", ".production", ".test"]) {
    for (const path of [`.env${mode}`, `.env${mode}.local`]) {
      for (const { name, value } of parseEnvFile(readOptional(path)).entries) {
        if (environment[name] === value) delete environment[name];
      }
    }
  }
  return environment;
}

function readOptional(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
