/** @module The answer on its way down: head and bytes to the client with back-pressure, copies to the tap. */

import { ProxyError } from "../domain/error.ts";
import type { HeaderList } from "../domain/exchange.ts";
import { isHopByHop, parseConnectionNames, parseMediaType } from "../http/headers.ts";
import { maskHeader } from "../http/mask.ts";
import type { AnswerChange } from "./answer-change.ts";
import type { LiveExchange } from "./live.ts";
import { originOf } from "./watch.ts";

/** Answers of a declared length up to this are gathered while they come fast, and sent in one piece with their length. */
const GATHER_BYTES = 1024 * 1024;
/** How long gathering may take before the pieces so far are sent on and the rest is streamed. */
const GATHER_MS = 10;

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

/** Fields for the client (hop-by-hop taken out, `Set-Cookie` never joined) and, masked, for the record. */
export function toAnswerHead(source: Headers): AnswerHead {
  const headers = new Headers();
  const kept: [string, string][] = [];
  const connectionNames = parseConnectionNames(source.get("connection"));
  source.forEach((value, name) => {
    kept.push([name, maskHeader(name, value)]);
    if (isHopByHop(name) || connectionNames?.has(name) === true) return;
    headers.append(name, value);
  });
  return { headers, kept };
}

export type RespondOptions = {
  readonly live: LiveExchange;
  readonly answer: Response;
  readonly head: AnswerHead;
  readonly now: () => number;
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
  if (length !== undefined && length <= GATHER_BYTES) {
    const gathered = await gather(pump, length, options.now);
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

type Piece =
  | { readonly done: false; readonly value: Uint8Array }
  | { readonly done: true; readonly value?: Uint8Array | undefined }
  | { readonly failed: unknown };

type Pump = {
  /** Next piece from upstream, seen by the tap; failures are values, so that nothing is thrown twice. */
  next(): Promise<Piece>;
  toStream(first: readonly Uint8Array[], pending: Promise<Piece> | undefined): ReadableStream<Uint8Array>;
};

function createPump(options: RespondOptions, reader: ReadableStreamDefaultReader<Uint8Array>): Pump {
  const { live, now, change } = options;

  async function next(): Promise<Piece> {
    const at = now();
    live.phase = "upstream-body";
    live.aliveAt = at;
    if (live.handedAt > 0) live.restedMs += at - live.handedAt;
    try {
      const result = await reader.read();
      live.phase = "client-body";
      live.handedAt = now();
      if (result.done) return { done: true };
      live.responseTap?.push(result.value, live.elapsedMs());
      return result;
    } catch (failed) {
      return { failed };
    }
  }

  function toStream(first: readonly Uint8Array[], pending: Promise<Piece> | undefined): ReadableStream<Uint8Array> {
    const queue = [...first];
    let waiting = pending;
    let breaking: { readonly failure: unknown } | undefined;
    let resetting: ReturnType<typeof setTimeout> | undefined;
    const recent = createRecentCount(now);
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
      if (options.closeClient === undefined || recent.bytes() <= SAFE_TO_RESET_BYTES) {
        await Bun.sleep(RESET_GRACE_MS);
        controller.error(failure);
        return;
      }
      options.closeClient();
      resetting = setTimeout(() => controller.error(failure), CLOSE_WITHIN_MS);
      resetting.unref();
      await new Promise(() => {});
    }

    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          // Asked for more: what was handed over has left this process, be it long after.
          recent.add(handedOver);
          handedOver = 0;
          if (breaking !== undefined) return breakOff(controller, breaking.failure);
          for (;;) {
            const queued = queue.shift();
            const piece = queued === undefined ? await (waiting ?? next()) : { done: false as const, value: queued };
            if (queued === undefined) waiting = undefined;
            if ("failed" in piece) {
              const held = change?.end(true);
              endBroken(live, piece.failed);
              if (held === undefined || held.length === 0) return breakOff(controller, piece.failed);
              breaking = { failure: piece.failed };
              show(controller, held);
              return;
            }
            if (piece.done) {
              const rest = change?.end(false);
              if (rest !== undefined && rest.length > 0) show(controller, rest);
              live.end({ state: "completed", endedBy: "upstream" });
              await live.settled();
              controller.close();
              return;
            }
            const visible = change === undefined ? piece.value : change.feed(piece.value);
            if (visible.length > 0) {
              show(controller, visible);
              return;
            }
          }
        },
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

/** Counts bytes of the last one to two seconds. */
function createRecentCount(now: () => number): { add(bytes: number): void; bytes(): number } {
  const WINDOW_MS = 1000;
  let since = now();
  let current = 0;
  let before = 0;
  const roll = (): void => {
    const age = now() - since;
    if (age < WINDOW_MS) return;
    before = age < 2 * WINDOW_MS ? current : 0;
    current = 0;
    since = now();
  };
  return {
    add(bytes) {
      roll();
      current += bytes;
    },
    bytes() {
      roll();
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

type Gathered =
  | { readonly whole: Uint8Array<ArrayBuffer> }
  | {
      readonly whole?: undefined;
      readonly pieces: readonly Uint8Array[];
      readonly pending: Promise<Piece> | undefined;
    };

/**
 * Bun frames a streamed answer as chunked and drops its declared length, so a small answer is sent as one buffer when
 * all of it is here within a few milliseconds. It also costs half of what a stream does.
 */
async function gather(pump: Pump, length: number, now: () => number): Promise<Gathered> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const until = now() + GATHER_MS;
  while (size < length) {
    const reading = pump.next();
    const piece = await withinOrUndefined(reading, until - now());
    if (piece === undefined || "failed" in piece || piece.done) return { pieces, pending: reading };
    pieces.push(piece.value);
    size += piece.value.length;
  }
  // One more read would only meet the end; what is declared has come.
  if (length === 0) return { whole: new Uint8Array(0) };
  const [only] = pieces;
  return {
    whole: (pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)) as Uint8Array<ArrayBuffer>,
  };
}

async function withinOrUndefined<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  if (ms <= 0) return undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  const winner = await Promise.race([promise, late]);
  clearTimeout(timer);
  return winner;
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
