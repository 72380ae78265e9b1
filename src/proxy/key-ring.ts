/** @module The managed keys of this moment, found by the hash of what a client sent. */

import { type ManagedKey, parseKey } from "../domain/key.ts";
import type { ObjectBoard } from "./object-board.ts";

export type KeyRing = {
  /** True while there is no key at all: nobody needs to look. */
  readonly isEmpty: boolean;
  /** Also a revoked or expired one. Cost: one SHA-256 and one map look-up, whatever the secret is. */
  find(secret: string): ManagedKey | undefined;
};

/** Follows the stored objects: a key that is revoked opens nothing from the moment its snapshot is here. */
export function createKeyRing(objects: Pick<ObjectBoard, "follow" | "list">): KeyRing {
  let keys: ReadonlyMap<string, ManagedKey> = new Map();
  objects.follow(() => {
    keys = new Map(
      objects.list("key").flatMap((object) => {
        const key = parseKey(object);
        return key === undefined ? [] : [[key.hash, key] as const];
      }),
    );
  });
  return {
    get isEmpty() {
      return keys.size === 0;
    },
    find(secret) {
      // Looked up by hash: how long it takes says nothing about how much of a guess was right.
      return keys.size === 0 ? undefined : keys.get(toKeyHash(secret));
    },
  };
}

/** As it is stored. */
export function toKeyHash(secret: string): string {
  return Bun.SHA256.hash(secret, "hex");
}
