/** @module Failed logins of one address: after so many in a window it has to wait. */

import { forgetOldest } from "./forget-oldest.ts";

export type AttemptCount = {
  /** Counts one; the seconds to wait instead, when there were too many. */
  begin(address: string): number | undefined;
  /** That one was right: all of the address are forgotten. */
  forgive(address: string): void;
};

export type AttemptCountOptions = {
  readonly windowMs: number;
  readonly most: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** Addresses remembered at once; the older half goes when there are more. */
  readonly addresses?: number;
};

/** An attempt counts before its password is looked at, so that many at once are no way around. */
export function createAttemptCount({ windowMs, most, now, addresses = 1000 }: AttemptCountOptions): AttemptCount {
  const counts = new Map<string, { count: number; readonly untilMs: number }>();
  return {
    begin(address) {
      const nowMs = now();
      let entry = counts.get(address);
      if (entry === undefined || entry.untilMs <= nowMs) {
        counts.delete(address);
        forgetOldest(counts, addresses);
        entry = { count: 0, untilMs: nowMs + windowMs };
        counts.set(address, entry);
      }
      if (entry.count >= most) return Math.max(1, Math.ceil((entry.untilMs - nowMs) / 1000));
      entry.count += 1;
      return undefined;
    },
    forgive(address) {
      counts.delete(address);
    },
  };
}
