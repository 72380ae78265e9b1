/** @module One owner per data directory: a lock file that names its process and is taken over when that process is gone. */

import { createHash, randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ConfigError } from "./problem.ts";
import { readProcessStart } from "./process-start.ts";

type LockOwner = {
  readonly pid: number;
  /** Tells two processes with the same id apart. */
  readonly processStart: string;
  readonly sinceMs: number;
  /** Where it listens, once it does. */
  readonly url?: string;
};

export type DataLock = {
  /** Adds the address for whoever is turned away. */
  setUrl(url: string): void;
  release(): void;
};

const LOCK_FILE = "lock";

/** How often the file may change under us before we give up: each time somebody else made progress. */
const MAX_ATTEMPTS = 50;

/**
 * Takes the lock of an existing data directory, or throws ConfigError that says who holds it.
 * Of any number of processes that do this at once, one gets it, also when a dead owner's lock is in the way.
 */
export function acquireLock(dataDirectory: string, nowMs: number): DataLock {
  const path = join(dataDirectory, LOCK_FILE);
  let owner: LockOwner = { pid: process.pid, processStart: readProcessStart(process.pid) ?? "", sinceMs: nowMs };
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (placeNew(path, owner)) return createLock();
    const found = readText(path);
    if (found === undefined) continue;
    const holder = parseOwner(found);
    if (holder !== undefined && isAlive(holder)) throw new ConfigError([describeHolder(dataDirectory, holder)]);
    if (replaceStale(path, found, owner)) return createLock();
  }
  throw new ConfigError([`data_dir: the lock ${path} keeps changing hands; is something starting modeltap in a loop?`]);

  function createLock(): DataLock {
    return {
      setUrl(url) {
        owner = { ...owner, url };
        placeOver(path, owner);
      },
      release() {
        const now = parseOwner(readText(path) ?? "");
        if (now !== undefined && isSame(now, owner)) rmSync(path, { force: true });
      },
    };
  }
}

/** Where the living owner of a data directory listens; undefined when there is none, or it does not listen yet. */
export function findRunningUrl(dataDirectory: string): string | undefined {
  const owner = parseOwner(readText(join(dataDirectory, LOCK_FILE)) ?? "");
  return owner !== undefined && isAlive(owner) ? owner.url : undefined;
}

function describeHolder(dataDirectory: string, { pid, sinceMs, url }: LockOwner): string {
  const since = Number.isFinite(sinceMs) ? `, since ${new Date(sinceMs).toISOString().slice(0, 19)}Z` : "";
  const at = url === undefined ? "" : `, at ${url}`;
  return `data_dir: ${dataDirectory} is in use by another modeltap (process ${pid}${since}${at}): stop it, or use another data_dir`;
}

/** The lock appears with its whole content or not at all. */
function placeNew(path: string, owner: LockOwner): boolean {
  const draft = writeDraft(path, owner);
  try {
    linkSync(draft, path);
    return true;
  } catch (failure) {
    if (hasCode(failure, "EEXIST")) return false;
    // File systems without links: the content may then be seen half written, which reads as an unknown owner.
    if (hasCode(failure, "EPERM") || hasCode(failure, "ENOTSUP") || hasCode(failure, "ENOSYS")) {
      return writeExclusively(path, JSON.stringify(owner));
    }
    throw toProblem(path, failure);
  } finally {
    rmSync(draft, { force: true });
  }
}

function placeOver(path: string, owner: LockOwner): void {
  renameSync(writeDraft(path, owner), path);
}

/**
 * Replaces a dead owner's lock. The right to do so is a guard file named by the very content that is replaced, so only
 * one process has it; the lock is read again under the guard, so a guard that comes late replaces nothing.
 * A guard whose process died in between is passed by one named after both contents, and so on.
 */
function replaceStale(path: string, stale: string, owner: LockOwner): boolean {
  const guards: string[] = [];
  let identity = stale;
  try {
    for (;;) {
      const guard = `${path}.${createHash("sha256").update(identity).digest("hex").slice(0, 16)}`;
      if (placeNew(guard, owner)) {
        guards.push(guard);
        break;
      }
      const found = readText(guard);
      const other = found === undefined ? undefined : parseOwner(found);
      if (found === undefined || (other !== undefined && isAlive(other))) {
        pause();
        return false;
      }
      guards.push(guard);
      identity += found;
    }
    if (readText(path) !== stale) return false;
    placeOver(path, owner);
    return true;
  } finally {
    // Ours is the last one; those before it belong to the dead.
    const own = parseOwner(readText(guards.at(-1) ?? "") ?? "");
    if (own !== undefined && isSame(own, owner)) for (const guard of guards) rmSync(guard, { force: true });
  }
}

/** The other one needs a few file operations; a synchronous start has nothing else to do meanwhile. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
}

function writeDraft(path: string, owner: LockOwner): string {
  const draft = `${path}.${process.pid}-${randomUUID().slice(0, 8)}`;
  try {
    writeFileSync(draft, JSON.stringify(owner), { mode: 0o600, flag: "wx" });
  } catch (failure) {
    throw toProblem(path, failure);
  }
  return draft;
}

function writeExclusively(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: "wx" });
    return true;
  } catch (failure) {
    if (hasCode(failure, "EEXIST")) return false;
    throw toProblem(path, failure);
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function parseOwner(text: string): LockOwner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const { pid, processStart, sinceMs, url } = value as Record<string, unknown>;
    if (typeof pid !== "number" || typeof processStart !== "string") return undefined;
    return {
      pid,
      processStart,
      sinceMs: typeof sinceMs === "number" ? sinceMs : Number.NaN,
      ...(typeof url === "string" ? { url } : {}),
    };
  } catch {
    return undefined;
  }
}

function isAlive(owner: LockOwner): boolean {
  return readProcessStart(owner.pid) === owner.processStart;
}

function isSame(a: LockOwner, b: LockOwner): boolean {
  return a.pid === b.pid && a.processStart === b.processStart;
}

function toProblem(path: string, failure: unknown): ConfigError {
  return new ConfigError([
    `data_dir: the lock ${path} cannot be written: ${failure instanceof Error ? failure.message : String(failure)}`,
  ]);
}

function hasCode(failure: unknown, code: string): boolean {
  return failure instanceof Error && "code" in failure && failure.code === code;
}
