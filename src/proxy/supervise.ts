/** @module Keeps the recorder and the api running beside the traffic: start, restart with back-off, stop in order. */

import { setPriority } from "node:os";

import { STOP_MESSAGE } from "../message/stop.ts";

export type ChildName = "recorder" | "api";

export type ChildState = {
  readonly pid: number | undefined;
  readonly state: "starting" | "running" | "restarting" | "stopped";
  readonly restarts: number;
  readonly lastExit?: string;
};

export type Child = {
  readonly name: ChildName;
  state(): ChildState;
  /** False, and dropped, while the child is away: it gets a fresh snapshot when it is back. */
  send(message: unknown): boolean;
  /** SIGKILL; it is started again, and `why` stands as the way it ended. */
  kill(why: string): void;
  /** Asks it to end, then SIGKILL after `graceMs`. */
  stop(graceMs: number): Promise<void>;
};

export type ChildOptions = {
  readonly name: ChildName;
  readonly command: readonly string[];
  /** Environment of the next process. `lastExit` tells how the one before ended; undefined for the first. */
  readonly toEnv: (lastExit: string | undefined) => Record<string, string | undefined>;
  /** Scheduling priority, 0 (as ours) to 19 (last): traffic comes before its record. */
  readonly niceness: number;
  /** Told of each process as soon as there is one. */
  readonly onStart: (pid: number) => void;
  readonly onMessage: (message: unknown) => void;
  readonly onExit: (how: string, restartInMs: number) => void;
};

const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 5000;
/** A child that ran this long is well: its next crash is restarted at once again. */
const WELL_AFTER_MS = 10_000;

export function createChild(options: ChildOptions): Child {
  let subprocess: Bun.Subprocess | undefined;
  let state: ChildState["state"] = "starting";
  let restarts = 0;
  let lastExit: string | undefined;
  let killedFor: string | undefined;
  let delayMs = FIRST_DELAY_MS;
  let stopping = false;
  let exited: Promise<unknown> = Promise.resolve();

  function start(): void {
    const startedAt = performance.now();
    try {
      subprocess = Bun.spawn([...options.command], {
        env: options.toEnv(lastExit),
        stdin: "ignore",
        stdout: "inherit",
        stderr: "inherit",
        serialization: "json",
        ipc(message) {
          if (state === "starting" || state === "restarting") state = "running";
          options.onMessage(message);
        },
      });
    } catch (failure) {
      restart(`could not be started: ${failure instanceof Error ? failure.message : String(failure)}`);
      return;
    }
    const started = subprocess;
    options.onStart(started.pid);
    try {
      setPriority(started.pid, options.niceness);
    } catch {
      // It may be gone already; then there is nothing to put behind.
    }
    exited = started.exited.then(() => {
      if (performance.now() - startedAt > WELL_AFTER_MS) delayMs = FIRST_DELAY_MS;
      const how = started.signalCode === null ? `exit code ${started.exitCode}` : `signal ${started.signalCode}`;
      restart(killedFor ?? how);
    });
  }

  function restart(how: string): void {
    subprocess = undefined;
    killedFor = undefined;
    lastExit = how;
    if (stopping) {
      state = "stopped";
      return;
    }
    state = "restarting";
    restarts += 1;
    options.onExit(how, delayMs);
    setTimeout(() => {
      if (!stopping) start();
    }, delayMs);
    delayMs = Math.min(delayMs * 2, MAX_DELAY_MS);
  }

  start();
  return {
    name: options.name,
    state: () => ({ pid: subprocess?.pid, state, restarts, ...(lastExit === undefined ? {} : { lastExit }) }),
    send(message) {
      if (subprocess === undefined) return false;
      try {
        subprocess.send(message);
        return true;
      } catch {
        // The channel closes with the process; its exit is handled where it is seen.
        return false;
      }
    },
    kill(why) {
      killedFor = why;
      subprocess?.kill("SIGKILL");
    },
    async stop(graceMs) {
      stopping = true;
      const running = subprocess;
      if (running === undefined) return;
      try {
        running.send(STOP_MESSAGE);
      } catch {
        // The channel closed with the process.
      }
      // For one that is only starting and hears no message yet.
      running.kill("SIGTERM");
      const timer = setTimeout(() => running.kill("SIGKILL"), graceMs);
      await exited;
      clearTimeout(timer);
    },
  };
}
