/** @module The life of an exchange: journal its head, forward it, answer it, journal its end. */

import { ProxyError } from "../domain/error.ts";
import type { HeaderList } from "../domain/exchange.ts";
import type { ExchangeId } from "../domain/id.ts";
import { maskQuery } from "../http/mask.ts";
import type { Journal } from "../journal/journal.ts";
import { findBilling } from "../provider/billing.ts";
import { findErrorFamily, toErrorResponse } from "../provider/error-body.ts";
import type { Caller } from "./admit.ts";
import { toAllowedDecision } from "./allowed.ts";
import { findAnswerChange } from "./answer-change.ts";
import type { Answer, Call } from "./attempt.ts";
import { createAttempts } from "./attempts.ts";
import { createBreakers, type BreakerOptions, type Breakers } from "./breaker.ts";
import { chooseCapture } from "./choose-capture.ts";
import type { HashCredential } from "./credential.ts";
import { decide, decideByHead, type Decision } from "./decide.ts";
import { createGatherPatience } from "./gather.ts";
import { LiveExchange, type Outcome } from "./live.ts";
import { createMergedModels, toOwnUpstream } from "./merged-models.ts";
import { findModelMerge } from "./model-merge.ts";
import type { ProxyOptions } from "./options.ts";
import {
  createBodyBudget,
  hasBody,
  isReadWhole,
  readHeldBody,
  toTappedStream,
  type OutgoingBody,
} from "./request-body.ts";
import { maskKey, toRequestHead, withoutKeys, type RequestHead } from "./request-head.ts";
import { type ClientConnections, isOpaqueType, respond, toAnswerHead } from "./respond.ts";
import { mayDecideByBody, readBodyFacts } from "./rewrite-body.ts";
import { createReuse } from "./reuse.ts";
import type { ForwardRoute, RouteTable } from "./route.ts";
import { createStreamSeeker, hasStreamLimits, isStreamType } from "./stream-ask.ts";
import type { TapSink } from "./tap.ts";
import { toVerdict } from "./verdict.ts";
import { createWaits, type Waits } from "./waits.ts";
import { originOf, type Watch } from "./watch.ts";

export type ExchangeRunnerOptions = {
  readonly options: ProxyOptions;
  readonly journal: Journal;
  /** Carries bodies that must not touch the disk to the recorder. */
  readonly memory: TapSink;
  readonly watch: Watch;
  readonly now: () => number;
  readonly clock: () => number;
  readonly createId: () => ExchangeId;
  /** True for the origins this program itself listens on. */
  readonly isSelf?: (origin: string) => boolean;
  /** Absent: waits between tries take their real time. */
  readonly waits?: Waits;
  /** From then on each answer takes its connection with it. */
  readonly isStopping?: () => boolean;
  readonly onBreaker?: BreakerOptions["onChange"];
  /** Absent = credentials leave no trace at all. */
  readonly hashCredential?: HashCredential;
};

/** What was found out about a request before it is forwarded. */
export type Incoming = {
  readonly query: string;
  readonly fields: HeaderList;
  readonly caller: Caller;
  readonly connections: ClientConnections | undefined;
};

export type ExchangeRunner = {
  /** Never rejects: whatever fails is an answer to the client and a row of the record. */
  run(request: Request, route: ForwardRoute, incoming: Incoming): Promise<Response>;
  /** Ends the waits between tries: what was to be tried again is answered with what there is. */
  stopWaiting(): void;
  readonly heldBytes: number;
  readonly breakers: Breakers;
};

export function createExchangeRunner(deps: ExchangeRunnerOptions): ExchangeRunner {
  const { options, journal, watch, now } = deps;
  const breakers = createBreakers({
    ...options.breaker,
    now,
    ...(deps.onBreaker === undefined ? {} : { onChange: deps.onBreaker }),
  });
  const budget = createBodyBudget(options.bodyMemoryBytes);
  const patience = createGatherPatience(now);
  const reuse = createReuse(now);
  const waits = deps.waits ?? createWaits();
  const isSelf = deps.isSelf ?? (() => false);
  const attempts = createAttempts({
    options,
    breakers,
    watch,
    reuse,
    waits,
    now,
    clock: deps.clock,
    random: Math.random,
    isSelf,
  });
  const { outgoing, journalBodyBytes: keptBytes } = options;
  const mergedModels = createMergedModels({ outgoing, keptBytes, journal, breakers, isSelf });

  function onEnd(live: LiveExchange, outcome: Outcome): void {
    watch.remove(live);
    if (live.pass !== undefined) breakers.report(live.pass, toVerdict(live, outcome));
    if (live.heldBytes > 0) budget.give(live.heldBytes);
    live.heldBytes = 0;
    if (live.keepsConnection && outcome.state === "completed") reuse.give(originOf(live));
  }

  function begin(
    request: Request,
    route: ForwardRoute,
    query: string,
    { head, caller, hangUp }: { readonly head: RequestHead; readonly caller: Caller; readonly hangUp: () => void },
  ): LiveExchange {
    const startedAtMs = deps.clock();
    const id = deps.createId();
    const live: LiveExchange = new LiveExchange({
      id,
      startedAtMs,
      now,
      upstream: route.upstream,
      journal,
      onOpen(upstreams) {
        const { upstream } = live;
        const asked = request.headers.get("x-modeltap-capture");
        const capture = chooseCapture(asked, upstreams, journal.refusesBodies);
        // Must happen here: behind the journal only masked fields are left.
        const credentialHash = capture === "off" ? undefined : deps.hashCredential?.(request.headers, query);
        journal.head({
          id,
          startedAtMs,
          surface: route.surface,
          provider: upstream.provider,
          upstream: upstream.id,
          upstreamUrl: upstream.baseUrl ?? "",
          local: upstream.local,
          method: request.method,
          path: route.path === "" ? "/" : route.path,
          query: capture === "off" ? "" : maskQuery(maskKey(query.slice(1), caller.secret)),
          headers: capture === "off" ? [] : head.kept,
          capture,
          captureBytes: upstream.captureBytes,
          billing:
            upstream.credential === undefined
              ? findBilling(request.headers.get("authorization"), request.headers.get("chatgpt-account-id"))
              : "metered",
          ...(credentialHash === undefined ? {} : { credentialHash }),
          ...(caller.key === undefined ? {} : { keyId: caller.key.id }),
          ...(caller.tally === undefined ? {} : { tally: caller.tally }),
          edits: head.edits,
        });
        const opaque = isOpaqueType(request.headers.get("content-type"));
        return {
          capture,
          requestTapBytes: opaque ? upstream.captureBytes : options.journalBodyBytes,
          sink: capture === "full" ? journal : deps.memory,
        };
      },
      onEnd,
      hangUp,
    });
    live.edits.push(...head.edits);
    watch.add(live);
    request.signal.addEventListener("abort", () => live.clientGone());
    return live;
  }

  async function run(request: Request, route: ForwardRoute, incoming: Incoming): Promise<Response> {
    const { query, fields, caller, connections } = incoming;
    const { key, secret } = caller;
    const sentQuery = withoutKeys(query, secret);
    const head = toRequestHead(fields, options.version, secret);
    if (sentQuery !== query) head.edits.push({ side: "request", kind: "key_removed", detail: "?" });
    const merge = findModelMerge(route, request);
    const ownRoute = merge === undefined ? route : { ...route, upstream: toOwnUpstream(route.upstream) };
    const live = begin(request, ownRoute, query, { head, caller, hangUp: () => connections?.timeout(request, 1) });
    try {
      if (merge !== undefined) {
        return await mergedModels.answer({ live, headers: head.outgoing, query: sentQuery, key }, merge);
      }
      let body: OutgoingBody | undefined;
      const keep = (read: OutgoingBody): OutgoingBody => (body = read);
      const takeBody: Call["takeBody"] = (holdBytes, wishBytes) =>
        body === undefined ? readBody(live, request, head, { holdBytes, wishBytes }).then(keep) : Promise.resolve(body);
      const isRepeatable = (): boolean => !(body instanceof ReadableStream);
      const mayLook =
        mayDecideByBody(request.method, route.path, request.headers) &&
        (key?.allowedModels !== undefined ||
          (route.table !== undefined &&
            (hasModelRules(route.table) || (head.contentLength ?? 0) <= options.maxHeldBytes)));
      const looked = mayLook ? await takeBody(options.maxHeldBytes) : undefined;
      const chosen = route.table === undefined ? decideByHead(route) : decideByBody(route, route.table, looked);
      const decision =
        key === undefined
          ? chosen
          : toAllowedDecision(chosen, key, { method: request.method, path: route.path, body: looked });
      live.open(decision.targets.map(({ upstream }) => upstream));
      const call = { live, request, head, query: sentQuery, hadKey: key !== undefined, takeBody, isRepeatable };
      const answer = await attempts.send(call, decision);
      return await answerClient(live, answer, () => toClose(request, connections));
    } catch (failure) {
      return refuse(live, route, failure, deps.isStopping?.() === true);
    }
  }

  function answerClient(
    live: LiveExchange,
    found: Answer,
    findClose: () => (() => void) | undefined,
  ): Promise<Response> {
    const headAt = now();
    const { answer } = found;
    live.ttfbMs = live.elapsedMs();
    live.statusCode = answer.status;
    const head = toAnswerHead(answer.headers);
    if (deps.isStopping?.() === true) head.headers.set("connection", "close");
    const type = answer.headers.get("content-type");
    const opaque = isOpaqueType(type);
    if (live.asksForStream !== undefined) live.answersWithStream = isStreamType(type);
    live.responseTap = live.createTap("response", opaque ? live.upstream.captureBytes : options.journalBodyBytes);
    journal.responseHead({
      id: live.id,
      atMs: live.ttfbMs,
      statusCode: answer.status,
      headers: live.capture === "off" ? head.kept.filter(([name]) => NEEDED_TO_READ.has(name)) : head.kept,
    });
    const change = findAnswerChange(live, found, options.journalBodyBytes);
    live.overheadMs += now() - headAt;
    return respond({ live, answer, head, now, patience, findClose, ...(change === undefined ? {} : { change }) });
  }

  /** `holdBytes` must be held and refuses what is larger; up to `wishBytes` are held if their length is known and there is room. */
  function readBody(
    live: LiveExchange,
    request: Request,
    head: RequestHead,
    { holdBytes, wishBytes = 0 }: { holdBytes: number | undefined; wishBytes: number | undefined },
  ): Promise<OutgoingBody> {
    const { contentLength } = head;
    if (!hasBody(request, contentLength)) return NO_BODY;
    const isWished = contentLength !== undefined && contentLength <= wishBytes && budget.has(contentLength);
    if (holdBytes !== undefined || isReadWhole(contentLength, budget) || isWished) {
      const maxBytes = holdBytes ?? Number.POSITIVE_INFINITY;
      return readHeldBody(request, live, contentLength, { maxBytes, budget, now });
    }
    const { body } = request;
    if (body === null) return NO_BODY;
    const seeker = hasStreamLimits(live.upstream.timeouts ?? options.timeouts) ? createStreamSeeker() : undefined;
    live.bodySeeker = seeker;
    const stream = toTappedStream(body, live, {
      now,
      onFirstPull() {
        if (live.phase === "connect") live.phase = "answer";
      },
      ...(seeker === undefined ? {} : { onPiece: (bytes: Uint8Array) => seeker.feed(bytes) }),
    });
    return Promise.resolve(stream);
  }

  return {
    run,
    stopWaiting: () => waits.stop(),
    breakers,
    get heldBytes() {
      return budget.used;
    },
  };
}

const NO_BODY: Promise<OutgoingBody> = Promise.resolve(null);

/** Undefined where a close would pass for the end: an HTTP/1.0 client is not told of lengths, and most of them say so. */
function toClose(request: Request, connections: ClientConnections | undefined): (() => void) | undefined {
  if (connections === undefined || request.headers.get("connection")?.toLowerCase() === "close") return undefined;
  return () => connections.timeout(request, 1);
}

/** Without these an answer cannot be read; the row keeps no fields in capture mode `off`. */
const NEEDED_TO_READ: ReadonlySet<string> = new Set(["content-type", "content-encoding"]);

/** @param body undefined where it says nothing, or cannot be read as it passes */
function decideByBody(route: ForwardRoute, table: RouteTable, body: OutgoingBody | undefined): Decision {
  if (!(body instanceof Uint8Array)) return decide(route, {}, 0);
  return decide(route, readBodyFacts(body, route.path, hasModelRules(table)), Math.random());
}

/** Without any, a body too large to hold passes unread: only its field `provider` could have said something. */
function hasModelRules({ modelRoutes, pathRules, fallback }: RouteTable): boolean {
  return modelRoutes !== undefined || pathRules !== undefined || fallback !== undefined;
}

function refuse(live: LiveExchange, route: ForwardRoute, failure: unknown, isStopping: boolean): Response {
  const cause = live.cause;
  const error =
    cause?.by === "client"
      ? (cause.error ?? new ProxyError("request_aborted", "The client closed the connection."))
      : failure instanceof ProxyError
        ? failure
        : new ProxyError("internal", "An unexpected failure while forwarding.", { cause: failure });
  live.statusCode = error.status;
  const state = error.code === "request_aborted" ? "aborted" : "failed";
  live.end({ state, endedBy: cause?.by ?? error.source, error });
  // Of a request that was given up more may come: it must not pass for the next one.
  const isLast = isStopping || error.code === "request_timeout";
  const extra: Record<string, string> = isLast ? { connection: "close" } : {};
  if (error.code === "websocket_unsupported") Object.assign(extra, { upgrade: "HTTP/1.1", connection: "upgrade" });
  return toErrorResponse(error, findErrorFamily(route.path, live.upstream.family), extra);
}
