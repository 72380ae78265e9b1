/** @module Managed keys without a running modeltap: whoever holds the lock of the data directory writes the store itself. */

import { join } from "node:path";

import { createKey, hashKey } from "./api/new-key.ts";
import { ConfigError } from "./config/problem.ts";
import { findKeyFault, type ManagedKey, parseKey } from "./domain/key.ts";
import { createObjectBoard, type ObjectBoard } from "./proxy/object-board.ts";
import type { ObjectWriter } from "./store/store.ts";
import { createSqliteWriter } from "./store/sqlite/writer.ts";

export type StorePlace = { readonly dataDir: string; readonly databasePath: string };

/** Stored objects as the proxy last heard of them, in the data directory. */
export const OBJECTS_FILE = "objects.json";

/** Changes stored objects; the proxy's own copy follows, so that it starts with what is stored. */
export async function changeObjects<Result>(
  { dataDir, databasePath }: StorePlace,
  change: (writer: ObjectWriter) => Promise<Result>,
): Promise<Result> {
  const writer = createSqliteWriter({ path: databasePath });
  try {
    const result = await change(writer);
    openBoard(dataDir).receive(await writer.readObjects());
    return result;
  } finally {
    await writer.close();
  }
}

/**
 * What must be so before the first request: the bootstrap key is stored, and an address that other machines reach is
 * bound only if there is a key, so that those who should get in can. Throws ConfigError.
 */
export async function prepareKeys(
  place: StorePlace,
  {
    bootstrapKey,
    publicHost,
  }: { readonly bootstrapKey?: string | undefined; readonly publicHost?: string | undefined },
): Promise<void> {
  if (bootstrapKey !== undefined) await storeBootstrapKey(place, bootstrapKey);
  if (publicHost === undefined || listKeys(openBoard(place.dataDir)).some(isUsable)) return;
  // The copy may be gone while the store has keys.
  await changeObjects(place, () => Promise.resolve());
  if (listKeys(openBoard(place.dataDir)).some(isUsable)) return;
  throw new ConfigError([
    `host: ${publicHost} can be reached from other machines, and there is no managed key that would let anybody in: ` +
      "make one with `modeltap keys create NAME` (and the same --data-dir or --config), or set MODELTAP_BOOTSTRAP_KEY; without host, modeltap listens on this machine only",
  ]);
}

/** Once: a bootstrap key that was revoked stays so. */
async function storeBootstrapKey(place: StorePlace, secret: string): Promise<void> {
  const hash = hashKey(secret);
  if (listKeys(openBoard(place.dataDir)).some((key) => key.hash === hash)) return;
  await changeObjects(place, async (writer) => {
    const { objects } = await writer.readObjects();
    if (objects.some((object) => object.kind === "key" && parseKey(object)?.hash === hash)) return;
    const { id, value } = createKey("bootstrap", {}, secret);
    await writer.putObject({ kind: "key", id, value, atMs: Date.now(), expectVersion: 0 });
  });
}

function openBoard(dataDir: string): ObjectBoard {
  const onProblem = (message: string): never => {
    throw new ConfigError([`data_dir: ${message}`]);
  };
  return createObjectBoard({ file: join(dataDir, OBJECTS_FILE), onProblem });
}

function listKeys(board: ObjectBoard): ManagedKey[] {
  return board.list("key").flatMap((object) => parseKey(object) ?? []);
}

function isUsable(key: ManagedKey): boolean {
  return findKeyFault(key, Date.now()) === undefined;
}
