/** @module One attempt at one upstream: its own fields and bytes, past its breaker, and what it answers. */

import { ProxyError } from "../domain/error.ts";
import type { Edit } from "../domain/exchange.ts";
import type { StartedFixes } from "../fix/start.ts";
import { lacksCredential, toOutgoingHead } from "../provider/outgoing-head.ts";
import { toUpstreamUrl, type Upstream } from "../provider/upstream.ts";
import { beginFixes, findFixes } from "./attempt-fixes.ts";
import type { Breakers } from "./breaker.ts";
import { readChainedRefusal } from "./chained-refusal.ts";
import type { Target } from "./decide.ts";
import { forward, type ForwardOptions } from "./forward.ts";
import { createUsageChunkFilter, insertUsageOption, mayAskForUsage, type UsageChunkFilter } from "./include-usage.ts";
import type { LiveExchange } from "./live.ts";
import { toConnectionOptions, type ConnectionOptions } from "./network.ts";
import type { ProxyOptions } from "./options.ts";
import { hasBody, type OutgoingBody } from "./request-body.ts";
import type { RequestHead } from "./request-head.ts";
import type { Reuse } from "./reuse.ts";
import { rewriteBody } from "./rewrite-body.ts";
import { createStreamAsk, hasStreamLimits } from "./stream-ask.ts";
import { readUsageOptionRefusal } from "./usage-refusal.ts";
import { originOf, type Watch } from "./watch.ts";

/** One request with everything its attempts need. */
export type Call = {
  readonly live: LiveExchange;
  readonly request: Request;
  readonly head: RequestHead;
  readonly query: string;
  /** A managed key was taken out: what is left may be no credential. */
  readonly hadKey: boolean;
  /** The body, read at the first call and the same afterwards; held when told so, or when it is small, or fits the wish. */
  readonly takeBody: (holdBytes: number | undefined, wishBytes?: number) => Promise<OutgoingBody>;
  /** False once the body was handed over as a stream: it cannot be sent a second time. */
  readonly isRepeatable: () => boolean;
};

export type Answer = {
  readonly answer: Response;
  /** Set when we asked for a usage chunk the client did not ask for. */
  readonly filter: UsageChunkFilter | undefined;
  /** Compatibility fixes that are switched on for this call. */
  readonly fixes: StartedFixes | undefined;
};

export type AttemptOptions = {
  readonly options: ProxyOptions;
  readonly breakers: Breakers;
  readonly watch: Watch;
  readonly reuse: Reuse;
  readonly now: () => number;
  /** True for the origins this program itself listens on: forwarding there would never end. */
  readonly isSelf: (origin: string) => boolean;
};

/** @param mayRepeat the body is better held if it can be, because it may be needed again */
export type AttemptOnce = (call: Call, target: Target, mayRepeat: boolean) => Promise<Answer>;

/** Makes the function that tries once. It throws ProxyError when the upstream gives no answer. */
export function createAttempt({ options, breakers, watch, reuse, now, isSelf }: AttemptOptions): AttemptOnce {
  /** By upstream, as long as that is in use: a reload makes new ones. */
  const connections = new WeakMap<Upstream, ConnectionOptions>();
  /** Upstreams that answered 400 to `stream_options`: they are not asked again. */
  const withoutUsageOption = new Set<string>();

  async function attempt(call: Call, target: Target, mayRepeat: boolean): Promise<Answer> {
    const { live, request, head } = call;
    const { upstream, path } = target;
    checkForwardable(request, upstream, head);
    if (isSelf(originOf(live))) {
      throw new ProxyError("upstream_not_configured", `The base URL of ${upstream.id} is modeltap's own address.`);
    }
    const sent = toOutgoingHead(upstream, head.outgoing, call.query, target.isStandIn);
    note(live, sent.edits);
    if (call.hadKey && lacksCredential(upstream, sent)) {
      throw new ProxyError(
        "credential_missing",
        `The managed key was taken out, and ${upstream.id} has no credential to send instead: set [providers.${upstream.id}.auth].`,
      );
    }
    // Refused at once, before the body is read, while the upstream rests.
    if (live.pass === undefined) refuseResting(upstream.id, breakers.refusal(upstream.id));

    const maxHeldBytes = upstream.maxHeldBytes ?? options.maxHeldBytes;
    const isHoldable = (head.contentLength ?? 0) <= maxHeldBytes;
    const asks = mayAskForUsage(upstream, request, path) && isHoldable && !withoutUsageOption.has(upstream.id);
    const beforeBodyMs = live.elapsedMs();
    const named = findFixes(target, request.method);
    const isHeld = asks || (named !== undefined && isHoldable);
    const taken = await call.takeBody(isHeld ? maxHeldBytes : undefined, mayRepeat ? maxHeldBytes : undefined);
    const bodyMs = live.elapsedMs() - beforeBodyMs;
    const { body, edits } = taken instanceof Uint8Array ? rewriteBody(taken, target) : { body: taken, edits: [] };
    note(live, edits);
    const changed = asks && body instanceof Uint8Array ? insertUsageOption(body) : undefined;
    if (changed !== undefined) note(live, [{ side: "request", kind: "include_usage_added" }]);
    const fixes = named === undefined ? undefined : beginFixes(named, live.id, request, taken);
    live.fixes = fixes?.outcome;
    const headers = fixes?.areNeeded === true ? askForPlainAnswer(live, sent.headers) : sent.headers;
    const isStream = body instanceof ReadableStream;
    live.asksForStream = hasStreamLimits(upstream.timeouts ?? options.timeouts)
      ? createStreamAsk({
          path,
          query: call.query,
          accept: request.headers.get("accept"),
          body: body instanceof Uint8Array ? body : undefined,
          seeker: live.bodySeeker,
        })
      : undefined;
    const toForward: Omit<ForwardOptions, "body"> = {
      live,
      url: toUpstreamUrl(upstream.baseUrl ?? "", path, sent.query),
      method: request.method,
      headers:
        isStream && head.contentLength !== undefined
          ? { ...headers, "content-length": String(head.contentLength) }
          : headers,
      connection: connectionOf(upstream),
      now,
      watch,
      reuse,
    };

    // Taken when the request is here: a probe holds up all others, and its client may be slow to send.
    passBreaker(live);
    await live.settled();
    if (live.attempts.length === 0) live.overheadMs = live.elapsedMs() - bodyMs;
    let answer = await forward({ ...toForward, body: changed ?? body });
    if (answer.status === 503) {
      ({ answer, chained: live.chainedRefusal } = await orCause(live, readChainedRefusal(answer)));
    }
    if (changed === undefined) return { answer, filter: undefined, fixes };
    if (answer.status !== 400) return { answer, filter: createUsageChunkFilter(), fixes };
    const refused = await orCause(live, readUsageOptionRefusal(answer));
    if (!refused.refused) return { answer: refused.answer, filter: createUsageChunkFilter(), fixes };
    withoutUsageOption.add(upstream.id);
    note(live, [{ side: "request", kind: "include_usage_taken_back" }]);
    return { answer: await forward({ ...toForward, body }), filter: undefined, fixes };
  }

  /** A further try goes with the pass of the one before. */
  function passBreaker(live: LiveExchange): void {
    if (live.pass !== undefined) return;
    const admission = breakers.admit(live.upstream.id);
    if ("pass" in admission) live.pass = admission.pass;
    else refuseResting(live.upstream.id, admission);
  }

  function connectionOf(upstream: Upstream): ConnectionOptions {
    let connection = connections.get(upstream);
    if (connection === undefined) {
      connection = toConnectionOptions(upstream, options.outgoing);
      connections.set(upstream, connection);
    }
    return connection;
  }

  return attempt;
}

/** What was stopped because of a passed limit fails with that limit, whatever the read made of it. */
async function orCause<T>(live: LiveExchange, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (failure) {
    throw live.cause?.error ?? failure;
  }
}

function refuseResting(upstream: string, refusal: { readonly retryAfterMs: number } | undefined): void {
  if (refusal === undefined) return;
  const seconds = Math.max(1, Math.ceil(refusal.retryAfterMs / 1000));
  throw new ProxyError("circuit_open", `${upstream} rests for ${seconds} s.`, { retryAfterSeconds: seconds });
}

/** What can be told before anything is sent. */
function checkForwardable(request: Request, upstream: Upstream, head: RequestHead): void {
  if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
    throw new ProxyError("websocket_unsupported", "WebSockets are not relayed yet.");
  }
  if (upstream.baseUrl === undefined) {
    throw new ProxyError(
      "upstream_not_configured",
      `${upstream.id} has its account in its host name: set [providers.${upstream.id}] base_url = "${upstream.baseUrlExample ?? "https://…"}".`,
    );
  }
  // Bun's server does not hand over the body of a GET or HEAD: refusing is better than forwarding half a request.
  const isSent = (head.contentLength ?? 0) > 0 || request.headers.has("transfer-encoding");
  if (isSent && !hasBody(request, head.contentLength)) {
    throw new ProxyError("request_body_unsupported", `A ${request.method} request with a body cannot be forwarded.`);
  }
}

/** A fix cannot look into compressed bytes. */
function askForPlainAnswer(live: LiveExchange, headers: Readonly<Record<string, string>>): Record<string, string> {
  if (headers["accept-encoding"] !== "identity") {
    note(live, [{ side: "request", kind: "accept_encoding_set", detail: "identity" }]);
  }
  return { ...headers, "accept-encoding": "identity" };
}

/** Lists edits, each once however many attempts made it. */
function note(live: LiveExchange, edits: readonly Edit[]): void {
  for (const edit of edits) {
    const isListed = live.edits.some(
      ({ side, kind, detail }) => side === edit.side && kind === edit.kind && detail === edit.detail,
    );
    if (!isListed) live.edits.push(edit);
  }
}
