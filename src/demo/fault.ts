/** @module What goes wrong at the fake provider, how often, and in which words. */

import type { FaultKind } from "./format/format.ts";
import type { Random } from "./random.ts";

/** Shares of all requests, between 0 and 1; what is left goes well. */
export type FaultRates = {
  readonly rateLimited: number;
  readonly overloaded: number;
  /** The connection breaks in the middle of a stream. */
  readonly cut: number;
  /** The first byte takes seconds. */
  readonly slow: number;
};

export const DEFAULT_FAULTS: FaultRates = { rateLimited: 0.025, overloaded: 0.015, cut: 0.015, slow: 0.04 };

/** Draws once, whatever comes out, so that rates do not shift what is drawn later. */
export function pickFault(random: Random, rates: FaultRates): keyof FaultRates | undefined {
  let left = random();
  for (const name of ["rateLimited", "overloaded", "cut", "slow"] as const) {
    left -= rates[name];
    if (left < 0) return name;
  }
  return undefined;
}

/** The provider's sentence for an error; `detail` is a path, or tokens sent and allowed. */
export function wordFault(kind: FaultKind, detail: string): string {
  switch (kind) {
    case "rate_limited":
      return "Demo: too many tokens per minute for this key. Try again when retry-after is over.";
    case "overloaded":
      return "Demo: the model is overloaded. Try again in a moment.";
    case "context_length":
      return `Demo: the input is longer than the model's context (${detail}).`;
    case "unknown_path":
      return `Demo: the fake provider does not speak ${detail}.`;
  }
}
