/** @module The bytes of an answer: read from the upstream, seen by the tap, handed to the client when it wants them. */

import { ProxyError } from "../domain/error.ts";
import type { AnswerChange } from "./answer-change.ts";
import type { Piece } from "./gather.ts";
import type { LiveExchange } from "./live.ts";
import { originOf } from "./watch.ts";

/** Between the last bytes of a cut answer and the reset that tells the client of the cut. */
const RESET_GRACE_MS = 100;
/**
 * So much of the last second is in the client's own system by then, whether it was read or not, and outlives a reset
 * (tried with Python's and Node's sockets on Linux); more may still be in ours, and would be thrown away.
 */
const SAFE_TO_RESET_BYTES = 64 * 1024;
/** The server closes within four seconds (it looks no oftener); one that is still open after this is reset. */
const CLOSE_WITHIN_MS = 15_000;
const WINDOW_MS = 1000;

export type AnswerSourceOptions = {
  readonly live: LiveExchange;
  readonly now: () => number;
  /** Absent for all answers that pass as they are. */
  readonly change?: AnswerChange;
  /** What closes the client's connection behind all that was handed to it; undefined = a broken answer resets it. */
  readonly findClose: () => (() => void) | undefined;
};

type ReadResult =
  | { readonly done: false; readonly value: Uint8Array }
  | { readonly done: true; readonly value?: Uint8Array | undefined };

/**
 * Read piece by piece with `next`, or given to a `ReadableStream` that hands on what the client asks for. Promises are
 * chained by hand: an async function for each piece costs more than the work that is done here.
 */
export class AnswerSource {
  readonly #options: AnswerSourceOptions;
  readonly #live: LiveExchange;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #take = (result: ReadResult): Promise<void> | undefined => this.#handOn(this.#see(result));
  readonly #fail = (failed: unknown): Promise<void> | undefined => this.#handOn({ failed });
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** What was read before there was a stream, and the read that was begun. */
  #first: Uint8Array[] | undefined;
  #pending: Promise<Piece> | undefined;
  #breaking: { readonly failure: unknown } | undefined;
  #resetting: ReturnType<typeof setTimeout> | undefined;
  /** Bytes that the client was given and that have not left this process, as far as we know. */
  #handedOver = 0;
  /** Bytes that left in this window and in the one before; `#since` is a reading of the clock. */
  #left = 0;
  #leftBefore = 0;
  #since = 0;

  constructor(options: AnswerSourceOptions, body: ReadableStream<Uint8Array>) {
    this.#options = options;
    this.#live = options.live;
    this.#reader = body.getReader();
  }

  /** Next piece from upstream; failures are values, so that nothing is thrown twice. */
  next(): Promise<Piece> {
    return this.#read(this.#options.now()).then(
      (result) => this.#see(result),
      (failed: unknown) => ({ failed }),
    );
  }

  /** Says what was read with `next` and is still to be handed on. */
  begin(first: readonly Uint8Array[], pending: Promise<Piece>): void {
    this.#first = [...first];
    this.#pending = pending;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
  }

  pull(): Promise<void> | undefined {
    // Asked for more: what was handed over has left this process, be it long after.
    const at = this.#options.now();
    this.#roll(at);
    this.#left += this.#handedOver;
    this.#handedOver = 0;
    if (this.#breaking !== undefined) return this.#breakOff(this.#breaking.failure);
    const early = this.#first?.shift();
    if (early !== undefined) return this.#handOn({ done: false, value: early });
    const pending = this.#pending;
    if (pending === undefined) return this.#read(at).then(this.#take, this.#fail);
    this.#pending = undefined;
    return pending.then((piece) => this.#handOn(piece));
  }

  cancel(): void {
    clearTimeout(this.#resetting);
    this.#live.clientGone();
  }

  #read(at: number): Promise<ReadResult> {
    const live = this.#live;
    live.phase = "upstream-body";
    live.aliveAt = at;
    if (live.handedAt > 0) live.restedMs += at - live.handedAt;
    return this.#reader.read();
  }

  #see(result: ReadResult): Piece {
    const live = this.#live;
    const at = this.#options.now();
    live.phase = "client-body";
    live.handedAt = at;
    if (!result.done) live.responseTap?.push(result.value, live.elapsedMs(at));
    return result;
  }

  /** Hands a piece to the client; undefined when that is done at once. */
  #handOn(piece: Piece): Promise<void> | undefined {
    const { change } = this.#options;
    if ("failed" in piece) {
      const held = change?.end(true);
      endBroken(this.#live, piece.failed);
      if (held === undefined || held.length === 0) return this.#breakOff(piece.failed);
      this.#breaking = { failure: piece.failed };
      this.#show(held);
      return undefined;
    }
    if (piece.done) {
      const rest = change?.end(false);
      if (rest !== undefined && rest.length > 0) this.#show(rest);
      this.#live.end({ state: "completed", endedBy: "upstream" });
      return this.#live.settled().then(() => this.#controller?.close());
    }
    const visible = change === undefined ? piece.value : change.feed(piece.value);
    if (visible.length === 0) return this.pull();
    this.#show(visible);
    return undefined;
  }

  #show(bytes: Uint8Array): void {
    this.#handedOver = bytes.length;
    this.#controller?.enqueue(bytes);
  }

  /**
   * A clean end would be a lie, and a reset throws away what our system still holds for a slow client. This runs when
   * everything has left this process: a reset if little was sent lately, else a close without the last chunk, which
   * delivers it and still cannot pass for an end, but which the server makes only every four seconds.
   */
  async #breakOff(failure: unknown): Promise<void> {
    this.#roll(this.#options.now());
    const close = this.#left + this.#leftBefore <= SAFE_TO_RESET_BYTES ? undefined : this.#options.findClose();
    if (close === undefined) {
      await Bun.sleep(RESET_GRACE_MS);
      this.#controller?.error(failure);
      return;
    }
    close();
    this.#resetting = setTimeout(() => this.#controller?.error(failure), CLOSE_WITHIN_MS);
    this.#resetting.unref();
    await new Promise(() => {});
  }

  /** Forgets what left more than one to two seconds ago. */
  #roll(at: number): void {
    const age = at - this.#since;
    if (age < WINDOW_MS) return;
    this.#leftBefore = age < 2 * WINDOW_MS ? this.#left : 0;
    this.#left = 0;
    this.#since = at;
  }
}

/** Ends an exchange whose answer did not come to its end: by whom is told by the cause that was set first. */
export function endBroken(live: LiveExchange, failure: unknown): void {
  const cause = live.cause;
  if (cause?.by === "client") return; // Its record was closed when the client went.
  const error =
    cause?.error ??
    new ProxyError("upstream_disconnected", `${originOf(live)} closed the connection in the middle of its answer.`, {
      cause: failure,
    });
  live.end({ state: "failed", endedBy: cause?.by ?? "upstream", error });
}
