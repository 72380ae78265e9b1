/** @module The live feed: rows that changed, to every open page, by server-sent events. */

import type { StoreReader } from "../store/store.ts";
import { ApiError } from "./error.ts";
import { toRequestRow } from "./rows.ts";
import type { StatusBoard } from "./status.ts";

export type LiveOptions = {
  readonly reader: Pick<StoreReader, "lastChangeSeq" | "listChanges">;
  readonly board: StatusBoard;
  readonly pollMs?: number;
  readonly heartbeatMs?: number;
  readonly maxListeners?: number;
};

/** Rows in one event; a page that is further behind than {@link MAX_BEHIND} is told to read anew instead. */
const BATCH = 200;
const MAX_BEHIND = 2_000;

type Listener = {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  seq: number;
  sentAt: number;
  lastStatus: string;
};

/**
 * Follows `change_seq` while someone listens. Events: `hello` {seq}, `rows` {seq, rows},
 * `reset` {seq} (too much was missed), `status` (as `/admin/api/status`). A listener that does not
 * read is skipped and catches up later or is reset: nothing piles up for it.
 */
export class LiveFeed {
  readonly #options: Required<LiveOptions>;
  readonly #listeners = new Set<Listener>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LiveOptions) {
    this.#options = { pollMs: 100, heartbeatMs: 15_000, maxListeners: 64, ...options };
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** A stream of events after `after`; from now on when absent. Throws `too_many_listeners`. */
  async open(after: number | undefined): Promise<Response> {
    if (this.#listeners.size >= this.#options.maxListeners) {
      throw new ApiError("too_many_listeners", `At most ${this.#options.maxListeners} pages can be live at once.`);
    }
    const last = await this.#options.reader.lastChangeSeq().catch(() => 0);
    // A number from another store (a new data directory under an open page) lies ahead of everything.
    const seq = after === undefined || after > last ? last : after;
    let listener: Listener | undefined;
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          listener = { controller, seq, sentAt: Date.now(), lastStatus: "" };
          this.#listeners.add(listener);
          send(listener, "hello", { seq });
          this.#schedule();
        },
        cancel: () => {
          if (listener) this.#listeners.delete(listener);
        },
      },
      { highWaterMark: 16 },
    );
    return new Response(stream, {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
        "x-content-type-options": "nosniff",
      },
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const listener of this.#listeners) listener.controller.close();
    this.#listeners.clear();
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#listeners.size === 0) return;
    this.#timer = setTimeout(() => {
      void this.#poll().finally(() => {
        this.#timer = undefined;
        this.#schedule();
      });
    }, this.#options.pollMs);
  }

  async #poll(): Promise<void> {
    let last: number | undefined;
    try {
      last = await this.#options.reader.lastChangeSeq();
      for (const listener of this.#listeners) if (isReading(listener)) await this.#catchUp(listener, last);
    } catch {
      // The store is away: heartbeats and status go on, and rows follow when it is back.
    }
    const { board, heartbeatMs } = this.#options;
    const status = { status: board.status, age_ms: board.ageMs, recording: board.recording };
    const fingerprint = JSON.stringify([status.status, status.recording]);
    for (const listener of this.#listeners) {
      if (!isReading(listener)) continue;
      if (listener.lastStatus !== fingerprint) {
        listener.lastStatus = fingerprint;
        send(listener, "status", { ...status, last_change_seq: last ?? listener.seq });
      } else if (Date.now() - listener.sentAt >= heartbeatMs) {
        write(listener, ": still here\n\n");
      }
    }
  }

  async #catchUp(listener: Listener, last: number): Promise<void> {
    if (last === listener.seq) return;
    // Behind what was seen already: the store was put back to an earlier state under open pages.
    if (last < listener.seq || last - listener.seq > MAX_BEHIND) {
      listener.seq = last;
      send(listener, "reset", { seq: last });
      return;
    }
    const changed = await this.#options.reader.listChanges(listener.seq, BATCH);
    const newest = changed.at(-1);
    if (newest === undefined) return;
    listener.seq = newest.changeSeq;
    send(listener, "rows", { seq: listener.seq, rows: changed.map(toRequestRow) });
  }
}

function isReading(listener: Listener): boolean {
  return (listener.controller.desiredSize ?? 0) > 0;
}

const encoder = new TextEncoder();

function send(listener: Listener, event: string, value: unknown): void {
  write(listener, `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`);
}

function write(listener: Listener, text: string): void {
  try {
    listener.controller.enqueue(encoder.encode(text));
    listener.sentAt = Date.now();
  } catch {
    // Closed between two events; its cancel takes it off the list.
  }
}
