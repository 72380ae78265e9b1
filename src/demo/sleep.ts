/** @module Waiting that a signal can end, so that a demo stops at once. */

/** Resolves after the time or as soon as the signal aborts, whichever is first; never rejects. Unit: milliseconds. */
export function sleep(durationMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted || durationMs <= 0) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const finish = (): void => {
    clearTimeout(timer);
    signal.removeEventListener("abort", finish);
    resolve();
  };
  const timer = setTimeout(finish, durationMs);
  signal.addEventListener("abort", finish, { once: true });
  return promise;
}
