/** @module What recorder and api tell the proxy process about themselves once a second. */

import type { BackfillResult } from "./backfill.ts";
import type { Counts } from "./counts.ts";
import type { TokenUse } from "./token-use.ts";

export type RecorderStatus = {
  /** Journal bytes on disk that were not read yet. */
  readonly backlogBytes: number;
  readonly openExchanges: number;
  /** Final rows written since start. */
  readonly committedExchanges: number;
  /** Epoch ms; absent before the first commit. */
  readonly lastCommitAtMs?: number;
  /** How long ago everything the journal held was in the store; 0 = it is now. */
  readonly lagMs: number;
  /** Write calls that failed. */
  readonly storeErrors: number;
  readonly lastStoreError?: string;
  /** Since when writes have failed without one that went well; absent when the last one did. */
  readonly storeFailingMs?: number;
  /** Batches that were written only after at least one failure. */
  readonly retriedWrites: number;
  /** Rows the store refused although it was well: stored bare, or not at all. */
  readonly bareRows: number;
  readonly refusedRows: number;
  /** Exchanges stored unread because the recorder crashed on them twice. */
  readonly quarantined: number;
  /** Exchanges whose bodies were cut for the memory bound. */
  readonly cutExchanges: number;
  /** Journal segments that were gone before they were read, and frames that were damaged. */
  readonly lostSegments: number;
  readonly corruptFrames: number;
  /** Body bytes received over the link, and those that found no exchange. */
  readonly linkBytes: number;
  readonly droppedLinkBytes: number;
  /** Bodies deleted because they were older than the retention. */
  readonly trimmedCaptures: number;
  /** Background work of its own. */
  readonly loops?: readonly LoopStatus[];
  readonly memoryBytes?: number;
  /** Absent in a process without prices. */
  readonly prices?: PriceStatus;
};

/** The prices in force. Times are epoch ms. */
export type PriceStatus = {
  readonly rows: number;
  readonly fetchedRows: number;
  readonly fetchedAtMs?: number;
  /** Absent where prices are not fetched. */
  readonly nextTryAtMs?: number;
  /** Why the last fetch brought nothing. */
  readonly lastError?: string;
  readonly backfill?: BackfillResult & { readonly atMs: number };
};

/** One loop of background work; `failures` counts those since its last success. */
export type LoopStatus = {
  readonly name: string;
  readonly failures: number;
  readonly lastSuccessAgeMs?: number;
  readonly lastErrorAgeMs?: number;
  readonly lastError?: string;
};

export type ApiStatus = {
  readonly listening: boolean;
  readonly memoryBytes?: number;
};

/** Messages of the children, told apart by `type`. */
export type ChildMessage =
  | { readonly type: "recorder-status"; readonly status: RecorderStatus }
  | { readonly type: "recorder-counts"; readonly status: Counts }
  | { readonly type: "recorder-tokens"; readonly status: { readonly uses: readonly TokenUse[] } }
  | { readonly type: "api-status"; readonly status: ApiStatus };

const TYPES: ReadonlySet<unknown> = new Set(["recorder-status", "recorder-counts", "recorder-tokens", "api-status"]);

/** Reads a message of a child; undefined for anything else that may come over the channel. */
export function parseChildMessage(message: unknown): ChildMessage | undefined {
  if (typeof message !== "object" || message === null || !("type" in message) || !("status" in message)) {
    return undefined;
  }
  if (!TYPES.has(message.type) || typeof message.status !== "object" || message.status === null) return undefined;
  // Sent by our own children, which run the same version of this file.
  return message as ChildMessage;
}
