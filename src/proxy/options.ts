/** @module What the proxy process needs to know; app.ts fills it from the configuration. */

import type { RouteTable } from "./route.ts";

export type Timeouts = {
  /** TCP and TLS only. */
  readonly connectMs: number;
  /** From forwarding to the head of the answer. */
  readonly firstByteMs: number;
  /** Between two pieces of an answer, while we wait for the upstream and not for the client. */
  readonly idleMs: number;
};

export type OutgoingNetwork = {
  /** Proxy for upstream connections, as a URL; undefined = direct. */
  readonly proxyUrl?: string;
  /** Host names (or `.suffix`, `*`) that are reached directly. */
  readonly noProxy: readonly string[];
  /** PEM of a further certificate authority. */
  readonly ca?: string;
};

export type ProxyOptions = RouteTable & {
  readonly version: string;
  readonly timeouts: Timeouts;
  /** Largest JSON body held because a decision needs to look inside. */
  readonly maxHeldBytes: number;
  /** Budget of all held bodies together. */
  readonly bodyMemoryBytes: number;
  /** Bytes of one body that go to the journal before only its tail is kept. */
  readonly journalBodyBytes: number;
  readonly outgoing: OutgoingNetwork;
  readonly breaker: {
    /** 0 switches breakers off. */
    readonly openAfterFailures: number;
    readonly halfOpenAfterMs: number;
    readonly evictAfterMs: number;
  };
};
