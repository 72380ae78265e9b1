/** @module The body of a request on its way up: streamed with a tap, or held when a decision must look inside. */

import { ProxyError } from "../domain/error.ts";
import type { LiveExchange } from "./live.ts";

/** Bodies of at most this many bytes are in nobody's way: they do not count in the budget. */
const SMALL_BODY_BYTES = 64 * 1024;
/**
 * Bodies of at most this many bytes are read before forwarding: an upstream cannot begin before it has the whole, and
 * one buffer costs half of what a stream does.
 */
const WHOLE_BODY_BYTES = 1024 * 1024;

/** Below this rate, 8 kbit/s, a client that sends passes for one that stopped. */
const SLOWEST_BYTES_PER_MS = 1;

export type BodyBudget = {
  /** False when the budget of all bodies in flight is used up. */
  take(bytes: number): boolean;
  give(bytes: number): void;
  /** Whether `take` would grant it now. */
  has(bytes: number): boolean;
  readonly used: number;
};

/** One budget for all held bodies, so that many large requests cannot exhaust memory. */
export function createBodyBudget(limitBytes: number): BodyBudget {
  let used = 0;
  return {
    get used() {
      return used;
    },
    has: (bytes) => used + bytes <= limitBytes || used === 0,
    take(bytes) {
      if (used + bytes > limitBytes && used > 0) return false;
      used += bytes;
      return true;
    },
    give(bytes) {
      used -= bytes;
    },
  };
}

export type OutgoingBody = Uint8Array | ReadableStream<Uint8Array> | null;

/** True when a body of this declared size is read whole before forwarding even if nothing needs to look inside. */
export function isReadWhole(contentLength: number | undefined, budget: BodyBudget): contentLength is number {
  if (contentLength === undefined || contentLength > WHOLE_BODY_BYTES) return false;
  return contentLength <= SMALL_BODY_BYTES || budget.has(contentLength);
}

/** True when there is a body to read. Asking a request for its stream makes one, so what is declared is believed. */
export function hasBody(request: Request, contentLength: number | undefined): boolean {
  const isDeclared = contentLength !== undefined && contentLength > 0 && WITH_BODY.has(request.method);
  return isDeclared || request.body !== null;
}

/** Methods whose body the server hands over in any case. */
const WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** The whole body; refuses by declared length and by count. Throws what the client's abort makes of the read. */
export async function readHeldBody(
  request: Request,
  live: LiveExchange,
  contentLength: number | undefined,
  limits: HoldLimits,
): Promise<Uint8Array> {
  live.sentAt = limits.now();
  live.awaitsClient = true;
  const whole =
    contentLength === undefined
      ? await readChunked(request, live, limits)
      : await readDeclared(request, live, contentLength, limits);
  live.awaitsClient = false;
  return whole;
}

type HoldLimits = { readonly maxBytes: number; readonly budget: BodyBudget; readonly now: () => number };

async function readDeclared(
  request: Request,
  live: LiveExchange,
  contentLength: number,
  { maxBytes, budget, now }: HoldLimits,
): Promise<Uint8Array> {
  if (contentLength > maxBytes) throw tooLarge(maxBytes);
  hold(live, contentLength, budget);
  if (contentLength <= WHOLE_BODY_BYTES) {
    // It is not seen to come: a slow one gets its time in advance, or it would pass for one that stopped.
    live.sentAt += contentLength / SLOWEST_BYTES_PER_MS;
    const whole = await request.bytes();
    live.tapRequest(whole);
    return whole;
  }
  const whole = new Uint8Array(contentLength);
  let size = 0;
  for await (const piece of request.body ?? []) {
    live.sentAt = now();
    if (size + piece.length > contentLength) break;
    whole.set(piece, size);
    live.tapRequest(whole.subarray(size, size + piece.length));
    size += piece.length;
  }
  if (size === contentLength) return whole;
  throw new ProxyError("request_aborted", "The client closed the connection in the middle of its request.");
}

/** The size is only known by counting. */
async function readChunked(
  request: Request,
  live: LiveExchange,
  { maxBytes, budget, now }: HoldLimits,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of request.body ?? []) {
    live.sentAt = now();
    size += piece.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    hold(live, piece.length, budget);
    live.tapRequest(piece);
    pieces.push(piece);
  }
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}

/** The body as a stream that is pulled by the upstream connection, so that a slow upstream slows the client. */
export function toTappedStream(
  body: ReadableStream<Uint8Array>,
  live: LiveExchange,
  watching: {
    readonly now: () => number;
    readonly onFirstPull: () => void;
    readonly onPiece?: (bytes: Uint8Array) => void;
  },
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let pulled = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!pulled) {
          pulled = true;
          watching.onFirstPull();
        }
        live.awaitsClient = true;
        const { done, value } = await reader.read();
        live.awaitsClient = false;
        live.sentAt = watching.now();
        if (done) {
          controller.close();
          return;
        }
        live.tapRequest(value);
        watching.onPiece?.(value);
        controller.enqueue(value);
      },
      async cancel(reason) {
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

function hold(live: LiveExchange, bytes: number, budget: BodyBudget): void {
  if (bytes <= SMALL_BODY_BYTES && live.heldBytes === 0) return;
  if (!budget.take(bytes)) throw new ProxyError("overloaded", "The memory set aside for request bodies is in use.");
  live.heldBytes += bytes;
}

function tooLarge(maxBytes: number): ProxyError {
  return new ProxyError("request_too_large", `The request body exceeds ${maxBytes} bytes.`);
}
