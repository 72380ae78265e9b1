/** @module Every write that the api or the proxy asks of the recorder, the one process that writes the store. */

import type { ObjectKind, ObjectSnapshot } from "../domain/stored-object.ts";
import type { BackfillRequest } from "./backfill.ts";

/** One change, done whole or not at all. A kind of write is one member here and one executor in `record/writes.ts`. */
export type Write =
  | {
      readonly name: "put-object";
      readonly kind: ObjectKind;
      readonly id: string;
      readonly value: unknown;
      /** What must be there before: nothing (0) or this version; absent = whatever is there. */
      readonly expectVersion?: number;
    }
  /** All of them, whatever is there before. */
  | {
      readonly name: "put-objects";
      readonly puts: readonly { readonly kind: ObjectKind; readonly id: string; readonly value: unknown }[];
    }
  | { readonly name: "delete-object"; readonly kind: ObjectKind; readonly id: string }
  | { readonly name: "refresh-prices" }
  | { readonly name: "backfill-costs"; readonly request: BackfillRequest };

export type WriteName = Write["name"];

/** `conflict` and `not_found` are answers; `unavailable` may be tried again. */
export type WriteResult =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly code: "conflict" | "not_found" | "invalid" | "unavailable";
      readonly message: string;
    };

/** Goes api → proxy → recorder; the answer comes back under the same `id` after the commit. */
export type WriteMessage = { readonly type: "write"; readonly id: number; readonly write: Write };
export type WriteResultMessage = { readonly type: "write-result"; readonly id: number; readonly result: WriteResult };
/** Goes recorder → proxy at the start and after each change of an object. */
export type SnapshotMessage = { readonly type: "snapshot"; readonly snapshot: ObjectSnapshot };

export type BusMessage = WriteMessage | WriteResultMessage | SnapshotMessage;

const PAYLOAD = { write: "write", "write-result": "result", snapshot: "snapshot" } as const;

/** Reads a message of another of our processes; undefined for anything else that may come over the channel. */
export function parseBusMessage(message: unknown): BusMessage | undefined {
  if (typeof message !== "object" || message === null || !("type" in message)) return undefined;
  const { type } = message;
  if (type !== "write" && type !== "write-result" && type !== "snapshot") return undefined;
  const payload: unknown = (message as Record<string, unknown>)[PAYLOAD[type]];
  if (typeof payload !== "object" || payload === null) return undefined;
  if (type !== "snapshot" && !("id" in message && typeof message.id === "number")) return undefined;
  // Sent by our own processes, which run the same version of this file.
  return message as BusMessage;
}
