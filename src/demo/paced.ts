/** @module A body that comes in pieces with pauses between them, and may break off. */

import { sleep } from "./sleep.ts";

export type PacedOptions = {
  readonly pieces: readonly string[];
  /** Milliseconds to wait before each further piece. */
  readonly pauseMs: () => number;
  /** Break the connection after this many pieces. */
  readonly cutAfter: number | undefined;
  /** Ends the waiting when the client is gone or the provider stops. */
  readonly signal: AbortSignal;
};

/** What was written just before a stream fails is not sent, the head of the answer included. Seen with Bun 1.4.5. */
const FLUSH_MS = 25;

/** Pulled, so that a client that does not read holds it back. */
export function toPacedBody({ pieces, pauseMs, cutAfter, signal }: PacedOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next = 0;
  return new ReadableStream({
    async pull(controller) {
      if (next > 0) await sleep(next === cutAfter ? Math.max(pauseMs(), FLUSH_MS) : pauseMs(), signal);
      const piece = pieces[next];
      if (signal.aborted) controller.error(new Error("the demo stopped"));
      else if (next === cutAfter) controller.error(new Error("cut on purpose"));
      else if (piece === undefined) controller.close();
      else {
        next += 1;
        controller.enqueue(encoder.encode(piece));
        if (next === pieces.length) controller.close();
      }
    },
  });
}
