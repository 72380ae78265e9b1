/** @module Takes over changed routing without a restart: on command, when a file changed, when something was stored. */

import { statSync } from "node:fs";

import type { App } from "./app.ts";
import { ConfigError } from "./config/problem.ts";
import type { RoutingFacts } from "./domain/routing-facts.ts";
import type { RouteTable } from "./proxy/route.ts";
import type { Events } from "./telemetry/events.ts";

/** What decides where requests go, for the proxy and for people. */
export type RoutingSnapshot = { readonly table: RouteTable; readonly facts: RoutingFacts };

export type Reloader = {
  /** Answers the problems, none when all was taken over. Never throws: with a problem everything stays as it was. */
  reload(): readonly string[];
  close(): void;
};

/** Files are looked at, not watched for: that works for files that are replaced, on network disks, or not there yet. */
const LOOK_EVERY_MS = 1000;

/** Other stored objects change nothing about routes. */
const ROUTING_KINDS = ["upstream", "route", "setting", "removed-seed"] as const;

/** Providers, routes, fallback, default upstream and allowed hosts are taken over; other keys need a restart. */
export function createReloader(options: {
  readonly app: Pick<App, "reload" | "objects">;
  readonly emit: Pick<Events, "configNotice" | "configReloaded">;
  /** Reads everything anew. Throws ConfigError. */
  readonly read: () => RoutingSnapshot;
  readonly files: readonly string[];
}): Reloader {
  const { app, emit, read, files } = options;

  function takeOver(isTold: boolean): readonly string[] {
    try {
      app.reload(read());
      if (isTold) emit.configReloaded();
      return [];
    } catch (failure) {
      const problems = failure instanceof ConfigError ? failure.problems : [String(failure)];
      for (const problem of problems) emit.configNotice({ notice: `not reloaded, all stays as it was: ${problem}` });
      return problems;
    }
  }

  const reload = (): readonly string[] => takeOver(true);

  const describeStored = (): string =>
    ROUTING_KINDS.flatMap((kind) => app.objects.list(kind))
      .map(({ kind, id, version, changedAtMs }) => `${kind} ${id} ${version} ${changedAtMs}`)
      .join();
  let stored = describeStored();
  app.objects.follow(() => {
    const current = describeStored();
    if (current === stored) return;
    stored = current;
    takeOver(false);
  });

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
