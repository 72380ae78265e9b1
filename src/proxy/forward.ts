/** @module One attempt on one upstream: the request goes out, the head of its answer comes back or an error of ours. */

import { ProxyError } from "../domain/error.ts";
import type { LiveExchange } from "./live.ts";
import type { ConnectionOptions } from "./network.ts";
import type { OutgoingBody } from "./request-body.ts";
import type { Reuse } from "./reuse.ts";
import { toUpstreamError } from "./upstream-error.ts";
import { originOf, type Watch } from "./watch.ts";

export type ForwardOptions = {
  readonly live: LiveExchange;
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: OutgoingBody;
  readonly connection: ConnectionOptions;
  readonly now: () => number;
  readonly watch: Watch;
  readonly reuse: Reuse;
};

/** Redirects are the client's to follow, and encodings the client's to read: both come back as they are. */
export async function forward(options: ForwardOptions): Promise<Response> {
  const { live, now, watch, reuse } = options;
  const origin = originOf(live);
  const attempt = { upstream: live.upstream.id, url: stripQuery(options.url), startedMs: live.elapsedMs() };
  live.attempts.push(attempt);
  live.phase = "connect";
  live.forwardedAt = now();
  live.sentAt = live.forwardedAt;
  // Behind an outgoing proxy the connections are that proxy's.
  live.reused = options.connection.proxy === undefined && reuse.take(origin);
  live.keepsConnection = false;
  try {
    const answer = await fetch(options.url, {
      method: options.method,
      headers: options.headers,
      // Bun takes any byte view; the DOM types know only views of plain ArrayBuffers.
      body: options.body as BodyInit | null,
      redirect: "manual",
      decompress: false,
      signal: live.abort.signal,
      ...options.connection,
    });
    watch.connected(origin);
    live.phase = "upstream-body";
    live.aliveAt = now();
    live.keepsConnection = answer.headers.get("connection")?.toLowerCase() !== "close";
    const current = live.attempts.at(-1);
    if (current !== undefined) current.statusCode = answer.status;
    if (answer.status < 200 || answer.status > 599) {
      throw new ProxyError("upstream_invalid_response", `The upstream answered with status ${answer.status}.`);
    }
    return answer;
  } catch (failure) {
    if (failure instanceof ProxyError) throw failure;
    const cause = live.cause;
    if (cause?.error !== undefined) throw cause.error;
    if (cause?.by === "client") throw new ProxyError("request_aborted", "The client closed the connection.");
    throw toUpstreamError(failure, origin);
  }
}

function stripQuery(url: string): string {
  const at = url.indexOf("?");
  return at === -1 ? url : url.slice(0, at);
}
