/** @module Looks for texts in every file under a directory, and in what a database has packed. */

import { Database } from "bun:sqlite";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

import { unpackBody } from "../../src/store/sqlite/capture-body.ts";
import { indexOfBytes } from "../support/bytes.ts";

/** `path: text` for each find in the raw bytes of a file, write-ahead logs and journal segments included. */
export function findOnDisk(directory: string, texts: readonly string[]): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const bytes = readFileSync(path);
      return texts
        .filter((text) => indexOfBytes(bytes, text) !== -1)
        .map((text) => `${relative(directory, path)}: ${text}`);
    });
}

/** Every body of the store, unpacked: raw bytes of a file do not show what is compressed. */
export function readStoredBodies(databasePath: string): readonly Uint8Array[] {
  const database = new Database(databasePath, { readonly: true });
  try {
    const rows = database.query("SELECT compression, body AS bytes FROM capture").all();
    // The schema of migration 1; a change of it fails here loudly.
    return (rows as { compression: "none" | "zstd"; bytes: Uint8Array }[]).map(unpackBody);
  } finally {
    database.close();
  }
}
