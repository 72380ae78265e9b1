/** @module One exchange while it runs: its clock, its abort switch, its counters, and its one end. */

import { ProxyError, type ErrorCode } from "../domain/error.ts";
import type { Attempt, BodySide, CaptureMode, Edit, EndedBy } from "../domain/exchange.ts";
import type { FixOutcome } from "../domain/fix.ts";
import type { ExchangeId } from "../domain/id.ts";
import type { EndEntry } from "../journal/entry.ts";
import type { Journal } from "../journal/journal.ts";
import type { Upstream } from "../provider/upstream.ts";
import type { Pass } from "./breaker.ts";
import type { StreamSeeker } from "./stream-ask.ts";
import { Tap, type TapSink } from "./tap.ts";

/** How an exchange ended, and who ended it. */
export type Outcome = { readonly state: EndEntry["state"]; readonly endedBy: EndedBy; readonly error?: ProxyError };

/** What the exchange is waiting for; the watch reads it to know which limit applies. */
export type Phase = "request" | "connect" | "answer" | "upstream-body" | "client-body" | "done";

/** An attempt while it runs; times are ms since the exchange started. */
export type LiveAttempt = { -readonly [K in keyof Attempt]: Attempt[K] };

/** What is known of an exchange once it is decided where it goes. */
export type Opening = { readonly capture: CaptureMode; readonly requestTapBytes: number; readonly sink: TapSink };

export type LiveOptions = {
  readonly id: ExchangeId;
  readonly startedAtMs: number;
  readonly now: () => number;
  /** Where it goes unless `open` says otherwise. */
  readonly upstream: Upstream;
  readonly journal: Journal;
  /** Journals the head; called once, before any byte of a body is journaled. */
  readonly onOpen: (upstreams: readonly Upstream[]) => Opening;
  readonly onEnd: (live: LiveExchange, outcome: Outcome) => void;
  /** Closes the client's connection within seconds, whatever is on its way. */
  readonly hangUp?: () => void;
};

/** Created at admission, ended exactly once by `end`, whatever happened. */
export class LiveExchange {
  readonly id: ExchangeId;
  /** The one that the running attempt goes to. */
  upstream: Upstream;
  capture: CaptureMode = "off";
  abort = new AbortController();
  readonly edits: Edit[] = [];
  readonly attempts: LiveAttempt[] = [];
  requestTap: Tap | undefined;
  responseTap: Tap | undefined;
  /** Of what the client gets, where a fix may change it. */
  clientTap: Tap | undefined;
  /** What the compatibility fixes of the running attempt did. */
  fixes: FixOutcome | undefined;
  phase: Phase = "request";
  /** `now()` at the last sign of life in this phase. */
  aliveAt: number;
  /** `now()` when the running attempt was handed to the network. */
  forwardedAt = 0;
  /** `now()` when the last piece of the request came or went up; meanwhile one may be wanted that the client has not sent. */
  sentAt = 0;
  awaitsClient = false;
  statusCode: number | undefined;
  ttfbMs: number | undefined;
  overheadMs = 0;
  /** `now()` when the last piece of the answer was handed on, and how long the client then took to want more, summed. */
  handedAt = 0;
  restedMs = 0;
  /** Set where a limit depends on it, for a body that is not held. */
  bodySeeker: StreamSeeker | undefined;
  /** Set where a limit depends on it: the request asks for a stream. */
  asksForStream: (() => boolean) | undefined;
  /** Known once the head of the answer is here. */
  answersWithStream: boolean | undefined;
  /** The running attempt went out on a connection that had served before; the answer leaves it open for the next. */
  reused = false;
  keepsConnection = false;
  /** From the breaker of the upstream; given back with the verdict when this exchange ends. */
  pass: Pass | undefined;
  /** The answer is the refusal of a breaker behind this upstream. */
  chainedRefusal = false;
  /** Bytes of the shared body budget this exchange holds. */
  heldBytes = 0;
  /** Set before `abort` is used: who ended it, and why. */
  #cause: { by: EndedBy; error?: ProxyError } | undefined;
  #ended = false;
  readonly #options: LiveOptions;
  readonly #start: number;
  #sink: TapSink | undefined;
  /** The upstream the journaled head names. */
  #opened: Upstream | undefined;
  /** Pieces of the request that came before it was decided where it goes. */
  #early: { readonly bytes: Uint8Array; readonly atMs: number }[] | undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.id = options.id;
    this.upstream = options.upstream;
    this.#start = options.now();
    this.aliveAt = this.#start;
  }

  /** Journals the head, then what came of the request so far. Later calls do nothing. */
  open(upstreams: readonly Upstream[] = [this.upstream]): void {
    if (this.#opened !== undefined) return;
    this.upstream = upstreams[0] ?? this.upstream;
    this.#opened = this.upstream;
    const { capture, requestTapBytes, sink } = this.#options.onOpen(upstreams);
    this.capture = capture;
    this.#sink = sink;
    this.requestTap = this.createTap("request", requestTapBytes);
    for (const { bytes, atMs } of this.#early ?? []) this.requestTap?.push(bytes, atMs);
    this.#early = undefined;
  }

  /** A piece of the request's body passed. */
  tapRequest(bytes: Uint8Array): void {
    const atMs = this.elapsedMs();
    if (this.requestTap === undefined) (this.#early ??= []).push({ bytes, atMs });
    else this.requestTap.push(bytes, atMs);
  }

  /** From here on this upstream is the one to blame; what stopped the attempt before is forgotten. */
  begin(upstream: Upstream): void {
    this.upstream = upstream;
    this.restedMs = 0;
    this.chainedRefusal = false;
    if (!this.abort.signal.aborted || this.#cause?.by !== "upstream") return;
    this.abort = new AbortController();
    this.#cause = undefined;
  }

  /** Milliseconds since admission, with fractions. @param at a reading of the clock, where there is one already */
  elapsedMs(at = this.#options.now()): number {
    return at - this.#start;
  }

  /** Resolves when what was journaled so far survives the death of this process. */
  settled(): Promise<void> {
    return this.#options.journal.settled();
  }

  /** Undefined before the head is journaled. */
  createTap(side: BodySide, maxBytes: number): Tap | undefined {
    if (this.#sink === undefined) return undefined;
    return new Tap({ id: this.id, side, capture: this.capture, maxBytes, sink: this.#sink });
  }

  get ended(): boolean {
    return this.#ended;
  }

  get cause(): { by: EndedBy; error?: ProxyError } | undefined {
    return this.#cause;
  }

  /** The client is gone: the upstream is stopped at once and the record closed with what arrived so far. */
  clientGone(): void {
    if (this.#ended) return;
    // Its connection may have been closed because of what was found out before: that is the reason then.
    if (this.#cause?.error !== undefined) return this.breakOff();
    this.#cause ??= { by: "client" };
    this.abort.abort();
    const error = new ProxyError("request_aborted", "The client closed the connection.");
    this.end({ state: "aborted", endedBy: "client", error });
  }

  /** A limit was passed, or we are stopping: stop the upstream and say why. */
  stop(by: EndedBy, code: ErrorCode, message: string): void {
    if (this.#ended) return;
    this.#cause ??= { by, error: new ProxyError(code, message) };
    this.abort.abort();
  }

  /** For a client that is waited for: nobody reads an answer, and only a close ends the read of its body. */
  hangUp(): void {
    this.#options.hangUp?.();
  }

  /** Ends what was stopped, for a client that may never have read enough to see it. */
  breakOff(): void {
    const cause = this.#cause;
    if (cause?.error !== undefined) this.end({ state: "failed", endedBy: cause.by, error: cause.error });
  }

  /** Closes the record of this exchange; later calls do nothing. */
  end(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    this.open();
    this.phase = "done";
    const durationMs = this.elapsedMs();
    this.requestTap?.close(durationMs);
    this.responseTap?.close(durationMs);
    this.clientTap?.close(durationMs);
    this.#sink?.flush?.();
    const attempt = this.attempts.at(-1);
    if (attempt !== undefined) {
      attempt.endedMs ??= durationMs;
      if (outcome.error !== undefined) attempt.errorCode ??= outcome.error.code;
    }
    this.#options.journal.end({
      id: this.id,
      state: outcome.state,
      endedBy: outcome.endedBy,
      ...(this.statusCode === undefined ? {} : { statusCode: this.statusCode }),
      ...(outcome.error === undefined ? {} : { errorCode: outcome.error.code, errorMessage: outcome.error.message }),
      durationMs,
      ...(this.ttfbMs === undefined ? {} : { ttfbMs: this.ttfbMs }),
      overheadMs: this.overheadMs,
      requestBytes: this.requestTap?.passed ?? 0,
      responseBytes: this.responseTap?.passed ?? 0,
      requestJournaled: this.requestTap?.kept ?? 0,
      responseJournaled: this.responseTap?.kept ?? 0,
      ...(this.clientTap === undefined
        ? {}
        : { clientResponseBytes: this.clientTap.passed, clientResponseJournaled: this.clientTap.kept }),
      ...(this.fixes === undefined ? {} : { fixes: this.capture === "off" ? withoutNames(this.fixes) : this.fixes }),
      edits: this.edits,
      attempts: this.attempts,
      ...(this.upstream === this.#opened ? {} : { served: toServed(this.upstream) }),
    });
    this.#options.onEnd(this, outcome);
  }
}

/** Tool names are the client's words, which capture mode `off` does not keep. */
function withoutNames({ configured, applied, warnings }: FixOutcome): FixOutcome {
  return {
    configured,
    applied: applied.map(({ fix, action }) => ({ fix, action })),
    warnings: warnings.map(({ fix, text }) => ({ fix, text: text.split(":", 1)[0] ?? "" })),
  };
}

/** What the head would have said, had this upstream been the first. */
function toServed({ id, provider, baseUrl, local }: Upstream): NonNullable<EndEntry["served"]> {
  return { upstream: id, provider, upstreamUrl: baseUrl ?? "", local };
}
