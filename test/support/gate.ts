/** @module A door that a test opens by hand, to hold a scripted answer at an exact point. */

export type Gate = {
  readonly opened: Promise<void>;
  open(): void;
};

/** A closed gate; whoever awaits `opened` goes on once `open()` is called. */
export function createGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: () => resolve() };
}

/** The value of `promise`, or an error naming `what` when it did not come in time. */
export async function within<T>(promise: Promise<T>, what: string, timeoutMs = 10_000): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`timed out after ${timeoutMs} ms: ${what}`)), timeoutMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks `probe` again until it answers something else than undefined; an error naming `what` when it never does. */
export async function eventually<T>(
  probe: () => Promise<T | undefined> | T | undefined,
  what: string,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let pauseMs = 5;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`timed out after ${timeoutMs} ms: ${what}`);
    await Bun.sleep(pauseMs);
    pauseMs = Math.min(pauseMs * 1.5, 100);
  }
}
