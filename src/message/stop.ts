/** @module How a child process ends: when its parent says so or is gone, not by a signal that every process of a group gets. */

const STOP = { type: "stop" } as const;

/** What the parent sends; a child that hears nothing yet ends by the SIGTERM beside it. */
export const STOP_MESSAGE: object = STOP;

/**
 * Calls `end` once, when it is time. A terminal's Ctrl-C, `timeout` and service managers signal all processes: the
 * parent drains then, and needs its children until it is done. Without a parent the signals end it, as usual.
 * @returns takes the listeners off again
 */
export function onStop(end: () => void): () => void {
  const hasParent = process.send !== undefined;
  let ended = false;
  const endOnce = (): void => {
    if (!ended) end();
    ended = true;
  };
  const onSignal = (): void => {
    if (!hasParent) endOnce();
  };
  const onMessage = (message: unknown): void => {
    if (isStop(message)) endOnce();
  };
  process.on("message", onMessage);
  process.on("disconnect", endOnce);
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  return () => {
    process.off("message", onMessage);
    process.off("disconnect", endOnce);
    process.off("SIGTERM", onSignal);
    process.off("SIGINT", onSignal);
  };
}

function isStop(message: unknown): boolean {
  return typeof message === "object" && message !== null && "type" in message && message.type === STOP.type;
}
