/** @module Calls that are passed on to the api process: a frozen one is given up, its live feeds may rest for ever. */

import { ProxyError } from "../domain/error.ts";
import { parseMediaType } from "../http/headers.ts";
import { toErrorResponse } from "../provider/error-body.ts";
import { readUpTo } from "./read-up-to.ts";

export type ApiCall = (request: Request, path: string, query: string) => Promise<Response>;

export type ApiCallOptions = {
  /** Unix socket the api process listens on. */
  readonly socket: string;
  /** Longest silence, before its head and between two pieces of its body; an event stream is not limited behind its head. */
  readonly silenceMs?: number;
};

/** Largest body that is passed on to the api process. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** Its own questions to the store are stopped after 10 s; a download may need a while to begin. */
const SILENCE_MS = 30_000;

export function createApiCall({ socket, silenceMs = SILENCE_MS }: ApiCallOptions): ApiCall {
  return async (request, path, query) => {
    const length = Number(request.headers.get("content-length") ?? "0");
    if (length > MAX_BODY_BYTES) return refuseLarge();
    const silence = new AbortController();
    const giveUp = (): void => silence.abort();
    request.signal.addEventListener("abort", giveUp);
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      // Chunked, the size is only known by counting.
      const body = request.body === null ? null : await readUpTo(request.body, MAX_BODY_BYTES);
      if (body === undefined) return refuseLarge();
      timer = setTimeout(giveUp, silenceMs);
      const answer = await fetch(`http://modeltap${path}${query}`, {
        unix: socket,
        method: request.method,
        headers: toApiHeaders(request.headers),
        // Bun takes any byte view; the DOM types know only views of plain ArrayBuffers.
        body: body as BodyInit | null,
        redirect: "manual",
        decompress: false,
        signal: silence.signal,
      });
      clearTimeout(timer);
      const headers = new Headers(answer.headers);
      headers.delete("transfer-encoding");
      headers.delete("connection");
      const isEndless = parseMediaType(answer.headers.get("content-type")) === "text/event-stream";
      const relayed = answer.body === null || isEndless ? answer.body : toWatchedStream(answer.body, silenceMs, giveUp);
      return new Response(relayed, { status: answer.status, headers });
    } catch (cause) {
      clearTimeout(timer);
      const message = silence.signal.aborted
        ? `The api process said nothing for ${silenceMs / 1000} s.`
        : "The api process is not answering.";
      const error = new ProxyError("api_unavailable", message, { cause });
      return toErrorResponse(error, "openai", { "retry-after": "1" });
    }
  };
}

function refuseLarge(): Response {
  const error = new ProxyError("request_too_large", `The body of this call exceeds ${MAX_BODY_BYTES} bytes.`);
  // What is left of it must not pass for the next request.
  return toErrorResponse(error, "openai", { connection: "close" });
}

/** What the door has looked at is nobody else's business. */
const ENDS_HERE: ReadonlySet<string> = new Set([
  "connection",
  "transfer-encoding",
  "authorization",
  "cookie",
  "x-admin-token",
]);

function toApiHeaders(source: Headers): Record<string, string> {
  const headers: Record<string, string> = {};
  source.forEach((value, name) => {
    if (!name.startsWith("x-modeltap-") && !ENDS_HERE.has(name)) headers[name] = value;
  });
  // The verdict of the door: only this process can stamp it, because only it can reach the socket.
  headers["x-modeltap-door"] = "open";
  return headers;
}

/** The same bytes; the clock runs only while the api is waited for, not while the client rests. */
function toWatchedStream(
  body: ReadableStream<Uint8Array>,
  silenceMs: number,
  giveUp: () => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const timer = setTimeout(giveUp, silenceMs);
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } finally {
          clearTimeout(timer);
        }
      },
      async cancel(reason) {
        giveUp();
        await reader.cancel(reason).catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
