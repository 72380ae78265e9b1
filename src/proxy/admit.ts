/** @module Who is calling: the managed key of a request, or why it may not come in. */

import { ProxyError } from "../domain/error.ts";
import { decodeAscii, findKeyFault, holdsKeyLook, KEY_PREFIX, type ManagedKey } from "../domain/key.ts";
import type { KeyRing } from "./key-ring.ts";
import type { Peer } from "./peer.ts";

/** What admission found out; the very same object for everyone without a managed key. */
export type Caller = {
  readonly key?: ManagedKey;
  /** The key's text, taken out of everything that is forwarded or kept. */
  readonly secret?: string;
  /** What its tokens are counted under, by the limits of this run of the process. */
  readonly tally?: string;
};

export type Admit = (headers: Headers, query: string, peer: Peer, path: string) => Caller | ProxyError;

export type AdmitOptions = {
  readonly ring: KeyRing;
  /** Also from loopback; from elsewhere a key is always required. */
  readonly requireKey: boolean;
  /** Keys may also stand in other fields than `authorization`, and in the query. */
  readonly keyHeaders: boolean;
  /** True for the admin token, which opens our own pages and must reach no provider. */
  readonly isAdminToken?: (secret: string) => boolean;
  /** The same in whatever it may stand; only for one that no other text holds by chance. */
  readonly holdsAdminToken?: (text: string) => boolean;
  /** Epoch milliseconds. */
  readonly clock: () => number;
};

export const NOBODY: Caller = {};

/** Fields beside `authorization` that clients put a key into. */
const KEY_FIELDS = ["x-api-key", "x-goog-api-key", "api-key", "x-proxy-key"] as const;

/** Cost without keys: a look at five fields. With keys: a look-up for each of them that is there, and a hash for what is no known key. */
export function createAdmit(options: AdmitOptions): Admit {
  const { ring, requireKey, keyHeaders, isAdminToken, holdsAdminToken, clock } = options;
  return (headers, query, peer, path) => {
    const places = listSecrets(headers, query);
    const token =
      (isAdminToken === undefined ? undefined : places.find(({ secret }) => isAdminToken(secret))?.place) ??
      (holdsAdminToken === undefined ? undefined : findHolder(holdsAdminToken, { headers, places, path, query }));
    if (token !== undefined) {
      return refuse("key_invalid", `What stands in ${token} is the admin token: no provider may see it.`);
    }
    const [found, other] = findOwnKeys(ring, places);
    if (found === undefined) {
      if (peer.isLoopback && !requireKey) return NOBODY;
      return headers.has("authorization")
        ? refuse("key_invalid", "The bearer of this request is no managed key of modeltap.")
        : refuse("key_required", "This request has no managed key.");
    }
    const { key, place, secret } = found;
    if (key === undefined) return refuse("key_invalid", `The managed key in ${place} is not known here.`);
    if (other !== undefined) {
      return refuse("key_invalid", `There are different managed keys in ${place} and in ${other.place}.`);
    }
    if (place !== BEARER && !(keyHeaders && isKeyPlace(place))) {
      const how = isKeyPlace(place) ? "only with key_headers = true" : "nowhere";
      return refuse("key_invalid", `A managed key in ${place} is accepted ${how}.`);
    }
    const fault = findKeyFault(key, clock());
    if (fault !== undefined) return refuse("key_invalid", `The managed key ${key.prefix}… is ${fault}.`);
    return { key, secret };
  };
}

/** Where a text stands that must go no further; `x-admin-token` itself is taken out instead. */
function findHolder(
  holds: (text: string) => boolean,
  request: {
    readonly headers: Headers;
    readonly places: readonly Place[];
    readonly path: string;
    readonly query: string;
  },
): string | undefined {
  const { headers, places, path, query } = request;
  if (holds(path) || holds(decodeAscii(path))) return "the path";
  if (holds(query) || holds(decodeAscii(query))) return "the query";
  // Of `Basic` what it says.
  const found = places.find(({ secret }) => holds(secret))?.place;
  if (found !== undefined) return found;
  for (const [name, value] of headers) if (name !== "x-admin-token" && holds(value)) return name;
  return undefined;
}

const BEARER = "authorization";

type OwnKey = { readonly place: string; readonly secret: string; readonly key: ManagedKey | undefined };

type Place = { readonly place: string; readonly secret: string };

/** What stands where a key could: credentials of providers, too. */
function listSecrets(headers: Headers, query: string): readonly Place[] {
  const places: Place[] = [];
  const bearer = headers.get(BEARER);
  if (bearer !== null) {
    places.push({ place: BEARER, secret: BASIC.test(bearer) ? decodeBasic(bearer) : bearer.replace(SCHEME, "") });
  }
  for (const name of KEY_FIELDS) {
    const value = headers.get(name);
    if (value !== null) places.push({ place: name, secret: value.trim() });
  }
  if (query.includes("key=") || query.includes(KEY_PREFIX) || query.includes("%")) {
    for (const [name, secret] of new URLSearchParams(query)) {
      // Under other names it opens nothing, but it must not pass for that.
      if (name === "key" || holdsKeyLook(secret)) places.push({ place: name === "key" ? "?key=" : "?…=", secret });
    }
  }
  return places;
}

/** Keys of ours, each once: known by their hash, or by their look alone, so that a deleted one goes nowhere either. */
function findOwnKeys(ring: KeyRing, places: readonly Place[]): readonly OwnKey[] {
  const found: OwnKey[] = [];
  for (const { place, secret } of places) {
    const own = identify(ring, place, secret);
    if (own !== undefined && !found.some((each) => each.secret === own.secret)) found.push(own);
  }
  return found;
}

/** A name of the query other than `key` is the client's text, and no place for a key. */
function isKeyPlace(place: string): boolean {
  return !place.startsWith("?") || place === "?key=";
}

const SCHEME = /^Bearer\s+/i;
const BASIC = /^Basic\s+/i;

/** User and password with a colon between: as a whole it is never a key, but one may stand in it. */
function decodeBasic(value: string): string {
  return `Basic ${Buffer.from(value.replace(BASIC, ""), "base64").toString("latin1")}`;
}

function identify(ring: KeyRing, place: string, secret: string): OwnKey | undefined {
  const key = ring.find(secret);
  // Two fields that were joined, or a piece of a key: nothing of it may pass.
  return key === undefined && !holdsKeyLook(secret) ? undefined : { place, secret, key };
}

function refuse(code: "key_required" | "key_invalid", message: string): ProxyError {
  return new ProxyError(code, message);
}
