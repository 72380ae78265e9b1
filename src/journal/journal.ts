/** @module The journal as the proxy sees it: appends that never throw and never wait for a disk flush. */

import type { BodyEntry, EndEntry, HeadEntry, ResponseHeadEntry } from "./entry.ts";

/** Counters since start; sizes in bytes. Shown on /health and the dashboard. */
export type JournalStats = {
  /** `memory` = the disk failed or was slow: entries wait in memory, bounded, and the disk is tried again every second. */
  readonly mode: "disk" | "memory";
  readonly segments: number;
  readonly bytesOnDisk: number;
  readonly bytesInMemory: number;
  readonly appendedEntries: number;
  /** Entries that could not be kept, by kind; 0 is the promise. */
  readonly lostEntries: number;
  readonly lostHeads: number;
  readonly lostBodyBytes: number;
  /** Whole body segments dropped because of the size bound. */
  readonly droppedSegments: number;
  /** Log segments dropped because body segments alone did not free enough. */
  readonly droppedLogSegments: number;
  /** Bytes of both. */
  readonly droppedBytes: number;
  readonly writeErrors: number;
  readonly slowWrites: number;
  /** Free disk is under the guard: body entries are refused until there is room again. */
  readonly diskLow: boolean;
  readonly refusedBodyBytes: number;
  readonly lastError?: string;
  readonly lastErrorAtMs?: number;
};

/** Appends are synchronous, cost one memcpy and report failure only through `stats()`. */
export interface Journal {
  /**
   * Joins the burst that is written at the end of this turn of the event loop, or is written at once where no other
   * exchange runs: await `settled()` before forwarding.
   */
  head(entry: HeadEntry): void;
  responseHead(entry: ResponseHeadEntry): void;
  /** Copied and buffered; written with the next burst (at most 5 ms or 256 KiB later), body series first. */
  body(entry: BodyEntry): void;
  /** Joins the burst too; bodies are written first. Await `settled()` before the client is given the last byte. */
  end(entry: EndEntry): void;
  /**
   * Resolves when every head and end so far has been handed to the system (so that it survives `kill -9`) or has gone
   * to memory; never rejects. One promise and at most two write calls serve all requests of a burst.
   */
  settled(): Promise<void>;
  /** True while free disk is under the guard: bodies offered now are refused and counted. */
  readonly refusesBodies: boolean;
  stats(): JournalStats;
  /** Writes what is buffered and closes the files. */
  close(): void;
}
