/** @module Journal entries to finished exchanges: a state machine without IO, clock or waiting. */

import type { Exchange } from "../domain/exchange.ts";
import type { ExchangeId } from "../domain/id.ts";
import type { BodyEntry, EndEntry, HeadEntry, JournalEntry } from "../journal/entry.ts";
import type { Pricer } from "../price/price.ts";
import { EarlyBodies } from "./early-bodies.ts";
import { type Finished, finishExchange, toPendingExchange } from "./finish.ts";
import { OpenExchange, type ReadingParts } from "./open-exchange.ts";

export type AssembleLimits = {
  /** Bound of a request body that is parsed, decoded. */
  readonly requestJsonBytes: number;
  /** Bound of what one encoded answer may decode to. */
  readonly decodedBytes: number;
  /** Bound of the bodies of all open exchanges together; beyond it the largest are cut. */
  readonly heldBytes: number;
  /** An exchange shorter than this gets no pending row. */
  readonly pendingAfterMs: number;
  /** How long an end waits for bodies that come over the link. */
  readonly linkWaitMs: number;
  /** An exchange that was silent this long lost its end. */
  readonly silentMs: number;
};

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: AssembleLimits = {
  requestJsonBytes: 32 * MIB,
  decodedBytes: 256 * MIB,
  heldBytes: 512 * MIB,
  pendingAfterMs: 250,
  linkWaitMs: 2000,
  silentMs: 24 * 60 * 60 * 1000,
};

export type AssemblerOptions = Pick<ReadingParts, "findDialect" | "decode" | "identify"> & {
  readonly pricer?: Pricer | undefined;
  readonly limits?: Partial<AssembleLimits>;
  /** Called before foreign bytes of an exchange are looked into, so that a crash can be blamed. */
  readonly onTouch?: (id: ExchangeId) => void;
  readonly isQuarantined?: (id: ExchangeId) => boolean;
};

export interface Assembler {
  /** Takes an entry and the journal place it was read at. Entries without a head before them are passed over. */
  push(entry: JournalEntry, at: string, nowMs: number): void;
  /** Takes a body piece that came over the link, maybe before its head. */
  pushLinkBody(entry: BodyEntry, nowMs: number): void;
  /** Ends what has waited long enough. */
  tick(nowMs: number): void;
  /** Exchanges that ended since the last call, in the order of their ends. */
  takeFinished(): Finished[];
  /** Rows of exchanges that have run long enough to be shown, once for each. */
  takePending(nowMs: number): Exchange[];
  /** Place of the oldest exchange that has not been taken as finished; undefined when there is none. */
  oldestAt(): string | undefined;
  stats(): AssemblerStats;
}

export type AssemblerStats = {
  readonly openExchanges: number;
  /** Of these, ended and waiting for bytes of the link. */
  readonly endingExchanges: number;
  readonly heldBytes: number;
  /** Exchanges whose bodies were cut for the memory bound. */
  readonly cutExchanges: number;
  readonly quarantined: number;
  /** Bytes that came over the link and found no head in time. */
  readonly droppedLinkBytes: number;
};

/** Least that is left of a body when memory runs short. */
const LEAST_BYTES = 4096;
/** What a large body is cut to at first. */
const CUT_BYTES = 128 * 1024;

export function createAssembler(options: AssemblerOptions): Assembler {
  return new ExchangeAssembler(options);
}

class ExchangeAssembler implements Assembler {
  readonly #options: AssemblerOptions;
  readonly #limits: AssembleLimits;
  readonly #parts: ReadingParts;
  /** In the order of their heads. */
  readonly #open = new Map<ExchangeId, OpenExchange>();
  /** Ended, but bytes are still on their way over the link. */
  readonly #ending = new Set<OpenExchange>();
  readonly #early = new EarlyBodies();
  #finished: Finished[] = [];
  #heldBytes = 0;
  #cutExchanges = 0;
  #quarantined = 0;

  constructor(options: AssemblerOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { requestJsonBytes, decodedBytes } = this.#limits;
    const { findDialect, decode, identify } = options;
    this.#parts = { findDialect, decode, identify, requestJsonBytes, decodedBytes };
  }

  push(entry: JournalEntry, at: string, nowMs: number): void {
    switch (entry.type) {
      case "epoch":
        this.#interruptAll();
        return;
      case "head":
        this.#start(entry.value, at, nowMs);
        return;
      case "response-head":
        this.#change(entry.value.id, nowMs, (open) => open.setResponseHead(entry.value));
        return;
      case "body":
        this.#change(entry.value.id, nowMs, (open) => open.addBody(entry.value));
        return;
      case "end":
        this.#end(entry.value, nowMs);
    }
  }

  pushLinkBody(entry: BodyEntry, nowMs: number): void {
    if (!this.#open.has(entry.id)) {
      this.#early.add(entry, nowMs);
      return;
    }
    const open = this.#change(entry.id, nowMs, (open) => open.addBody(entry));
    if (open !== undefined && this.#ending.has(open) && open.hasAllBytes) this.#finish(open, open.end?.state);
  }

  tick(nowMs: number): void {
    const { linkWaitMs, silentMs } = this.#limits;
    for (const open of this.#ending) if (nowMs - open.seenAtMs >= linkWaitMs) this.#finish(open, open.end?.state);
    for (const open of this.#open.values()) if (nowMs - open.seenAtMs >= silentMs) this.#finish(open, undefined);
    this.#early.dropOld(nowMs);
  }

  takeFinished(): Finished[] {
    const finished = this.#finished;
    if (finished.length > 0) this.#finished = [];
    return finished;
  }

  takePending(nowMs: number): Exchange[] {
    const rows: Exchange[] = [];
    for (const open of this.#open.values()) {
      // Heads come in the order of their start, near enough: the rest is younger still.
      if (nowMs - open.head.startedAtMs < this.#limits.pendingAfterMs) break;
      if (open.isPendingShown || this.#ending.has(open)) continue;
      open.isPendingShown = true;
      this.#touch(open.head.id);
      rows.push(toPendingExchange(open));
    }
    return rows;
  }

  oldestAt(): string | undefined {
    const first = this.#open.values().next();
    return first.done === true ? undefined : first.value.at;
  }

  stats(): AssemblerStats {
    return {
      openExchanges: this.#open.size,
      endingExchanges: this.#ending.size,
      heldBytes: this.#heldBytes,
      cutExchanges: this.#cutExchanges,
      quarantined: this.#quarantined,
      droppedLinkBytes: this.#early.droppedBytes,
    };
  }

  #start(head: HeadEntry, at: string, nowMs: number): void {
    if (this.#open.has(head.id)) return;
    const isQuarantined = this.#options.isQuarantined?.(head.id) === true;
    if (isQuarantined) this.#quarantined += 1;
    const open = new OpenExchange(head, at, nowMs, isQuarantined, this.#parts);
    this.#open.set(head.id, open);
    for (const entry of this.#early.take(head.id)) this.#change(head.id, nowMs, () => open.addBody(entry));
  }

  #change(id: ExchangeId, nowMs: number, change: (open: OpenExchange) => void): OpenExchange | undefined {
    const open = this.#open.get(id);
    if (open === undefined) return undefined;
    if (open.end === undefined) open.seenAtMs = nowMs;
    this.#touch(id);
    const before = open.heldBytes;
    change(open);
    this.#heldBytes += open.heldBytes - before;
    if (this.#heldBytes > this.#limits.heldBytes) this.#cutLargest();
    return open;
  }

  #end(end: EndEntry, nowMs: number): void {
    const open = this.#open.get(end.id);
    if (open === undefined) return;
    open.end = end;
    open.seenAtMs = nowMs;
    // Bodies in the journal stand before the end; those over the link may still be on their way.
    if (open.head.capture !== "full" && !open.hasAllBytes) this.#ending.add(open);
    else this.#finish(open, end.state);
  }

  #finish(open: OpenExchange, state: EndEntry["state"] | undefined): void {
    this.#heldBytes -= open.heldBytes;
    this.#open.delete(open.head.id);
    this.#ending.delete(open);
    this.#touch(open.head.id);
    this.#finished.push(finishExchange(open, state ?? "interrupted", this.#options.pricer));
  }

  /** A new epoch: the process that would have written the missing ends is dead. */
  #interruptAll(): void {
    for (const open of this.#open.values()) this.#finish(open, open.end?.state);
  }

  #cutLargest(): void {
    const { heldBytes } = this.#limits;
    const share = Math.max(LEAST_BYTES, Math.min(CUT_BYTES, heldBytes / 2 / this.#open.size));
    const largestFirst = [...this.#open.values()].sort((a, b) => b.heldBytes - a.heldBytes);
    for (const open of largestFirst) {
      // Well below the bound, so that the next piece does not bring the search back.
      if (this.#heldBytes <= heldBytes * 0.75 || open.heldBytes <= share) return;
      const before = open.heldBytes;
      if (!open.wasCut) this.#cutExchanges += 1;
      open.cut(share);
      this.#heldBytes += open.heldBytes - before;
    }
  }

  #touch(id: ExchangeId): void {
    this.#options.onTouch?.(id);
  }
}
