/** @module Tells a child process that hangs from one that is only starved of processor or disk, when it falls silent. */

import { readFileSync } from "node:fs";

/** What the system says of a process at one moment. */
export type Activity = {
  /** Processor time it has used so far, all its threads together. */
  readonly cpuMs: number;
  /** It wants to go on and waits for a processor or a disk. */
  readonly wantsToRun: boolean;
};

export type Silence = {
  /** A sign of life, or a new process. */
  heard(): void;
  /** Called about once a second; milliseconds of silence once it is certain that the process hangs. Cost: nothing while it speaks. */
  check(pid: number): number | undefined;
};

export type SilenceOptions = {
  readonly now: () => number;
  /** Undefined where the system does not tell. */
  readonly readActivity: (pid: number) => Activity | undefined;
  /** Silence of a well process that is longer than any. */
  readonly limitMs: number;
};

/** Silence in which a process is not looked at yet. */
const UNSUSPICIOUS_MS = 5000;
/** A process that computed for so long without a word had its chance: it is in a loop. */
const BUSY_FACTOR = 0.5;
/** How much longer a starved process gets, and one of which nothing is known. */
const STARVED_FACTOR = 20;
const UNKNOWN_FACTOR = 4;
/** Most that one check may add: when we were starved ourselves its words may still wait for us. */
const MAX_STEP_MS = 2000;

/**
 * The recorder says something every second. Silent for `limitMs`, it hangs if it computed much in that time, or rested;
 * one that wanted to run and got no time is spared much longer, so that what it reads is not taken for what it died of.
 */
export function createSilence({ now, readActivity, limitMs }: SilenceOptions): Silence {
  let silentMs = 0;
  let checkedAt = now();
  let firstCpuMs: number | undefined;
  let samples = 0;
  let wanting = 0;

  function judge(activity: Activity | undefined): boolean {
    if (activity === undefined) return silentMs >= limitMs * UNKNOWN_FACTOR;
    firstCpuMs ??= activity.cpuMs;
    samples += 1;
    if (activity.wantsToRun) wanting += 1;
    if (silentMs < limitMs) return false;
    if (activity.cpuMs - firstCpuMs >= limitMs * BUSY_FACTOR) return true;
    const isStarved = wanting * 2 >= samples;
    return !isStarved || silentMs >= limitMs * STARVED_FACTOR;
  }

  function heard(): void {
    silentMs = 0;
    firstCpuMs = undefined;
    samples = 0;
    wanting = 0;
  }

  return {
    heard,
    check(pid) {
      const at = now();
      silentMs += Math.min(at - checkedAt, MAX_STEP_MS);
      checkedAt = at;
      if (silentMs < UNSUSPICIOUS_MS || !judge(readActivity(pid))) return undefined;
      const result = silentMs;
      heard();
      return result;
    },
  };
}

/** Milliseconds of one tick of the process accounting: USER_HZ is 100 on every Linux that Bun runs on. */
const TICK_MS = 10;

/** Linux only. Source: proc_pid_stat(5), fields 3, 14 and 15. */
export function readActivity(pid: number): Activity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name stands in brackets and may hold anything: fields are counted after its end.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { cpuMs: ticks * TICK_MS, wantsToRun: fields[0] === "R" || fields[0] === "D" };
  } catch {
    return undefined;
  }
}
