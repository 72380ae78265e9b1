/** @module The live feed of the api, shared by all views: one connection, rows in batches, one redraw per batch. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { RequestRow, StatusAnswer } from "../src/api/contract.ts";

export type LiveState = "connecting" | "live" | "away";

/** What a view hears: rows that are new or changed, or that it missed so many that it should read anew. */
export type LiveEvent = { readonly type: "rows"; readonly rows: readonly RequestRow[] } | { readonly type: "reset" };

export const liveState = signal<LiveState>("connecting");
export const statusAnswer = signal<StatusAnswer | undefined>(undefined);

const listeners = new Set<(event: LiveEvent) => void>();
const FLUSH_MS = 100;
const MAX_PENDING = 1000;

let seq: number | undefined;
let pending: RequestRow[] = [];
let flushTimer: ReturnType<typeof setTimeout> | undefined;
let retryMs = 500;
let stop: (() => void) | undefined;

/** Calls `listener` with what happens, for as long as the component is shown. */
export function useLive(listener: (event: LiveEvent) => void, inputs: readonly unknown[]): void {
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
    // The caller says what its listener depends on.
  }, [...inputs]);
}

/** Opens the feed and keeps it open: after a break it goes on where it stopped. */
export function startLive(): void {
  stop?.();
  const source = new EventSource(`/admin/api/live${seq === undefined ? "" : `?after=${seq}`}`);
  stop = () => source.close();
  source.addEventListener("hello", (event) => {
    seq = parseSeq(event) ?? seq;
    liveState.value = "live";
    retryMs = 500;
  });
  source.addEventListener("rows", (event) => {
    // Our own api, by its contract.
    const message = parse(event) as { seq: number; rows: RequestRow[] } | undefined;
    if (message === undefined) return;
    seq = message.seq;
    pending.push(...message.rows);
    flushTimer ??= setTimeout(flush, FLUSH_MS);
  });
  source.addEventListener("reset", (event) => {
    seq = parseSeq(event) ?? seq;
    tell({ type: "reset" });
  });
  source.addEventListener("status", (event) => {
    statusAnswer.value = (parse(event) as StatusAnswer | undefined) ?? statusAnswer.value;
  });
  source.addEventListener("error", () => {
    // The browser's own retry would start from now; ours goes on after the last row seen.
    source.close();
    liveState.value = "away";
    const retry = setTimeout(startLive, retryMs);
    stop = () => clearTimeout(retry);
    retryMs = Math.min(retryMs * 2, 10_000);
  });
}

/** Closes the feed until it is started again; what was missed by then is told when it is. */
export function stopLive(): void {
  stop?.();
  stop = undefined;
  retryMs = 500;
  liveState.value = "connecting";
}

function flush(): void {
  flushTimer = undefined;
  const rows = pending;
  pending = [];
  tell(rows.length > MAX_PENDING ? { type: "reset" } : { type: "rows", rows });
}

function tell(event: LiveEvent): void {
  for (const listener of listeners) listener(event);
}

function parseSeq(event: MessageEvent): number | undefined {
  return (parse(event) as { seq?: number } | undefined)?.seq;
}

function parse(event: MessageEvent): unknown {
  try {
    return JSON.parse(String(event.data));
  } catch {
    return undefined;
  }
}
