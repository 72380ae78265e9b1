/** @module What the load generator is told and what it tells back: one JSON line each way. */

import type { AnswerOrder } from "./answer.ts";

export type LoadOrder = {
  /** Base URL with the target's prefix. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly bearer?: string;
  readonly connections: number;
  readonly requestBytes: number;
  readonly answer: AnswerOrder;
  /** Not in the latencies, but in `totalRequests`. */
  readonly warmupMs: number;
  readonly durationMs: number;
  /** Stop after this many requests, if that comes before the time. */
  readonly maxRequests?: number;
  /** Open one stream per connection, report, and hold them until standard input closes. */
  readonly hold?: boolean;
};

export type LoadResult = {
  /** Answered in the measured time. */
  readonly requests: number;
  /** With those of the warm-up: what CPU has to be divided by. */
  readonly totalRequests: number;
  readonly failures: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly firstByteP50Ms: number;
};
