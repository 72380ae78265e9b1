/** @module The random keys of this installation, kept in the data directory: one hashes credentials, one signs sessions. */

import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const KEY_BYTES = 32;
const FILE_NAME = "identity.key";

/** Signs password sessions; without it all of them are over. */
export const LOGIN_KEY_FILE = "login.key";

/**
 * Reads the key, or makes one that only its owner may read. A file of another length is no key and is replaced: sessions
 * begin anew then, nothing else is lost. Throws what the file system throws.
 */
export function readCredentialKey(dataDir: string, fileName = FILE_NAME): Uint8Array {
  const path = join(dataDir, fileName);
  const found = readKey(path);
  if (found !== undefined) return found;
  const draft = `${path}.${process.pid}.new`;
  rmSync(path, { force: true });
  writeFileSync(draft, randomBytes(KEY_BYTES), { mode: 0o600 });
  try {
    // Whole or not at all, and never over a key that another process made meanwhile.
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const made = readKey(path);
  if (made === undefined) throw new Error(`${path} is no key of ${KEY_BYTES} bytes`);
  return made;
}

function readKey(path: string): Uint8Array | undefined {
  try {
    const key = readFileSync(path);
    return key.length === KEY_BYTES ? key : undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
