/** @module Where things are kept: directories of the configuration, the data and the sockets. */

import { createHash } from "node:crypto";
import { accessSync, chmodSync, constants, lstatSync, mkdirSync } from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

import { ConfigError } from "./problem.ts";

/** Variables of the process, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `$XDG_CONFIG_HOME/modeltap`, else `~/.config/modeltap`; on Windows `%APPDATA%\modeltap`. */
export function findConfigDirectory(environment: Environment, platform: string = process.platform): string {
  const fallback = platform === "win32" ? environment["APPDATA"] : undefined;
  return join(
    readXdg(environment, "XDG_CONFIG_HOME") ?? fallback ?? join(findHome(environment), ".config"),
    "modeltap",
  );
}

/** `$XDG_DATA_HOME/modeltap`, else `~/.local/share/modeltap`, on macOS too; on Windows `%LOCALAPPDATA%\modeltap`. */
export function findDataDirectory(environment: Environment, platform: string = process.platform): string {
  const fallback = platform === "win32" ? environment["LOCALAPPDATA"] : undefined;
  const shared = readXdg(environment, "XDG_DATA_HOME") ?? fallback ?? join(findHome(environment), ".local", "share");
  return join(shared, "modeltap");
}

/** An absolute path: `~/` is the home directory, other relative paths begin at `baseDirectory`. */
export function resolvePath(path: string, baseDirectory: string, environment: Environment): string {
  if (path === "~") return findHome(environment);
  return /^~[/\\]/.test(path) ? join(findHome(environment), path.slice(2)) : resolve(baseDirectory, path);
}

/** Longest path of a unix socket: macOS keeps 104 bytes for it, one of them for its end (Linux 108). */
const MAX_SOCKET_PATH_BYTES = 103;
/** Room for the file names in the directory. */
const MAX_SOCKET_NAME_BYTES = 20;

/** Directory of the sockets: in the data directory, or a short one in the temporary directory when that is too deep. */
export function findRunDirectory(dataDirectory: string, temporaryDirectory: string = tmpdir()): string {
  const inside = join(dataDirectory, "run");
  if (hasRoomForSockets(inside)) return inside;
  const hash = createHash("sha256").update(dataDirectory).digest("hex").slice(0, 12);
  const name = `modeltap-${process.getuid?.() ?? userInfo().username}-${hash}`;
  const outside = join(temporaryDirectory, name);
  return hasRoomForSockets(outside) ? outside : join("/tmp", name);
}

/**
 * Creates a directory with mode 0700 if it is missing, and makes sure that it can be written.
 * `key` is named in the message. Throws ConfigError.
 */
export function createPrivateDirectory(directory: string, key: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (failure) {
    throw new ConfigError([`${key}: the directory ${directory} cannot be written: ${explain(failure)}`]);
  }
}

/** As `createPrivateDirectory`, and refuses a directory that others made or may enter: it can be in a shared place. */
export function createRunDirectory(directory: string): void {
  createPrivateDirectory(directory, "data_dir");
  if (process.platform === "win32") return;
  // A link could lead to somebody else's directory.
  const facts = lstatSync(directory);
  if (!facts.isDirectory() || facts.uid !== process.getuid?.()) {
    throw new ConfigError([`data_dir: ${directory} belongs to somebody else, so no sockets are put there`]);
  }
  if ((facts.mode & 0o077) !== 0) chmodSync(directory, 0o700);
}

function hasRoomForSockets(directory: string): boolean {
  return Buffer.byteLength(directory) + 1 + MAX_SOCKET_NAME_BYTES <= MAX_SOCKET_PATH_BYTES;
}

function findHome(environment: Environment): string {
  const home = environment["HOME"] ?? environment["USERPROFILE"];
  return home === undefined || home === "" ? homedir() : home;
}

/** The XDG specification: a relative path is to be ignored. */
function readXdg(environment: Environment, name: string): string | undefined {
  const path = environment[name];
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

/** `permission denied` and the like: what the system said, without the path that the message names already. */
export function explain(failure: unknown): string {
  const text = failure instanceof Error ? failure.message : String(failure);
  return /^[A-Z]+: (.*?)(?:, \w+(?: ['"].*)?)?$/s.exec(text)?.[1] ?? text;
}
