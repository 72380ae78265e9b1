/** @module An upstream: a provider's base URL with its settings, and the rule that joins base and path. */

import type { CaptureMode } from "../domain/exchange.ts";
import type { ProviderFamily } from "./provider.ts";

/** Where an upstream's own credential comes from, and how it is sent. Never holds the secret itself. */
export type UpstreamCredential =
  | { readonly mode: "none" }
  | {
      readonly mode: "bearer" | "x-api-key" | "header";
      /** Lower-case name of the field it is sent in. */
      readonly header: string;
      /** Where it comes from, as shown to people: `environment GROQ_API_KEY`. */
      readonly from: string;
      /** The secret at this moment; undefined when the variable or file is missing or empty. */
      readonly read: () => string | undefined;
    };

/** What is done to the fields of a request before it goes out, in this order; names are lower-case. */
export type HeaderRules = {
  readonly remove: readonly string[];
  readonly set: readonly (readonly [name: string, value: string])[];
  /** Set where the client sent none. */
  readonly default: readonly (readonly [name: string, value: string])[];
};

/** Time limits towards an upstream. Milliseconds. */
export type UpstreamTimeouts = {
  /** TCP and TLS only. */
  readonly connectMs: number;
  /** From forwarding to the head of the answer. */
  readonly firstByteMs: number;
  /** The same for requests that ask for a stream; absent, it is `firstByteMs`. */
  readonly streamFirstByteMs?: number;
  /** Between two pieces of an answer, while we wait for the upstream and not for the client. */
  readonly idleMs: number;
  /** From forwarding to the end of an answer that is no stream, and of one that is; absent, there is no limit. */
  readonly totalMs?: number;
  readonly streamTotalMs?: number;
};

export type Upstream = {
  readonly id: string;
  readonly provider: string;
  readonly family: ProviderFamily;
  /** Absent when the host name needs an account that is not configured. */
  readonly baseUrl?: string;
  readonly baseUrlExample?: string;
  readonly local: boolean;
  readonly includeUsage: "auto" | "never";
  readonly capture: CaptureMode;
  readonly captureBytes: number;
  readonly tlsInsecure: boolean;
  /** Absent: the client's own credential passes. */
  readonly credential?: UpstreamCredential;
  readonly headerRules?: HeaderRules;
  readonly timeouts?: UpstreamTimeouts;
  /** These client paths go to one path under the base. */
  readonly upstreamPath?: { readonly from: ReadonlySet<string>; readonly to: string };
  /** The base URL ends in a version such as `/v4`, which stands for the one in the client's path. */
  readonly hasVersionInBase?: boolean;
  /** What stands for `/v1` where a root surface leads here; prefix surfaces have the upstream's own paths already. */
  readonly rootV1?: string;
  /** `false` lets the body field that selected this upstream pass. */
  readonly stripProviderField?: boolean;
  /** Largest body held for a look inside; the general limit when absent. */
  readonly maxHeldBytes?: number;
  /** Further upstreams of the same provider, tried in this order when this one fails. Theirs are not followed. */
  readonly fallbacks?: readonly Upstream[];
  /** Ids of compatibility fixes for its answers, where no route says otherwise. */
  readonly fixes?: readonly string[];
};

const VERSION_SEGMENT = /^\/v\d+[a-z]*\d*(?=\/|$)/;

/**
 * Full URL text for a request: origin and base path are never left, because the path only ever follows them.
 * When base and path both bring the version segment (`/v1`) it is used once.
 * `path` begins with `/` or is empty and has no dot segments (the server resolved them); `query` has its `?` or is empty.
 */
export function toUpstreamUrl(baseUrl: string, path: string, query: string): string {
  const originEnd = baseUrl.indexOf("/", baseUrl.indexOf("://") + 3);
  if (originEnd === -1) return `${baseUrl}${path === "" ? "/" : path}${query}`;
  const basePath = baseUrl.slice(originEnd);
  const lastSegment = basePath.slice(basePath.lastIndexOf("/"));
  const version = VERSION_SEGMENT.exec(lastSegment);
  const repeated = version !== null && version[0] === lastSegment && VERSION_SEGMENT.exec(path)?.[0] === lastSegment;
  return `${baseUrl}${repeated ? path.slice(lastSegment.length) : path}${query}`;
}

/** Scheme and authority of a base URL. */
export function toOrigin(baseUrl: string): string {
  const end = baseUrl.indexOf("/", baseUrl.indexOf("://") + 3);
  return end === -1 ? baseUrl : baseUrl.slice(0, end);
}

/** The upstream at another base URL, with a breaker of its own. The same object each time: connections are kept by it. */
export function toOtherBase(upstream: Upstream, baseUrl: string): Upstream {
  if (upstream.baseUrl === baseUrl) return upstream;
  let bases = OTHER_BASES.get(upstream);
  if (bases === undefined) OTHER_BASES.set(upstream, (bases = new Map()));
  let other = bases.get(baseUrl);
  if (other === undefined) {
    const isSameHost = upstream.baseUrl !== undefined && toOrigin(upstream.baseUrl) === toOrigin(baseUrl);
    const id = isSameHost ? upstream.id : baseUrl.slice(baseUrl.indexOf("://") + 3);
    // What stands in for the upstream does not stand in for another host.
    const { fallbacks: _fallbacks, ...alone } = upstream;
    bases.set(baseUrl, (other = { ...alone, id, baseUrl }));
  }
  return other;
}

/** Base URLs come from the catalogue and the configuration, never from a request: their number is bounded. */
const OTHER_BASES = new WeakMap<Upstream, Map<string, Upstream>>();
