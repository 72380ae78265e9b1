/** @module A managed key: a secret that modeltap issues to a client, kept only as its hash. */

import type { StoredObject } from "./stored-object.ts";

/** How every key that modeltap makes begins, so that one is known by its look. 64 hex characters follow. */
export const KEY_PREFIX = "mt_";

const OWN_LOOK = new RegExp(String.raw`(?<![A-Za-z0-9])${KEY_PREFIX}[0-9a-f]{32,}`);

/** True when there is a key in the text, known or not: nothing of it may go to a provider. Cost: one search without one. */
export function holdsKeyLook(text: string): boolean {
  return text.includes(KEY_PREFIX) && OWN_LOOK.test(text);
}

/** The same of a path, whose characters may be written as `%xx`. */
export function holdsKeyInPath(path: string): boolean {
  return holdsKeyLook(decodeAscii(path));
}

/** With its `%xx` as characters. `%` with no code behind it stays as it is: what is around it is looked at all the same. */
export function decodeAscii(text: string): string {
  if (!text.includes("%")) return text;
  return text.replaceAll(/%([0-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

/** What is stored of a key. Absent lists and limits mean: no restriction. Times are epoch milliseconds. */
export type KeyValue = {
  readonly name: string;
  /** SHA-256 of the whole key, 64 hex characters. */
  readonly hash: string;
  /** The first and last characters, for people to tell keys apart. */
  readonly prefix: string;
  readonly last4: string;
  /** Ids of providers or upstreams. */
  readonly allowedProviders?: readonly string[];
  /** Names of models; one that ends in `*` stands for all that begin so. */
  readonly allowedModels?: readonly string[];
  /** Accounts at the provider; kept for the record, see docs/security.md. */
  readonly allowedAccounts?: readonly string[];
  readonly expiresAtMs?: number;
  readonly revokedAtMs?: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
};

export type ManagedKey = KeyValue & { readonly id: string; readonly createdAtMs: number };

const TEXTS = ["name", "hash", "prefix", "last4"] as const;
const LISTS = ["allowedProviders", "allowedModels", "allowedAccounts"] as const;
const NUMBERS = ["expiresAtMs", "revokedAtMs", "requestsPerMinute", "tokensPerMinute"] as const;

/** The key of a stored object; undefined for what is none. What cannot be read must not let anybody in. */
export function parseKey({ id, value, createdAtMs }: StoredObject): ManagedKey | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>; // any object has named fields
  const isKey =
    TEXTS.every((name) => typeof fields[name] === "string") &&
    LISTS.every((name) => fields[name] === undefined || isTextList(fields[name])) &&
    NUMBERS.every((name) => fields[name] === undefined || Number.isFinite(fields[name])) &&
    /^[0-9a-f]{64}$/.test(String(fields["hash"]));
  // Each field was looked at above.
  return isKey ? ({ ...fields, id, createdAtMs } as ManagedKey) : undefined;
}

/** Why a key opens nothing any more; undefined while it does. */
export function findKeyFault(
  key: Pick<KeyValue, "revokedAtMs" | "expiresAtMs">,
  nowMs: number,
): "revoked" | "expired" | undefined {
  if (key.revokedAtMs !== undefined) return "revoked";
  return key.expiresAtMs !== undefined && key.expiresAtMs <= nowMs ? "expired" : undefined;
}

/** The parts of a key's text that may be shown: 8 characters in front, 4 at the end. */
export function toShownParts(secret: string): Pick<KeyValue, "prefix" | "last4"> {
  return { prefix: secret.slice(0, 8), last4: secret.slice(-4) };
}

/** A model's name, or the beginning of one with `*` behind it; a `*` anywhere else would match nothing. */
export const ALLOWED_MODEL = /^[^*]*\*?$/;

/** True when the list is absent, or names the provider or upstream. */
export function allowsProvider(key: KeyValue, upstream: { readonly id: string; readonly provider: string }): boolean {
  const { allowedProviders } = key;
  return (
    allowedProviders === undefined ||
    allowedProviders.includes(upstream.id) ||
    allowedProviders.includes(upstream.provider)
  );
}

/** True when the list is absent, or holds the model or the beginning of its name. */
export function allowsModel({ allowedModels }: KeyValue, model: string): boolean {
  return (
    allowedModels === undefined ||
    allowedModels.some((name) => (name.endsWith("*") ? model.startsWith(name.slice(0, -1)) : name === model))
  );
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
