/** @module When a process started: with its id, the name of one process that is never given again. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Start of a running process in the system's own words; undefined when there is none, or none that still lives. */
export function readProcessStart(pid: number, platform: string = process.platform): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (platform === "linux") return readLinuxStart(pid);
  if (platform === "win32") return isRunning(pid) ? "running" : undefined;
  const { stdout, status } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
  });
  const start = typeof stdout === "string" ? stdout.trim() : "";
  return status === 0 && start !== "" ? start : undefined;
}

/** Ticks since boot, and which boot: the same process id and ticks may come again after the next one. */
function readLinuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name stands in brackets and may hold anything, brackets too: fields are counted after its end.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, startTicks] = [fields[0], fields[19]];
    // Z and X have ended and only wait for their parent to notice.
    if (state === "Z" || state === "X" || startTicks === undefined) return undefined;
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}:${startTicks}`;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (failure) {
    return failure instanceof Error && "code" in failure && failure.code === "EPERM";
  }
}
