/** @module The database file before SQLite touches it: whose it is, and how a new one comes to be. */

import { Database } from "bun:sqlite";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** "mdtp" as a big-endian 32-bit number, in the header of every database of ours. */
export const APPLICATION_ID = 0x6d647470;

/** What lies at the path: nothing (or an empty file), something foreign, or a database of ours with its schema version. */
export type FileFacts =
  | { readonly owner: "absent" }
  | { readonly owner: "foreign" }
  | { readonly owner: "ours"; readonly version: number };

/**
 * Tells whose file it is from its first 100 bytes, without SQLite: merely opening a foreign database would leave
 * files beside it. A database of ours has its application id in the main file from birth (see `createFile`); its
 * version may be newer in the log beside the file.
 * Layout: https://www.sqlite.org/fileformat2.html#the_database_header
 */
export function readFileFacts(path: string): FileFacts {
  if (!existsSync(path)) return { owner: "absent" };
  if (!statSync(path).isFile()) return { owner: "foreign" };
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, "r");
  try {
    const length = readSync(file, header, 0, HEADER_BYTES, 0);
    if (length === 0) return { owner: "absent" };
    if (length < HEADER_BYTES || header.toString("latin1", 0, MAGIC.length) !== MAGIC) return { owner: "foreign" };
    if (header.readUInt32BE(APPLICATION_ID_OFFSET) !== APPLICATION_ID) return { owner: "foreign" };
    return { owner: "ours", version: header.readUInt32BE(USER_VERSION_OFFSET) };
  } finally {
    closeSync(file);
  }
}

/**
 * Makes a new database, readable by its owner only, and puts it in place whole: a crash half-way leaves no file
 * that could be taken for a foreign one. `fill` gets the open connection and creates the schema.
 */
export function createFile(path: string, fill: (db: Database) => void): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.new`;
  for (const suffix of ["", "-wal", "-shm"]) rmSync(draft + suffix, { force: true });
  createPrivateFile(draft);
  const db = new Database(draft, { readwrite: true, strict: true });
  try {
    // Cannot be switched on later without rewriting the file; lets trimmed space be given back.
    db.run("PRAGMA auto_vacuum = INCREMENTAL");
    db.run(`PRAGMA application_id = ${APPLICATION_ID}`);
    fill(db);
    db.run("PRAGMA journal_mode = WAL");
  } finally {
    db.close(true);
  }
  setAsideOldLog(path);
  renameSync(draft, path);
}

/** Creates an empty file that only its owner may read. */
export function createPrivateFile(path: string): void {
  closeSync(openSync(path, "w", 0o600));
  chmodSync(path, 0o600);
}

/** A log left from a deleted database would be played into the new one, so it is moved aside. */
function setAsideOldLog(path: string): void {
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${path}-wal.orphaned`);
  rmSync(`${path}-shm`, { force: true });
}

const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";
const USER_VERSION_OFFSET = 60;
const APPLICATION_ID_OFFSET = 68;
