/** @module Children left over from a program that was killed: ended before new ones take their place. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readProcessStart } from "./config/process-start.ts";

const NAMES = ["recorder", "api"] as const;
const WAIT_MS = 5;
const MAX_WAITS = 200;

/**
 * Kills the children named in the run directory that still live, and waits until they are gone: a recorder must not
 * write beside another, and an api that notices late that it is alone would take the new one's socket away.
 * Their writes are transactions, so nothing is lost. Never throws.
 */
export function endOrphans(runDirectory: string): void {
  for (const name of NAMES) endOrphan(toPath(runDirectory, name));
}

/** Leaves the note that `endOrphans` reads. Never throws. */
export function noteChild(runDirectory: string, name: (typeof NAMES)[number], pid: number): void {
  try {
    writeFileSync(toPath(runDirectory, name), `${pid}\n${readProcessStart(pid) ?? ""}`, { mode: 0o600 });
  } catch {
    // Then an orphan is only noticed by its own end: it goes two seconds after its parent.
  }
}

function endOrphan(path: string): void {
  try {
    const [pidText = "", start = ""] = readFileSync(path, "utf8").split("\n");
    const pid = Number(pidText);
    if (!Number.isInteger(pid) || pid <= 1 || readProcessStart(pid) !== start) return;
    process.kill(pid, "SIGKILL");
    // The system frees its locks when it is gone, which takes a moment.
    for (let waits = 0; waits < MAX_WAITS && readProcessStart(pid) === start; waits++) Bun.sleepSync(WAIT_MS);
  } catch {
    // No file, or no such process any more.
  }
}

function toPath(runDirectory: string, name: string): string {
  return join(runDirectory, `${name}.pid`);
}
