/** @module The answer on its way down: head and bytes to the client with back-pressure, copies to the tap. */

import { ProxyError } from "../domain/error.ts";
import type { HeaderList } from "../domain/exchange.ts";
import { isHopByHop, parseConnectionNames, parseMediaType } from "../http/headers.ts";
import { maskHeader } from "../http/mask.ts";
import type { AnswerChange } from "./answer-change.ts";
import { gather, isGatherable, type Piece } from "./gather.ts";
import type { LiveExchange } from "./live.ts";
import type { Patience } from "./patience.ts";
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

/** The server's hold on the connections of its clients: `Bun.serve` hands itself to its handler. */
export type ClientConnections = { timeout(request: Request, seconds: number): void };

export type AnswerHead = { readonly headers: Headers; readonly kept: HeaderList };

/**
 * Fields for the client (hop-by-hop taken out, `Set-Cookie` never joined) and, masked, for the record. The upstream's
 * own object goes on: nobody else reads it, and a copy costs more than all of the rest here.
 */
export function toAnswerHead(headers: Headers): AnswerHead {
  const kept: [string, string][] = [];
  const connectionNames = parseConnectionNames(headers.get("connection"));
  let dropped: string[] | undefined;
  headers.forEach((value, name) => {
    kept.push([name, maskHeader(name, value)]);
    if (isHopByHop(name) || connectionNames?.has(name) === true) (dropped ??= []).push(name);
  });
  if (dropped !== undefined) for (const name of dropped) headers.delete(name);
  return { headers, kept };
}

export type RespondOptions = {
  readonly live: LiveExchange;
  readonly answer: Response;
  readonly head: AnswerHead;
  readonly now: () => number;
  readonly patience: Patience;
  /** Absent for all answers that pass as they are. */
  readonly change?: AnswerChange;
  /** Closes the client's connection behind all that was handed to it; absent, a broken answer resets it. */
  readonly closeClient?: () => void;
};

/** The Response for the client. The exchange ends when its last byte has been handed over, or when either side breaks. */
export async function respond(options: RespondOptions): Promise<Response> {
  const { live, answer, head } = options;
  const { status } = answer;
  if (answer.body === null) {
    live.end({ state: "completed", endedBy: "upstream" });
    await live.settled();
    return new Response(null, { status, headers: head.headers });
  }
  const pump = createPump(options, answer.body.getReader());
  const length = declaredLength(head.headers);
  // The length of what the client gets is told by what it gets.
  if (options.change !== undefined) head.headers.delete("content-length");
  if (isGatherable(length)) {
    const gathered = await gather(pump.next, length, options.patience);
    if (gathered.whole !== undefined) {
      const whole = options.change === undefined ? gathered.whole : changeWhole(options.change, gathered.whole);
      live.end({ state: "completed", endedBy: "upstream" });
      // What the client has whole is in the record whole, whatever happens to this process next.
      await live.settled();
      return new Response(toWholeBody(whole, head.headers), { status, headers: head.headers });
    }
    return new Response(pump.toStream(gathered.pieces, gathered.pending), { status, headers: head.headers });
  }
  return new Response(pump.toStream([], undefined), { status, headers: head.headers });
}

/** Media types in which no usage can be found: only what is shown of them needs to be kept. */
export function isOpaqueType(contentType: string | null): boolean {
  const type = parseMediaType(contentType);
  return (
    type !== undefined && /^(?:audio|video|image|font)\/|^application\/(?:octet-stream|zip|gzip|pdf|x-tar)$/.test(type)
  );
}

type Pump = {
  /** Next piece from upstream, seen by the tap; failures are values, so that nothing is thrown twice. */
  readonly next: (at?: number) => Promise<Piece>;
  toStream(first: readonly Uint8Array[], pending: Promise<Piece> | undefined): ReadableStream<Uint8Array>;
};

type ReadResult =
  | { readonly done: false; readonly value: Uint8Array }
  | { readonly done: true; readonly value?: Uint8Array | undefined };

function createPump(options: RespondOptions, reader: ReadableStreamDefaultReader<Uint8Array>): Pump {
  const { live, now, change } = options;

  // Promises are chained by hand: an async function for each piece costs more than the work that is done here.
  const seen = (result: ReadResult): Piece => {
    live.phase = "client-body";
    const at = now();
    live.handedAt = at;
    if (!result.done) live.responseTap?.push(result.value, live.elapsedMs(at));
    return result;
  };
  const broke = (failed: unknown): Piece => ({ failed });
  const next = (at = now()): Promise<Piece> => {
    live.phase = "upstream-body";
    live.aliveAt = at;
    if (live.handedAt > 0) live.restedMs += at - live.handedAt;
    return reader.read().then(seen, broke);
  };

  function toStream(first: readonly Uint8Array[], pending: Promise<Piece> | undefined): ReadableStream<Uint8Array> {
    const queue = [...first];
    let waiting = pending;
    let breaking: { readonly failure: unknown } | undefined;
    let resetting: ReturnType<typeof setTimeout> | undefined;
    const recent = createRecentCount(now());
    let handedOver = 0;
    const show = (controller: ReadableStreamDefaultController, bytes: Uint8Array): void => {
      handedOver = bytes.length;
      controller.enqueue(bytes);
    };

    /**
     * A clean end would be a lie, and a reset throws away what our system still holds for a slow client. This runs when
     * everything has left this process: a reset if little was sent lately, else a close without the last chunk, which
     * delivers it and still cannot pass for an end, but which the server makes only every four seconds.
     */
    async function breakOff(controller: ReadableStreamDefaultController, failure: unknown): Promise<void> {
      if (options.closeClient === undefined || recent.bytes(now()) <= SAFE_TO_RESET_BYTES) {
        await Bun.sleep(RESET_GRACE_MS);
        controller.error(failure);
        return;
      }
      options.closeClient();
      resetting = setTimeout(() => controller.error(failure), CLOSE_WITHIN_MS);
      resetting.unref();
      await new Promise(() => {});
    }

    /** Hands a piece to the client; undefined when that is done at once. */
    function handOn(controller: ReadableStreamDefaultController, piece: Piece): Promise<void> | undefined {
      if ("failed" in piece) {
        const held = change?.end(true);
        endBroken(live, piece.failed);
        if (held === undefined || held.length === 0) return breakOff(controller, piece.failed);
        breaking = { failure: piece.failed };
        show(controller, held);
        return undefined;
      }
      if (piece.done) {
        const rest = change?.end(false);
        if (rest !== undefined && rest.length > 0) show(controller, rest);
        live.end({ state: "completed", endedBy: "upstream" });
        return live.settled().then(() => controller.close());
      }
      const visible = change === undefined ? piece.value : change.feed(piece.value);
      if (visible.length === 0) return pull(controller);
      show(controller, visible);
      return undefined;
    }

    function pull(controller: ReadableStreamDefaultController): Promise<void> | undefined {
      // Asked for more: what was handed over has left this process, be it long after.
      const at = now();
      recent.add(handedOver, at);
      handedOver = 0;
      if (breaking !== undefined) return breakOff(controller, breaking.failure);
      const queued = queue.shift();
      if (queued !== undefined) return handOn(controller, { done: false, value: queued });
      const piece = waiting ?? next(at);
      waiting = undefined;
      return piece.then((piece) => handOn(controller, piece));
    }

    return new ReadableStream<Uint8Array>(
      {
        pull,
        cancel() {
          clearTimeout(resetting);
          live.clientGone();
        },
      },
      { highWaterMark: 0 },
    );
  }

  return { next, toStream };
}

/** Counts bytes of the last one to two seconds. @param startAt this and every `at` are readings of one clock, in ms */
function createRecentCount(startAt: number): { add(bytes: number, at: number): void; bytes(at: number): number } {
  const WINDOW_MS = 1000;
  let since = startAt;
  let current = 0;
  let before = 0;
  const roll = (at: number): void => {
    const age = at - since;
    if (age < WINDOW_MS) return;
    before = age < 2 * WINDOW_MS ? current : 0;
    current = 0;
    since = at;
  };
  return {
    add(bytes, at) {
      roll(at);
      current += bytes;
    },
    bytes(at) {
      roll(at);
      return before + current;
    },
  };
}

function changeWhole(change: AnswerChange, whole: Uint8Array): Uint8Array<ArrayBuffer> {
  return Buffer.concat([change.feed(whole), change.end(false)]);
}

/** Bun labels bare bytes `application/octet-stream`; a stream that is whole at its first pull stays as unlabelled as it came. */
function toWholeBody(whole: Uint8Array<ArrayBuffer>, headers: Headers): BodyInit {
  if (headers.has("content-type")) return whole;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(whole);
      controller.close();
    },
  });
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

function declaredLength(headers: Headers): number | undefined {
  const value = headers.get("content-length");
  return value !== null && /^\d+$/.test(value) ? Number(value) : undefined;
}
