/** @module Short waits of one length, with one timer for all of them. */

/** One wait; set `onLate` to undefined when what was waited for has come. */
export type Wait = { onLate: (() => void) | undefined };

export type Patience = {
  /** Calls back once when the time is over. Cost: one object; a timer only where none is running. */
  wait(onLate: () => void): Wait;
};

type Waiting = Wait & { readonly until: number };

/** All waits last `ms`, so that they end in the order in which they began. */
export function createPatience(ms: number, now: () => number): Patience {
  let waits: Waiting[] = [];
  let isTimed = false;

  function arm(delayMs: number): void {
    isTimed = true;
    setTimeout(endLate, delayMs);
  }

  function endLate(): void {
    isTimed = false;
    const at = now();
    const first = waits.findIndex(({ until, onLate }) => until > at && onLate !== undefined);
    const over = first === -1 ? waits : waits.slice(0, first);
    waits = first === -1 ? [] : waits.slice(first);
    for (const wait of over) {
      const { onLate } = wait;
      wait.onLate = undefined;
      onLate?.();
    }
    const next = waits[0];
    if (next !== undefined && !isTimed) arm(Math.max(1, next.until - now()));
  }

  return {
    wait(onLate) {
      const wait: Waiting = { until: now() + ms, onLate };
      waits.push(wait);
      if (!isTimed) arm(ms);
      return wait;
    },
  };
}
