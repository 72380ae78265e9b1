/** @module A small answer of declared length is waited for, so that it goes to the client in one piece and with that length. */

import { createPatience, type Patience } from "./patience.ts";

/** Answers of a declared length up to this are gathered while they come fast, and sent in one piece with their length. */
const GATHER_BYTES = 1024 * 1024;
/** How long gathering may take before the pieces so far are sent on and the rest is streamed. */
const GATHER_MS = 10;

/** What the upstream sent next; a failure is a value, so that nothing is thrown twice. */
export type Piece =
  | { readonly done: false; readonly value: Uint8Array }
  | { readonly done: true; readonly value?: Uint8Array | undefined }
  | { readonly failed: unknown };

export type PieceSource = { next(): Promise<Piece> };

export type Gathered =
  | { readonly isWhole: true; readonly pieces: readonly Uint8Array[] }
  | {
      readonly isWhole: false;
      readonly pieces: readonly Uint8Array[];
      /** The piece that was waited for when the time was over, or what ended the answer too early. */
      readonly pending: Promise<Piece>;
    };

const EMPTY: Gathered = { isWhole: true, pieces: [] };

/** True when an answer of this declared length is worth gathering. */
export function isGatherable(length: number | undefined): length is number {
  return length !== undefined && length <= GATHER_BYTES;
}

/** One for the whole process: all answers that are gathered share its timer. */
export function createGatherPatience(now: () => number): Patience {
  return createPatience(GATHER_MS, now);
}

/**
 * Bun frames a streamed answer as chunked and drops its declared length, so a small answer is sent as one buffer when
 * all of it is here within a few milliseconds. It also costs half of what a stream does.
 */
export function gather(source: PieceSource, length: number, patience: Patience): Gathered | Promise<Gathered> {
  if (length === 0) return EMPTY;
  return new Promise((resolve) => {
    const pieces: Uint8Array[] = [];
    let size = 0;
    let pending = source.next();
    const wait = patience.wait(() => resolve({ isWhole: false, pieces, pending }));
    const take = (piece: Piece): void => {
      // Late: whoever got `pending` takes this piece.
      if (wait.onLate === undefined) return;
      if ("failed" in piece || piece.done) {
        wait.onLate = undefined;
        resolve({ isWhole: false, pieces, pending });
        return;
      }
      pieces.push(piece.value);
      size += piece.value.length;
      if (size < length) {
        pending = source.next();
        void pending.then(take);
        return;
      }
      // One more read would only meet the end; what is declared has come.
      wait.onLate = undefined;
      resolve({ isWhole: true, pieces });
    };
    void pending.then(take);
  });
}
