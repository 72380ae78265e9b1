/** @module Waits between two tries: they end early when the client goes, and all at once when the program stops. */

/** How a wait ended. */
export type WaitEnd = "over" | "gone" | "stopping";

export type Waits = {
  wait(ms: number, gone: AbortSignal): Promise<WaitEnd>;
  /** Ends all waits, and every later one at once. */
  stop(): void;
};

export function createWaits(): Waits {
  const running = new Set<(end: WaitEnd) => void>();
  let stopping = false;
  return {
    wait(ms, gone) {
      if (gone.aborted) return Promise.resolve("gone");
      if (stopping) return Promise.resolve("stopping");
      return new Promise((resolve) => {
        const onGone = (): void => finish("gone");
        const finish = (end: WaitEnd): void => {
          clearTimeout(timer);
          gone.removeEventListener("abort", onGone);
          running.delete(finish);
          resolve(end);
        };
        const timer = setTimeout(finish, ms, "over");
        gone.addEventListener("abort", onGone);
        running.add(finish);
      });
    },
    stop() {
      stopping = true;
      for (const finish of running) finish("stopping");
    },
  };
}
