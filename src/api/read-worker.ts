/** @module The child process that answers slow reads: one question at a time, until its parent is gone or kills it. What it reads is read to its end. */

import { onStop } from "../message/stop.ts";
import { StoreError } from "../store/error.ts";
import type { StoreReader } from "../store/store.ts";
import { type ReadAnswer, type ReadRequest, SLOW_READS } from "./reads.ts";

/**
 * Answers questions from the parent's channel with a reader of its own. The reader is opened at the
 * first question, and again if that failed: the store may not be there when the api starts.
 */
export function runReadWorker(options: { readonly openReader: () => Promise<StoreReader> }): void {
  let reader: Promise<StoreReader> | undefined;
  onStop(() => process.exit(0));
  process.on("message", (message: unknown) => {
    const request = parseRequest(message);
    if (request === undefined) return;
    reader ??= options.openReader();
    const opened = reader;
    void answer(opened, request).then((result) => {
      process.send?.(result);
      if (result.ok || result.code === "bad_parameter") return;
      // A reader that failed is not trusted again; closing it is all that is left to do.
      reader = undefined;
      void opened.then((failed) => failed.close()).catch(() => undefined);
    });
  });
}

async function answer(reader: Promise<StoreReader>, request: ReadRequest): Promise<ReadAnswer> {
  try {
    const store = await reader;
    // The parent's pool typed the arguments by the same method of the same contract.
    const read = store[request.method] as (...args: readonly unknown[]) => Promise<unknown>;
    return { id: request.id, ok: true, value: await read.apply(store, [...request.args]) };
  } catch (error) {
    const message = error instanceof Error ? error.message : "unknown fault";
    if (error instanceof StoreError && error.code === "bad_cursor") {
      return { id: request.id, ok: false, code: "bad_parameter", message };
    }
    return { id: request.id, ok: false, code: "store_unavailable", message: `The store could not be read: ${message}` };
  }
}

function parseRequest(message: unknown): ReadRequest | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const { id, method, args } = message as Partial<ReadRequest>; // each field is checked on the next line
  if (typeof id !== "number" || !Array.isArray(args) || !SLOW_READS.some((known) => known === method)) return undefined;
  return { id, method: method as ReadRequest["method"], args };
}
