/** @module Does the writes that other processes ask for, one after the other, beside the recorder's own work. */

import type { ObjectSnapshot } from "../domain/stored-object.ts";
import type { Write, WriteName, WriteResult } from "../message/write.ts";
import type { ObjectWriter } from "../store/store.ts";

/** Executors by name of the write. One that throws is answered as `unavailable`. */
export type WriteExecutors = {
  readonly [Name in WriteName]: (write: Extract<Write, { readonly name: Name }>) => Promise<WriteResult>;
};

export type Writes = {
  /** Never rejects. */
  execute(write: Write): Promise<WriteResult>;
};

/** Long work that has its own place in the recorder: it is asked for here, and other writes do not wait for it. */
export type PriceCommands = Pick<WriteExecutors, "refresh-prices" | "backfill-costs">;

/** Tries before a store that is locked or full is given up on, and the pause between them. */
const TRIES = 4;
const PAUSE_MS = 150;

/** Writes that change objects are followed by `onObjects` before they are answered. */
export function createWrites(options: {
  readonly writer: ObjectWriter;
  readonly onObjects: (snapshot: ObjectSnapshot) => void;
  readonly now: () => number;
  readonly prices: PriceCommands;
}): Writes {
  const { writer, onObjects, now } = options;

  const executors: WriteExecutors = {
    ...options.prices,
    async "put-object"({ kind, id, value, expectVersion }) {
      const put = await again(() =>
        writer.putObject({ kind, id, value, atMs: now(), ...(expectVersion === undefined ? {} : { expectVersion }) }),
      );
      if (put === undefined) {
        const what = expectVersion === 0 ? "exists already" : "was changed meanwhile";
        return { ok: false, code: "conflict", message: `The ${kind} ${id} ${what}.` };
      }
      onObjects(await writer.readObjects());
      return { ok: true, value: put };
    },
    async "put-objects"({ puts }) {
      const atMs = now();
      await again(() => writer.putObjects(puts.map((put) => ({ ...put, atMs }))));
      onObjects(await writer.readObjects());
      return { ok: true, value: null };
    },
    async "delete-object"({ kind, id }) {
      const isDeleted = await again(() => writer.deleteObject(kind, id));
      if (!isDeleted) return { ok: false, code: "not_found", message: `There is no ${kind} ${id}.` };
      onObjects(await writer.readObjects());
      return { ok: true, value: null };
    },
  };

  let last: Promise<unknown> = Promise.resolve();
  return {
    execute(write) {
      if (Object.hasOwn(options.prices, write.name)) return run(executors, write);
      const result = last.then(() => run(executors, write));
      last = result;
      return result;
    },
  };
}

async function run(executors: WriteExecutors, write: Write): Promise<WriteResult> {
  if (!Object.hasOwn(executors, write.name)) {
    return { ok: false, code: "invalid", message: "There is no such write." };
  }
  // The executor of a name takes the write of that name.
  const execute = executors[write.name] as (write: Write) => Promise<WriteResult>;
  try {
    return await execute(write);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, code: "unavailable", message: `The store did not take it: ${message}` };
  }
}

async function again<Value>(attempt: () => Promise<Value>): Promise<Value> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries >= TRIES || error instanceof TypeError || error instanceof RangeError) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, PAUSE_MS);
      });
    }
  }
}
