/** @module Opens the database for its one writer or for a reader, or says in one line why not. */

import { Database } from "bun:sqlite";

import { StoreError } from "../error.ts";
import { backUp } from "./backup.ts";
import { createFile, type FileFacts, readFileFacts } from "./file.ts";
import type { Migration } from "./migration.ts";
import { latestVersion, migrate, MIGRATIONS, readVersion, refuseNewer } from "./migrations.ts";

export type OpenOptions = {
  readonly path: string;
  /** How long a statement waits for another connection's lock; 5,000 ms if absent. */
  readonly busyTimeoutMs?: number;
  /** The schema steps this program knows; tests give longer lists. */
  readonly migrations?: readonly Migration[];
};

/**
 * Opens the database to write, creating or updating it first.
 * Throws StoreError `not_ours`, `newer` or `backup_failed`; in each case the file is as it was.
 */
export function openToWrite(options: OpenOptions): Database {
  const { path, migrations = MIGRATIONS } = options;
  const facts = readFileFacts(path);
  if (facts.owner === "absent") {
    createFile(path, (db) => migrate(db, migrations));
  } else {
    refuseByHeader(path, facts, migrations);
    refuseNewer(path, peekVersion(path), latestVersion(migrations));
  }

  const db = new Database(path, { readwrite: true, strict: true });
  try {
    setUp(db, options);
    const version = readVersion(db);
    if (version < latestVersion(migrations)) {
      backUp(db, path, version);
      migrate(db, migrations);
    }
  } catch (error) {
    db.close(true);
    throw error;
  }
  return db;
}

/**
 * Opens the database read-only, beside the writer.
 * Throws StoreError `missing`, `not_ours`, `newer`, or `older` when the writer has yet to update it.
 */
export function openToRead(options: OpenOptions): Database {
  const { path, migrations = MIGRATIONS } = options;
  const facts = readFileFacts(path);
  if (facts.owner === "absent") {
    throw new StoreError("missing", `${path} does not exist yet; modeltap creates it when it starts.`);
  }
  refuseByHeader(path, facts, migrations);
  const db = new Database(path, { readonly: true, strict: true });
  try {
    db.run(`PRAGMA busy_timeout = ${options.busyTimeoutMs ?? BUSY_TIMEOUT_MS}`);
    db.run("PRAGMA query_only = ON");
    db.run(`PRAGMA cache_size = -${CACHE_KIB}`);
    const version = readVersion(db);
    const latest = latestVersion(migrations);
    refuseNewer(path, version, latest);
    if (version < latest) {
      throw new StoreError(
        "older",
        `${path} has schema version ${version}; modeltap updates it to ${latest} when it starts.`,
      );
    }
  } catch (error) {
    db.close(true);
    throw error;
  }
  return db;
}

/** Refuses before SQLite opens the file, which would leave files beside it. */
function refuseByHeader(path: string, facts: FileFacts, migrations: readonly Migration[]): void {
  if (facts.owner === "ours") return refuseNewer(path, facts.version, latestVersion(migrations));
  throw new StoreError(
    "not_ours",
    `${path} is not a modeltap database, so it was left alone. Move it away, or point data_dir somewhere else.`,
  );
}

function setUp(db: Database, options: OpenOptions): void {
  db.run(`PRAGMA busy_timeout = ${options.busyTimeoutMs ?? BUSY_TIMEOUT_MS}`);
  db.run("PRAGMA journal_mode = WAL");
  // A power cut may lose the last transactions, never tear one: the cursor goes back with the rows and the journal is read again.
  db.run("PRAGMA synchronous = NORMAL");
  db.run("PRAGMA foreign_keys = ON");
  db.run(`PRAGMA cache_size = -${CACHE_KIB}`);
  db.run(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  db.run(`PRAGMA journal_size_limit = ${LOG_BYTES_KEPT}`);
}

/** Reads the version through a read-only connection: the log beside the file may hold a newer one than its header. */
function peekVersion(path: string): number {
  const db = new Database(path, { readonly: true });
  try {
    return readVersion(db);
  } finally {
    db.close(true);
  }
}

const BUSY_TIMEOUT_MS = 5_000;
const CACHE_KIB = 16_384;
/** 16 MiB of log between checkpoints: fewer rewrites of the same pages than SQLite's 4 MiB. */
const CHECKPOINT_PAGES = 4_096;
const LOG_BYTES_KEPT = 64 * 1024 * 1024;
