/** @module What processes cost, read from /proc: CPU time and memory. Linux only. */

import { readFileSync } from "node:fs";

/** `getconf CLK_TCK` is 100 on every Linux that Bun runs on. */
const MS_PER_TICK = 10;

export type Memory = { readonly rssBytes: number; readonly pssBytes: number };

/** User and system time of a process since its start, in ms; 0 when it is gone. */
export function readCpuMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name may hold spaces and brackets: fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  } catch {
    return 0;
  }
}

export function readCpuOfAllMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readCpuMs(pid), 0);
}

/** Shared pages count whole in RSS and by share in PSS, so that only PSS may be summed over processes. */
export function readMemory(pid: number): Memory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const bytesOf = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(rollup)?.[1] ?? 0) * 1024;
  return { rssBytes: bytesOf("Rss"), pssBytes: bytesOf("Pss") };
}

export function readMemoryOfAll(pids: readonly number[]): Memory {
  const all = pids.map(readMemory);
  return {
    rssBytes: all.reduce((sum, one) => sum + one.rssBytes, 0),
    pssBytes: all.reduce((sum, one) => sum + one.pssBytes, 0),
  };
}

/** Waits until the processes rest: work that follows the traffic belongs to its cost and must not disturb the next round. */
export async function waitForQuiet(pids: readonly number[], timeoutMs = 30_000): Promise<void> {
  if (pids.length === 0) return;
  const deadline = performance.now() + timeoutMs;
  let before = readCpuOfAllMs(pids);
  let quiet = 0;
  while (quiet < 2 && performance.now() < deadline) {
    await Bun.sleep(150);
    const now = readCpuOfAllMs(pids);
    quiet = now - before <= MS_PER_TICK ? quiet + 1 : 0;
    before = now;
  }
}
