/** @module A new managed key: its secret, which is shown once, and what is kept of it. */

import { randomBytes } from "node:crypto";

import { KEY_PREFIX, type KeyValue, toShownParts } from "../domain/key.ts";

/** What a key may do; absent means no restriction. */
export type KeyRules = Omit<KeyValue, "name" | "hash" | "prefix" | "last4" | "revokedAtMs">;

export type NewKey = { readonly id: string; readonly secret: string; readonly value: KeyValue };

/** 32 random bytes; of a secret that somebody brought along, only the rules are ours. */
export function createKey(name: string, rules: KeyRules, secret = createSecret()): NewKey {
  return {
    id: `key_${randomBytes(8).toString("hex")}`,
    secret,
    value: { name, hash: hashKey(secret), ...toShownParts(secret), ...rules },
  };
}

/** As it is stored and looked up. */
export function hashKey(secret: string): string {
  return Bun.SHA256.hash(secret, "hex");
}

function createSecret(): string {
  return KEY_PREFIX + randomBytes(32).toString("hex");
}
