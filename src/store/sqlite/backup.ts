/** @module The copy made before a migration, so that the way back from a failed update is one file move. */

import type { Database } from "bun:sqlite";
import { readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { StoreError } from "../error.ts";
import { createPrivateFile } from "./file.ts";

const KEPT_BACKUPS = 2;

/** Writes `<path>.backup-v<version>` and removes all but the newest two. Without a copy there is no migration. */
export function backUp(db: Database, path: string, version: number): void {
  const target = `${path}.backup-v${version}`;
  const draft = `${target}.partial`;
  try {
    createPrivateFile(draft);
    copyInto(db, draft);
    renameSync(draft, target);
  } catch (cause) {
    throw new StoreError("backup_failed", `${path} could not be copied to ${target}, so it was not updated.`, {
      cause,
    });
  }
  for (const old of findBackups(path).slice(0, -KEPT_BACKUPS)) rmSync(old, { force: true });
}

function copyInto(db: Database, draft: string): void {
  try {
    using statement = db.prepare("VACUUM INTO ?");
    statement.run(draft);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Paths of the copies of a database, oldest version first. */
function findBackups(path: string): string[] {
  const prefix = `${basename(path)}.backup-v`;
  const versions = readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)));
  return versions.sort((a, b) => a - b).map((version) => join(dirname(path), prefix + version));
}
