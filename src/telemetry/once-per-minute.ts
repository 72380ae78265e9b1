/** @module Lets a repeated message through once a minute and counts the rest. */

const QUIET_MS = 60_000;
/** Keys may come from outside; beyond this many the oldest is forgotten. */
const MAX_KEYS = 1000;

/** `speak` is called with how many were held back since the last time. */
export type OncePerMinute = (key: string, speak: (heldBack: number) => void) => void;

/** `nowMs` is monotonic. */
export function createOncePerMinute(nowMs: () => number): OncePerMinute {
  const spoken = new Map<string, { readonly atMs: number; heldBack: number }>();
  return (key, speak) => {
    const last = spoken.get(key);
    if (last !== undefined && nowMs() - last.atMs < QUIET_MS) {
      last.heldBack += 1;
      return;
    }
    spoken.delete(key);
    const oldest = spoken.size >= MAX_KEYS ? spoken.keys().next().value : undefined;
    if (oldest !== undefined) spoken.delete(oldest);
    spoken.set(key, { atMs: nowMs(), heldBack: 0 });
    speak(last?.heldBack ?? 0);
  };
}
