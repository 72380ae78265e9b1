/** @module Reads the configuration again, on command and when one of its files changed, without a restart. */

import { statSync } from "node:fs";

import type { App } from "./app.ts";
import { ConfigError } from "./config/problem.ts";
import type { RouteTable } from "./proxy/route.ts";
import type { Events } from "./telemetry/events.ts";

export type Reloader = {
  /** Never throws: with a problem everything stays as it was, and the problem is told. */
  reload(): void;
  close(): void;
};

/** Files are looked at, not watched for: that works for files that are replaced, on network disks, or not there yet. */
const LOOK_EVERY_MS = 1000;

/** Providers, routes, fallback, default upstream and allowed hosts are taken over; other keys need a restart. */
export function createReloader(options: {
  readonly app: Pick<App, "reload">;
  readonly emit: Pick<Events, "configNotice">;
  /** Reads everything anew. Throws ConfigError. */
  readonly readTable: () => RouteTable;
  readonly files: readonly string[];
}): Reloader {
  const { app, emit, readTable, files } = options;

  function reload(): void {
    try {
      app.reload(readTable());
      emit.configNotice({ notice: "the configuration was read again: providers and routes are those of now" });
    } catch (failure) {
      const problems = failure instanceof ConfigError ? failure.problems : [String(failure)];
      for (const problem of problems) emit.configNotice({ notice: `not reloaded, all stays as it was: ${problem}` });
    }
  }

  let versions = files.map(readVersion);
  const timer = setInterval(() => {
    const current = files.map(readVersion);
    const isChanged = current.some((version, at) => version !== versions[at]);
    versions = current;
    if (isChanged) reload();
  }, LOOK_EVERY_MS);
  timer.unref();

  return {
    reload,
    close() {
      clearInterval(timer);
    },
  };
}

/** Differs between any two states of a file; empty while it is not there. */
function readVersion(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? "" : `${found.mtimeMs} ${found.size} ${found.ino}`;
}
