/** @module The ordered list of schema versions, and the way from any older one to the newest. */

import type { Database } from "bun:sqlite";

import { StoreError } from "../error.ts";
import type { Migration } from "./migration.ts";
import { initial } from "./migrations/0001-initial.ts";
import { identity } from "./migrations/0002-identity.ts";
import { storedObject } from "./migrations/0003-stored-object.ts";
import { costAudit } from "./migrations/0004-cost-audit.ts";
import { fixes } from "./migrations/0005-fixes.ts";
import { managedKey } from "./migrations/0007-managed-key.ts";
import { listByTool } from "./migrations/0008-list-by-tool.ts";

export const MIGRATIONS: readonly Migration[] = [
  initial,
  identity,
  storedObject,
  costAudit,
  fixes,
  managedKey,
  listByTool,
];

/** Schema version that a list of steps leads to. */
export function latestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

export function readVersion(db: Database): number {
  return db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}

/** Runs the steps that are missing, each in a transaction together with its version number. */
export function migrate(db: Database, migrations: readonly Migration[]): void {
  for (const migration of migrations) {
    if (migration.version <= readVersion(db)) continue;
    const step = db.transaction(() => {
      migration.up(db);
      db.run(`PRAGMA user_version = ${migration.version}`);
    });
    step.immediate();
  }
}

/** Refuses a database that a newer program has changed: writing to it could destroy what we do not know. */
export function refuseNewer(path: string, version: number, latest: number): void {
  if (version <= latest) return;
  throw new StoreError(
    "newer",
    `${path} has schema version ${version}, written by a newer modeltap; this one knows up to ${latest}. ` +
      `Update modeltap, or put back the copy that was made before the update (${path}.backup-v${latest}).`,
  );
}
