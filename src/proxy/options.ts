/** @module What the proxy process needs to know; app.ts fills it from the configuration. */

import type { UpstreamTimeouts } from "../provider/upstream.ts";
import type { BreakerLimits } from "./breaker.ts";
import type { RouteTable } from "./route.ts";

export type RetryOptions = {
  /** Further tries of what the upstream cannot have begun; 0 = never. */
  readonly max: number;
  /** Further tries after a 429 or a 503 that says when; 0 = never. */
  readonly rateLimitMax: number;
  /** Longest wait before one try. */
  readonly maxWaitMs: number;
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
  readonly timeouts: UpstreamTimeouts;
  /** Largest JSON body held because a decision needs to look inside. */
  readonly maxHeldBytes: number;
  /** Budget of all held bodies together. */
  readonly bodyMemoryBytes: number;
  /** Bytes of one body that go to the journal before only its tail is kept. */
  readonly journalBodyBytes: number;
  readonly outgoing: OutgoingNetwork;
  readonly breaker: BreakerLimits;
  /** Absent, everything is tried once. */
  readonly retries?: RetryOptions;
};
