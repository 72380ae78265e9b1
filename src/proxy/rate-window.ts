/** @module How many of the last answers failed: a sliding window of counts, made of ten slices of time. */

export type RateWindow = {
  add(failed: boolean): void;
  clear(): void;
  /** Counts of the window that ends now. */
  read(): { readonly requests: number; readonly failures: number };
};

const SLICES = 10;

/** Cost of `add`: a few array accesses; nothing is allocated. */
export function createRateWindow(windowMs: number, now: () => number): RateWindow {
  const sliceMs = windowMs / SLICES;
  const requests = new Float64Array(SLICES);
  const failures = new Float64Array(SLICES);
  let current = Math.floor(now() / sliceMs);

  /** Empties the slices whose time has come again. */
  function advance(): number {
    const slice = Math.floor(now() / sliceMs);
    for (let each = Math.max(current + 1, slice - SLICES + 1); each <= slice; each++) {
      requests[each % SLICES] = 0;
      failures[each % SLICES] = 0;
    }
    current = Math.max(current, slice);
    return current % SLICES;
  }

  return {
    add(failed) {
      const at = advance();
      requests[at] = (requests[at] ?? 0) + 1;
      if (failed) failures[at] = (failures[at] ?? 0) + 1;
    },
    clear() {
      requests.fill(0);
      failures.fill(0);
    },
    read() {
      advance();
      const sum = (counts: Float64Array): number => counts.reduce((total, count) => total + count, 0);
      return { requests: sum(requests), failures: sum(failures) };
    },
  };
}
