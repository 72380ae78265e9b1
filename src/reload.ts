/** @module Takes over changed routing without a restart: on command, when a file changed, when something was stored. */

import { existsSync, statSync } from "node:fs";

import type { App } from "./app.ts";
import { ConfigError } from "./config/problem.ts";
import type { RoutingFacts } from "./domain/routing-facts.ts";
import type { Reloaded } from "./proxy/own.ts";
import type { RouteTable } from "./proxy/route.ts";
import type { ShownSetting } from "./settings-list.ts";
import type { Events } from "./telemetry/events.ts";

/** What decides where requests go, for the proxy and for people, and every setting it was read with. */
export type RoutingSnapshot = {
  readonly table: RouteTable;
  readonly facts: RoutingFacts;
  readonly settings: readonly ShownSetting[];
};

export type Reloader = {
  /** Never throws: with a problem everything stays as it was. */
  reload(): Reloaded;
  close(): void;
};

/** Files are looked at, not watched for: that works for files that are replaced, on network disks, or not there yet. */
const LOOK_EVERY_MS = 1000;

/** Other stored objects change nothing about routes. */
const ROUTING_KINDS = ["upstream", "route", "setting", "removed-seed"] as const;

/** Keys that a reload takes over; all others need a restart. */
const ROUTING_KEYS =
  /^(?:providers\.|fallback\.|(?:routes|upstream|default_fixes|capture|capture_body_max|allowed_upstream_hosts|merged_models(?:_timeout)?|(?:models|providers)_(?:file|json))$)/;

/** Takes over providers, routes, fallback, default upstream and allowed hosts, and tells of what it cannot take over. */
export function createReloader(options: {
  readonly app: Pick<App, "reload" | "objects">;
  readonly emit: Pick<Events, "configNotice" | "configReloaded">;
  /** Reads everything anew. Throws ConfigError. */
  readonly read: () => RoutingSnapshot;
  readonly files: readonly string[];
  /** As modeltap started. */
  readonly settings: readonly ShownSetting[];
}): Reloader {
  const { app, emit, read, files } = options;
  /** Those that what is in use was read from. */
  let sources = files.filter((file) => existsSync(file));

  /** @param isAsked somebody asked for it; nobody did when a file or something stored changed */
  function takeOver({ isAsked, isTold }: { readonly isAsked: boolean; readonly isTold: boolean }): Reloaded {
    try {
      const gone = isAsked ? [] : sources.filter((file) => !existsSync(file));
      // An editor, or a mount that is not there: what it said cannot have been meant to be nothing.
      if (gone.length > 0)
        throw new ConfigError(gone.map((file) => `${file} is gone; to do without it, ask for a reload`));
      const next = read();
      app.reload(next);
      sources = files.filter((file) => existsSync(file));
      if (isTold) emit.configReloaded();
      const needsRestart = listChanged(options.settings, next.settings).filter((key) => !ROUTING_KEYS.test(key));
      if (isTold && needsRestart.length > 0) {
        emit.configNotice({ notice: `changed, but in use only after a restart: ${needsRestart.join(", ")}` });
      }
      return { problems: [], needsRestart };
    } catch (failure) {
      const problems = failure instanceof ConfigError ? failure.problems : [String(failure)];
      for (const problem of problems) emit.configNotice({ notice: `not reloaded, all stays as it was: ${problem}` });
      return { problems, needsRestart: [] };
    }
  }

  const reload = (): Reloaded => takeOver({ isAsked: true, isTold: true });

  const describeStored = (): string =>
    ROUTING_KINDS.flatMap((kind) => app.objects.list(kind))
      .map(({ kind, id, version, changedAtMs }) => `${kind} ${id} ${version} ${changedAtMs}`)
      .join();
  let stored = describeStored();
  app.objects.follow(() => {
    const current = describeStored();
    if (current === stored) return;
    stored = current;
    takeOver({ isAsked: false, isTold: false });
  });

  let versions = files.map(readVersion);
  const timer = setInterval(() => {
    const current = files.map(readVersion);
    const isChanged = current.some((version, at) => version !== versions[at]);
    versions = current;
    if (isChanged) takeOver({ isAsked: false, isTold: true });
  }, LOOK_EVERY_MS);
  timer.unref();

  return {
    reload,
    close() {
      clearInterval(timer);
    },
  };
}

/** Keys whose values differ, in their order. */
function listChanged(before: readonly ShownSetting[], after: readonly ShownSetting[]): readonly string[] {
  const values = new Map(before.map(({ key, value }) => [key, value]));
  return after.filter(({ key, value }) => values.get(key) !== value).map(({ key }) => key);
}

/** Differs between any two states of a file; empty while it is not there. */
function readVersion(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? "" : `${found.mtimeMs} ${found.size} ${found.ino}`;
}
