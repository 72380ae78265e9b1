/** @module The managed keys of this moment, found by the hash of what a client sent. */

import { type ManagedKey, parseKey } from "../domain/key.ts";
import type { ObjectBoard } from "./object-board.ts";

export type KeyRing = {
  /** True while there is no key at all: nobody needs to look. */
  readonly isEmpty: boolean;
  /** Also a revoked or expired one. Cost: a map look-up for a key that was seen before, else one SHA-256 as well. */
  find(secret: string): ManagedKey | undefined;
};

/** Follows the stored objects: a key that is revoked opens nothing from the moment its snapshot is here. */
export function createKeyRing(objects: Pick<ObjectBoard, "follow" | "list">): KeyRing {
  let keys: ReadonlyMap<string, ManagedKey> = new Map();
  /** By their text, each once it was used: never a guess, and no more than there are keys. */
  const used = new Map<string, ManagedKey>();
  objects.follow(() => {
    used.clear();
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
      if (keys.size === 0) return undefined;
      const known = used.get(secret);
      if (known !== undefined) return known;
      // A guess is looked up by hash: how long that takes says nothing about how much of it was right.
      const key = keys.get(toKeyHash(secret));
      if (key !== undefined) used.set(secret, key);
      return key;
    },
  };
}

/** As it is stored. */
export function toKeyHash(secret: string): string {
  return Bun.SHA256.hash(secret, "hex");
}
