/** @module Which requests go out on a connection that served another one before: fetch does not tell, so it is counted. */

export type Reuse = {
  /** A request goes out: true when a kept connection is there for it. */
  take(origin: string): boolean;
  /** An exchange ended whole and its connection stays open. */
  give(origin: string): void;
  /** A connection was found dead: those beside it may be, too. */
  drop(origin: string): void;
};

/** Bun keeps an unused connection for five minutes. Source: its HTTP client's pool, 1.4.5, 2026-11-21. */
const KEPT_MS = 300_000;
const MAX_ORIGINS = 1000;

/** Cost: one map look-up for each request and each end. */
export function createReuse(now: () => number): Reuse {
  const kept = new Map<string, { idle: number; at: number }>();
  return {
    take(origin) {
      const entry = kept.get(origin);
      if (entry === undefined || entry.idle === 0 || now() - entry.at > KEPT_MS) return false;
      entry.idle -= 1;
      return true;
    },
    give(origin) {
      const entry = kept.get(origin);
      const at = now();
      if (entry === undefined) {
        if (kept.size >= MAX_ORIGINS) kept.clear();
        kept.set(origin, { idle: 1, at });
        return;
      }
      entry.idle = at - entry.at > KEPT_MS ? 1 : entry.idle + 1;
      entry.at = at;
    },
    drop(origin) {
      kept.delete(origin);
    },
  };
}
