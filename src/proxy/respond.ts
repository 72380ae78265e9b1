/** @module The answer on its way down: head and bytes to the client with back-pressure, copies to the tap. */

import type { HeaderList } from "../domain/exchange.ts";
import { isHopByHop, parseConnectionNames, parseMediaType } from "../http/headers.ts";
import { maskHeader } from "../http/mask.ts";
import type { AnswerChange } from "./answer-change.ts";
import { AnswerSource } from "./answer-source.ts";
import { gather, isGatherable } from "./gather.ts";
import type { LiveExchange } from "./live.ts";
import type { Patience } from "./patience.ts";

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
  /** What closes the client's connection behind all that was handed to it; undefined = a broken answer resets it. */
  readonly findClose: () => (() => void) | undefined;
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
  const source = new AnswerSource(options, answer.body);
  const length = declaredLength(head.headers);
  // The length of what the client gets is told by what it gets.
  if (options.change !== undefined) head.headers.delete("content-length");
  if (isGatherable(length)) {
    const gathered = await gather(source, length, options.patience);
    if (gathered.isWhole) {
      const whole = toWhole(gathered.pieces, options.change, head.headers);
      live.end({ state: "completed", endedBy: "upstream" });
      // What the client has whole is in the record whole, whatever happens to this process next.
      await live.settled();
      return new Response(whole, { status, headers: head.headers });
    }
    source.begin(gathered.pieces, gathered.pending);
  }
  return new Response(new ReadableStream(source, { highWaterMark: 0 }), { status, headers: head.headers });
}

/** Media types in which no usage can be found: only what is shown of them needs to be kept. */
export function isOpaqueType(contentType: string | null): boolean {
  const type = parseMediaType(contentType);
  return (
    type !== undefined && /^(?:audio|video|image|font)\/|^application\/(?:octet-stream|zip|gzip|pdf|x-tar)$/.test(type)
  );
}

/** All of an answer. Several pieces go as a blob: the server sends that as it is, where it copies bare bytes once more. */
function toWhole(pieces: readonly Uint8Array[], change: AnswerChange | undefined, headers: Headers): BodyInit {
  const changed = change === undefined ? pieces : [...pieces.map((piece) => change.feed(piece)), change.end(false)];
  // fetch hands out plain memory, never shared with other threads.
  const plain = changed as Uint8Array<ArrayBuffer>[];
  const [only] = plain;
  if (!headers.has("content-type")) return toUnlabelled(Buffer.concat(plain));
  return plain.length === 1 && only !== undefined ? only : new Blob(plain);
}

/** Bun labels bare bytes `application/octet-stream`; a stream that is whole at its first pull stays as unlabelled as it came. */
function toUnlabelled(whole: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(whole);
      controller.close();
    },
  });
}

function declaredLength(headers: Headers): number | undefined {
  const value = headers.get("content-length");
  return value !== null && /^\d+$/.test(value) ? Number(value) : undefined;
}
