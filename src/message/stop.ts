/** @module How a child process ends: when its parent says so or is gone, not by a signal that every process of a group gets. */

const STOP = { type: "stop" } as const;

/** What the parent sends; a child that hears nothing yet ends by the SIGTERM beside it. */
export const STOP_MESSAGE: object = STOP;

/** What a terminal, `timeout` and service managers send to all processes. */
const GROUP_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/**
 * Calls `end` once, when it is time. At a signal to all processes the parent drains, and needs its children until it is
 * done. Without a parent the signals end it, as usual. Must be called in the turn of the first listener for messages:
 * that opens the channel, and a parent that is gone is told only once.
 * @returns takes the listeners off again; signals that were not heeded stay so, since the end may still take its time
 */
export function onStop(end: () => void): () => void {
  const hasParent = process.send !== undefined;
  let ended = false;
  const endOnce = (): void => {
    if (!ended) end();
    ended = true;
  };
  const onSignal = (): void => {
    if (!hasParent || !process.connected) endOnce();
  };
  const onMessage = (message: unknown): void => {
    if (isStop(message)) endOnce();
  };
  process.on("message", onMessage);
  process.on("disconnect", endOnce);
  for (const signal of GROUP_SIGNALS) process.on(signal, onSignal);
  return () => {
    process.off("message", onMessage);
    process.off("disconnect", endOnce);
    if (!hasParent) for (const signal of GROUP_SIGNALS) process.off(signal, onSignal);
  };
}

function isStop(message: unknown): boolean {
  return typeof message === "object" && message !== null && "type" in message && message.type === STOP.type;
}
