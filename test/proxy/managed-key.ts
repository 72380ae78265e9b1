/** @module Managed keys for tests: their text, and how they are stored. */

import { createKey, type KeyRules } from "../../src/api/new-key.ts";
import type { KeyValue } from "../../src/domain/key.ts";
import type { StoredObject } from "../../src/domain/stored-object.ts";

export type TestKey = { readonly id: string; readonly secret: string; readonly object: StoredObject };

export function makeKey(rules: KeyRules & Pick<KeyValue, "revokedAtMs"> = {}, secret?: string): TestKey {
  const made = createKey("test", rules, secret);
  const object = { kind: "key", id: made.id, value: made.value, version: 1, createdAtMs: 1, changedAtMs: 1 } as const;
  return { id: made.id, secret: made.secret, object };
}
