/** @module Questions over a process channel: each gets its answer, or a refusal at its deadline. */

import type { Write, WriteMessage, WriteResult, WriteResultMessage } from "./write.ts";

export type Asker = {
  /** Never rejects. */
  ask(write: Write): Promise<WriteResult>;
  /** Takes the answer to an earlier question; one that comes too late is passed over. */
  receive(message: WriteResultMessage): void;
  /** Refuses all that still wait: whoever would have answered is gone. */
  refuseAll(why: string): void;
};

export type AskerOptions = {
  /** False when there is no one to send to. */
  readonly send: (message: WriteMessage) => boolean;
  readonly timeoutMs?: number;
  /** Questions under way at once; more are refused. */
  readonly maxWaiting?: number;
};

type Waiting = { readonly resolve: (result: WriteResult) => void; readonly timer: ReturnType<typeof setTimeout> };

/**
 * A write that was refused as `unavailable` may have been done all the same: what asks again must make sure that doing
 * it twice is no harm.
 */
export function createAsker(options: AskerOptions): Asker {
  const { send, timeoutMs = 10_000, maxWaiting = 1000 } = options;
  const waiting = new Map<number, Waiting>();
  let lastId = 0;

  function settle(id: number, result: WriteResult): void {
    const found = waiting.get(id);
    if (found === undefined) return;
    waiting.delete(id);
    clearTimeout(found.timer);
    found.resolve(result);
  }

  return {
    ask(write) {
      if (waiting.size >= maxWaiting) return Promise.resolve(unavailable("Too many writes are under way."));
      const { promise, resolve } = Promise.withResolvers<WriteResult>();
      const id = (lastId += 1);
      const timer = setTimeout(() => settle(id, unavailable("The recorder did not answer in time.")), timeoutMs);
      waiting.set(id, { resolve, timer });
      if (!send({ type: "write", id, write })) settle(id, unavailable("The recorder is not running."));
      return promise;
    },
    receive({ id, result }) {
      settle(id, result);
    },
    refuseAll(why) {
      for (const id of waiting.keys()) settle(id, unavailable(why));
    },
  };
}

function unavailable(message: string): WriteResult {
  return { ok: false, code: "unavailable", message };
}
