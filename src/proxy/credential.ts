/** @module A keyed hash of the credential a request came with, so that sessions and clients are told apart without keeping it. */

import { parseJson } from "../http/json.ts";

/** 16 hex characters, or undefined when the request has no credential. Cost: one map look-up for a credential seen before. */
export type HashCredential = (headers: Headers, query: string) => string | undefined;

export type CredentialHasher = {
  readonly hash: HashCredential;
  /** Of a bare credential, as the configuration has it. */
  hashSecret(secret: string): string;
};

/** Fields that carry a credential, the most telling first. */
const FIELDS = ["authorization", "x-api-key", "x-goog-api-key", "api-key"] as const;
/** All fields that the hash may depend on. */
export const CREDENTIAL_FIELDS: readonly string[] = ["chatgpt-account-id", ...FIELDS];
const MAX_KNOWN = 1000;
const HASH_CHARS = 16;

/** @param key random bytes of this installation: without it a hash says nothing of a guessed credential */
export function createCredentialHasher(key: Uint8Array): CredentialHasher {
  /** Credentials are in memory anyway; the map is bounded by starting over. */
  const known = new Map<string, string>();

  function hashSecret(secret: string): string {
    let hash = known.get(secret);
    if (hash !== undefined) return hash;
    hash = new Bun.CryptoHasher("sha256", key).update(toLasting(secret)).digest("hex").slice(0, HASH_CHARS);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(secret, hash);
    return hash;
  }

  return {
    hashSecret,
    hash(headers, query) {
      const secret = findSecret(headers, query);
      return secret === undefined ? undefined : hashSecret(secret);
    },
  };
}

function findSecret(headers: Headers, query: string): string | undefined {
  // Tokens of a ChatGPT account are renewed within hours; the account stays.
  const account = headers.get("chatgpt-account-id");
  if (account !== null && account !== "") return account;
  for (const field of FIELDS) {
    const value = headers.get(field)?.trim();
    if (value !== undefined && value !== "") return withoutScheme(value);
  }
  return query.includes("key=") ? (new URLSearchParams(query).get("key") ?? undefined) : undefined;
}

/** The same secret is the same credential in any field; a signed AWS request has a new signature each time, the key id stays. */
function withoutScheme(value: string): string {
  const aws = /^AWS4-HMAC-SHA256\s.*?Credential=([^/,\s]+)/.exec(value);
  return aws?.[1] ?? value.replace(/^(?:Bearer|Basic|Token|Key|ApiKey)\s+/i, "");
}

/** A JWT is renewed every hour or so: whom it was issued to stays the same. It is not verified; the upstream does that. */
function toLasting(secret: string): string {
  const payload = /^eyJ[\w-]*\.(eyJ[\w-]*)\.[\w-]*$/.exec(secret)?.[1];
  if (payload === undefined) return secret;
  const claims = parseJson(Buffer.from(payload, "base64url").toString("utf8"));
  if (typeof claims !== "object" || claims === null || !("sub" in claims) || typeof claims.sub !== "string")
    return secret;
  const issuer = "iss" in claims && typeof claims.iss === "string" ? claims.iss : "";
  return `jwt ${issuer} ${claims.sub}`;
}
