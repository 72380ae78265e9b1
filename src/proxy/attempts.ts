/** @module The attempts of an exchange: its targets in turn, each with its own fields and bytes, until one answers. */

import { ProxyError } from "../domain/error.ts";
import type { Edit } from "../domain/exchange.ts";
import { toOutgoingHead } from "../provider/outgoing-head.ts";
import { toUpstreamUrl, type Upstream } from "../provider/upstream.ts";
import type { Breakers } from "./breaker.ts";
import type { Decision, Target } from "./decide.ts";
import { forward, type ForwardOptions } from "./forward.ts";
import { createUsageChunkFilter, insertUsageOption, mayAskForUsage, type UsageChunkFilter } from "./include-usage.ts";
import type { LiveExchange } from "./live.ts";
import { toConnectionOptions, type ConnectionOptions } from "./network.ts";
import type { ProxyOptions } from "./options.ts";
import type { OutgoingBody } from "./request-body.ts";
import type { RequestHead } from "./request-head.ts";
import { rewriteBody } from "./rewrite-body.ts";
import { readUsageOptionRefusal } from "./usage-refusal.ts";
import { isUpstreamFailure, toAttemptVerdict } from "./verdict.ts";
import { originOf, type Watch } from "./watch.ts";

/** One request with everything its attempts need. */
export type Call = {
  readonly live: LiveExchange;
  readonly request: Request;
  readonly head: RequestHead;
  readonly query: string;
  /** The body, read at the first call and the same afterwards; held when told so, or when it is here already. */
  readonly takeBody: (holdBytes: number | undefined) => Promise<OutgoingBody>;
};

export type Answer = {
  readonly answer: Response;
  /** Set when we asked for a usage chunk the client did not ask for. */
  readonly filter: UsageChunkFilter | undefined;
};

export type Attempts = {
  /** The first answer that is worth passing on, or the last one. Throws ProxyError when no target gave one. */
  send(call: Call, decision: Decision): Promise<Answer>;
};

export type AttemptsOptions = {
  readonly options: ProxyOptions;
  readonly breakers: Breakers;
  readonly watch: Watch;
  readonly now: () => number;
  /** True for the origins this program itself listens on: forwarding there would never end. */
  readonly isSelf: (origin: string) => boolean;
};

export function createAttempts({ options, breakers, watch, now, isSelf }: AttemptsOptions): Attempts {
  /** By upstream, as long as that is in use: a reload makes new ones. */
  const connections = new WeakMap<Upstream, ConnectionOptions>();
  /** Upstreams that answered 400 to `stream_options`: they are not asked again. */
  const withoutUsageOption = new Set<string>();

  async function send(call: Call, { targets }: Decision): Promise<Answer> {
    for (const [index, target] of targets.entries()) {
      const others = targets.slice(index + 1);
      const startedMs = call.live.elapsedMs();
      const attemptsBefore = call.live.attempts.length;
      call.live.begin(target.upstream);
      try {
        const found = await attempt(call, target);
        if (!others.some(mayBeUsed) || !isWorthAnother(found.answer.status)) return found;
        await giveUpAnswer(call.live, found.answer);
      } catch (failure) {
        if (others.length === 0 || !(failure instanceof ProxyError) || !mayTryAnother(call.live, failure))
          throw failure;
        // What was refused before it reached the network is an attempt, too: the row shows why the next one was needed.
        if (call.live.attempts.length === attemptsBefore) {
          call.live.attempts.push({ upstream: target.upstream.id, url: target.upstream.baseUrl ?? "", startedMs });
        }
        giveUp(call.live, failure);
      }
    }
    throw new ProxyError("internal", "A decision without targets.");
  }

  async function attempt(call: Call, target: Target): Promise<Answer> {
    const { live, request, head } = call;
    const { upstream, path } = target;
    checkForwardable(request, upstream, head);
    if (isSelf(originOf(live))) {
      throw new ProxyError("upstream_not_configured", `The base URL of ${upstream.id} is modeltap's own address.`);
    }
    const sent = toOutgoingHead(upstream, head.outgoing, call.query);
    note(live, sent.edits);
    passBreaker(live);

    const asks =
      upstream.includeUsage === "auto" &&
      mayAskForUsage(request.method, path) &&
      !request.headers.has("content-encoding") &&
      (head.contentLength ?? 0) <= (upstream.maxHeldBytes ?? options.maxHeldBytes) &&
      !withoutUsageOption.has(upstream.id);
    const beforeBodyMs = live.elapsedMs();
    const taken = await call.takeBody(asks ? (upstream.maxHeldBytes ?? options.maxHeldBytes) : undefined);
    const bodyMs = live.elapsedMs() - beforeBodyMs;
    const { body, edits } = taken instanceof Uint8Array ? rewriteBody(taken, target) : { body: taken, edits: [] };
    note(live, edits);
    const changed = asks && body instanceof Uint8Array ? insertUsageOption(body) : undefined;
    if (changed !== undefined) note(live, [{ side: "request", kind: "include_usage_added" }]);
    const isStream = body instanceof ReadableStream;
    const toForward: Omit<ForwardOptions, "body"> = {
      live,
      url: toUpstreamUrl(upstream.baseUrl ?? "", path, sent.query),
      method: request.method,
      headers:
        isStream && head.contentLength !== undefined
          ? { ...sent.headers, "content-length": String(head.contentLength) }
          : sent.headers,
      connection: connectionOf(upstream),
      now,
      watch,
    };

    await live.settled();
    if (live.attempts.length === 0) live.overheadMs = live.elapsedMs() - bodyMs;
    const answer = await forward({ ...toForward, body: changed ?? body });
    if (changed === undefined) return { answer, filter: undefined };
    if (answer.status !== 400) return { answer, filter: createUsageChunkFilter() };
    const refused = await readUsageOptionRefusal(answer);
    if (!refused.refused) return { answer: refused.answer, filter: createUsageChunkFilter() };
    withoutUsageOption.add(upstream.id);
    note(live, [{ side: "request", kind: "include_usage_taken_back" }]);
    return { answer: await forward({ ...toForward, body }), filter: undefined };
  }

  /** Refuses at once, before the body is read, while the upstream rests. */
  function passBreaker(live: LiveExchange): void {
    const admission = breakers.admit(live.upstream.id);
    if ("retryAfterMs" in admission) {
      const seconds = Math.max(1, Math.ceil(admission.retryAfterMs / 1000));
      throw new ProxyError("circuit_open", `${live.upstream.id} rests for ${seconds} s.`, {
        retryAfterSeconds: seconds,
      });
    }
    live.pass = admission.pass;
  }

  function mayBeUsed({ upstream }: Target): boolean {
    return (breakers.find(upstream.id)?.retryAfterMs ?? 0) === 0;
  }

  async function giveUpAnswer(live: LiveExchange, answer: Response): Promise<void> {
    const isChained = answer.headers.get("x-modeltap-error") === "circuit_open";
    if (live.pass !== undefined) breakers.report(live.pass, toAttemptVerdict(undefined, answer.status, isChained));
    live.pass = undefined;
    endAttempt(live);
    // Its body is not wanted: the connection is free again, or closed.
    await answer.body?.cancel().catch(() => undefined);
  }

  function giveUp(live: LiveExchange, failure: ProxyError): void {
    if (live.pass !== undefined) breakers.report(live.pass, toAttemptVerdict(failure.code, undefined, false));
    live.pass = undefined;
    endAttempt(live, failure);
  }

  function connectionOf(upstream: Upstream): ConnectionOptions {
    let connection = connections.get(upstream);
    if (connection === undefined) {
      connection = toConnectionOptions(upstream, options.outgoing);
      connections.set(upstream, connection);
    }
    return connection;
  }

  return { send };
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
  const hasBody = (head.contentLength ?? 0) > 0 || request.headers.has("transfer-encoding");
  if (hasBody && request.body === null) {
    throw new ProxyError("request_body_unsupported", `A ${request.method} request with a body cannot be forwarded.`);
  }
}

/** Nothing of these answers is of use to the client if another upstream can do better. */
function isWorthAnother(status: number): boolean {
  return status === 429 || status >= 500;
}

const UNUSABLE = new Set(["circuit_open", "credential_missing", "upstream_not_configured"]);

function mayTryAnother(live: LiveExchange, failure: ProxyError): boolean {
  if (live.ended || (live.cause !== undefined && live.cause.by !== "upstream")) return false;
  return isUpstreamFailure(failure.code) || UNUSABLE.has(failure.code);
}

function endAttempt(live: LiveExchange, failure?: ProxyError): void {
  const attempt = live.attempts.at(-1);
  if (attempt === undefined) return;
  attempt.endedMs = live.elapsedMs();
  if (failure !== undefined) attempt.errorCode = failure.code;
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
