/** @module The recorder's loop: journal → assembler → store, the cursor committed with the rows it stands for. */

import type { BodyEntry } from "../journal/entry.ts";
import type { JournalReader, ReadEntry } from "../journal/reader.ts";
import type { RecorderStatus } from "../message/status.ts";
import type { StoreWriter } from "../store/store.ts";
import type { Assembler } from "./assemble.ts";
import type { Backfill } from "./backfill.ts";
import { Batch, type BatchOptions } from "./batch.ts";
import { LoopState } from "./loop-state.ts";
import type { PoisonMark } from "./poison.ts";
import { Retention } from "./retention.ts";
import type { SessionBook } from "./session-book.ts";

export type RecorderOptions = {
  readonly journal: JournalReader;
  readonly writer: StoreWriter;
  readonly assembler: Assembler;
  readonly poison?: PoisonMark;
  /** Absent = exchanges keep the sessions that they name themselves. */
  readonly sessions?: SessionBook | undefined;
  /** Prices what had no price, while there is nothing else to do. */
  readonly backfill?: Pick<Backfill, "sweep"> | undefined;
  /** Bodies older than this are deleted; undefined keeps them. */
  readonly retentionBodiesMs?: number | undefined;
  /** Pause between two looks at an idle journal. */
  readonly pollMs?: number;
  readonly batch?: Pick<BatchOptions, "maxRows" | "maxBytes" | "retryMs" | "maxRetryMs" | "onCommitted">;
  readonly nowMs?: () => number;
  readonly monotonicMs?: () => number;
};

/** Memory of one look at the journal; between two of them the process answers signals and the link. */
const SLICE_BYTES = 2 * 1024 * 1024;
/** Rows wait no longer than this for others to share a transaction with. */
const BATCH_MS = 100;
const PRUNE_MS = 1000;
/** Pause between two looks while draining. */
const LINK_LOOK_MS = 5;
/** Pause between two slices of work that is only done while there is nothing else to do. */
const SLICE_PAUSE_MS = 5;

export class Recorder {
  readonly #options: Required<
    Omit<RecorderOptions, "poison" | "sessions" | "backfill" | "retentionBodiesMs" | "batch">
  >;
  readonly #poison: PoisonMark | undefined;
  readonly #sessions: SessionBook | undefined;
  readonly #batch: Batch;
  readonly #retention: Retention;
  readonly #backfill: Pick<Backfill, "sweep"> | undefined;
  readonly #retentionLoop: LoopState;
  readonly #backfillLoop: LoopState;
  readonly #stop = new AbortController();
  /** Set by `stop`: reading goes on until then. */
  #drainUntilMs: number | undefined;
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  /** Until the first time the journal was read to its end, heads may be known to the store already. */
  #isReplaying = true;
  #batchSinceMs = 0;
  #committedCursor: string | undefined;
  #prunedAtMs = Number.NEGATIVE_INFINITY;
  #caughtUpAtMs: number;
  #linkBytes = 0;

  constructor(options: RecorderOptions) {
    const defaults = { pollMs: 40, nowMs: Date.now, monotonicMs: () => performance.now() };
    this.#options = { ...defaults, ...options };
    this.#poison = options.poison;
    this.#sessions = options.sessions;
    this.#backfill = options.backfill;
    const { writer, nowMs, monotonicMs } = this.#options;
    this.#batch = new Batch({ ...options.batch, writer, nowMs, signal: this.#stop.signal });
    this.#retention = new Retention({ writer, bodiesMs: options.retentionBodiesMs, nowMs, monotonicMs });
    this.#retentionLoop = new LoopState("retention", monotonicMs);
    this.#backfillLoop = new LoopState("cost-backfill", monotonicMs);
    this.#caughtUpAtMs = monotonicMs();
  }

  /** Runs until `stop`. Rejects on faults of our own only: the process ends then and is started again. */
  run(): Promise<void> {
    this.#running ??= this.#loop();
    return this.#running;
  }

  /** Reads and writes on for at most `drainMs`, then returns; what is not committed stays in the journal. */
  async stop(drainMs: number): Promise<void> {
    this.#drainUntilMs = this.#options.monotonicMs() + drainMs;
    const timer = setTimeout(() => this.#stop.abort(), drainMs);
    this.#wake?.();
    await this.#running;
    clearTimeout(timer);
  }

  /** Takes a body piece that came over the link. */
  pushLinkBody(entry: BodyEntry): void {
    this.#linkBytes += entry.bytes.length;
    this.#options.assembler.pushLinkBody(entry, this.#options.monotonicMs());
  }

  status(): RecorderStatus {
    const { journal, assembler, monotonicMs } = this.#options;
    const { lastCommitAtMs, lastStoreError, failingSinceMs, ...counts } = this.#batch.stats;
    const { openExchanges, quarantined, cutExchanges, droppedLinkBytes } = assembler.stats();
    const { vanishedSegments, corruptFrames } = journal.damage();
    const backlogBytes = journal.backlogBytes();
    const isCaughtUp = backlogBytes === 0 && this.#batch.isEmpty;
    return {
      ...counts,
      backlogBytes,
      openExchanges,
      quarantined,
      cutExchanges,
      droppedLinkBytes,
      linkBytes: this.#linkBytes,
      lagMs: isCaughtUp ? 0 : monotonicMs() - this.#caughtUpAtMs,
      lostSegments: vanishedSegments,
      corruptFrames,
      trimmedCaptures: this.#retention.trimmed,
      loops: [this.#retentionLoop.status(), ...(this.#backfill === undefined ? [] : [this.#backfillLoop.status()])],
      ...(lastCommitAtMs === undefined ? {} : { lastCommitAtMs }),
      ...(lastStoreError === undefined ? {} : { lastStoreError }),
      ...(failingSinceMs === undefined ? {} : { storeFailingMs: this.#options.nowMs() - failingSinceMs }),
    };
  }

  async #loop(): Promise<void> {
    const { pollMs, monotonicMs, assembler } = this.#options;
    for (;;) {
      const isDraining = this.#drainUntilMs !== undefined;
      const isCaughtUp = await this.#readToEnd();
      if (!isCaughtUp || this.#isOver()) return;
      this.#caughtUpAtMs = monotonicMs();
      // Only bytes on their way over the link are still worth waiting for.
      if (isDraining && assembler.stats().endingExchanges === 0) return;
      const hasMore = !isDraining && (await this.#sweep());
      await this.#sleep(isDraining ? LINK_LOOK_MS : hasMore ? Math.min(pollMs, SLICE_PAUSE_MS) : pollMs);
    }
  }

  /** False when it was stopped before. */
  async #readToEnd(): Promise<boolean> {
    const { journal, assembler, monotonicMs, nowMs } = this.#options;
    for (;;) {
      const entries = journal.poll(SLICE_BYTES);
      if (!(await this.#assemble(entries))) return false;
      assembler.tick(monotonicMs());
      if (!(await this.#takeFinished())) return false;
      if (entries.length === 0) break;
      if (monotonicMs() - this.#batchSinceMs >= BATCH_MS && !(await this.#flush(journal.position()))) return false;
      if (this.#isOver()) return false;
      await yieldToEvents();
    }
    this.#isReplaying = false;
    for (const exchange of assembler.takePending(nowMs())) this.#add({ exchange, captures: [] });
    this.#poison?.clear();
    return this.#flush(journal.position());
  }

  async #assemble(entries: readonly ReadEntry[]): Promise<boolean> {
    const { journal, assembler, monotonicMs } = this.#options;
    for (const [index, { entry, at }] of entries.entries()) {
      if (this.#isReplaying && entry.type === "head") {
        const known = await this.#batch.ask(() => this.#options.writer.findState(entry.value.id));
        if (known === undefined) return false;
        if (known.answer !== undefined && known.answer !== "pending") continue;
      }
      assembler.push(entry, at, monotonicMs());
      if (entry.type !== "end" && entry.type !== "epoch") continue;
      if (!(await this.#takeFinished())) return false;
      if (this.#batch.isFull && !(await this.#flush(entries[index + 1]?.at ?? journal.position()))) return false;
    }
    this.#poison?.clear();
    return true;
  }

  /** All that ended, also while sessions were looked up; false when it was stopped before. */
  async #takeFinished(): Promise<boolean> {
    const { assembler } = this.#options;
    for (let ended = assembler.takeFinished(); ended.length > 0; ended = assembler.takeFinished()) {
      for (const finished of ended) {
        const settled = await this.#batch.ask(async () => (await this.#sessions?.settle(finished)) ?? finished);
        if (settled === undefined) return false;
        this.#add(settled.answer);
      }
    }
    return true;
  }

  #add(finished: Parameters<Batch["add"]>[0]): void {
    if (this.#batch.isEmpty) this.#batchSinceMs = this.#options.monotonicMs();
    this.#batch.add(finished);
  }

  /** Commits the rows and the place from which reading would show every exchange that is not among them. */
  async #flush(readUntil: string): Promise<boolean> {
    const { assembler, journal, monotonicMs } = this.#options;
    // The link may have ended an exchange meanwhile: it must be among the rows before the cursor passes it.
    if (!(await this.#takeFinished())) return false;
    const cursor = assembler.oldestAt() ?? readUntil;
    const isPruneDue = monotonicMs() - this.#prunedAtMs >= PRUNE_MS;
    if (this.#batch.isEmpty && (cursor === this.#committedCursor || !isPruneDue)) return true;
    if (!(await this.#batch.write(cursor))) return false;
    this.#committedCursor = cursor;
    if (isPruneDue) {
      journal.prune(cursor);
      this.#prunedAtMs = monotonicMs();
    }
    return true;
  }

  /** True when there is more of this work. */
  async #sweep(): Promise<boolean> {
    // It may all wait; a store that is away is met, counted and waited for by the next batch.
    await this.#retentionLoop.turn(() => this.#retention.sweep());
    return this.#backfillLoop.turn(async () => (await this.#backfill?.sweep()) ?? false);
  }

  #isOver(): boolean {
    return (
      this.#stop.signal.aborted ||
      (this.#drainUntilMs !== undefined && this.#options.monotonicMs() >= this.#drainUntilMs)
    );
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#drainUntilMs !== undefined && ms > LINK_LOOK_MS) this.#wake();
    });
  }
}

function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
