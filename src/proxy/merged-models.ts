/** @module One list of models for all routed upstreams: asked at once, within a bound, and answered by ourselves. */

import { allowsModel, allowsProvider, type ManagedKey } from "../domain/key.ts";
import { type ErrorCode, ProxyError } from "../domain/error.ts";
import { parseJsonBytes } from "../http/json.ts";
import { SECURITY_HEADERS } from "../http/security-headers.ts";
import type { Journal } from "../journal/journal.ts";
import { type ListedModel, parseModelList, toAnthropicModels, toOpenAiModels } from "../provider/model-list.ts";
import { toOutgoingHead } from "../provider/outgoing-head.ts";
import { toOrigin, toUpstreamUrl, type Upstream } from "../provider/upstream.ts";
import type { Breakers } from "./breaker.ts";
import type { LiveAttempt, LiveExchange } from "./live.ts";
import { type ListSource, type ModelMerge, mergeModels, toSourceKey } from "./model-merge.ts";
import { toConnectionOptions } from "./network.ts";
import type { OutgoingNetwork } from "./options.ts";
import { readUpTo } from "./read-up-to.ts";
import { toUpstreamError } from "./upstream-error.ts";

/** Longest list that is read of one upstream. */
const MAX_LIST_BYTES = 16 * 1024 * 1024;

export type MergedModelsOptions = {
  readonly outgoing: OutgoingNetwork;
  /** Most of our answer that is kept. */
  readonly keptBytes: number;
  readonly journal: Pick<Journal, "responseHead">;
  readonly breakers: Pick<Breakers, "find">;
  /** True for the origins this program itself listens on. */
  readonly isSelf: (origin: string) => boolean;
};

export type ListCall = {
  readonly live: LiveExchange;
  /** Fields and query of the client, without what is ours. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: string;
  readonly key: ManagedKey | undefined;
};

export type MergedModels = {
  /** Throws ProxyError when no upstream gave a list and no route has a name to list. */
  answer(call: ListCall, merge: ModelMerge): Promise<Response>;
};

/** Whoever the row says was asked: nobody but ourselves. Its settings are those of the upstream it stands for. */
export function toOwnUpstream(upstream: Upstream): Upstream {
  const { family, includeUsage, capture, captureBytes } = upstream;
  return { id: OWN, provider: OWN, family, local: true, includeUsage, capture, captureBytes, tlsInsecure: false };
}

const OWN = "modeltap";

type Asked = { readonly source: ListSource } & ({ readonly models: readonly ListedModel[] } | { readonly why: string });

export function createMergedModels(options: MergedModelsOptions): MergedModels {
  const { journal, breakers, isSelf } = options;

  async function answer(call: ListCall, merge: ModelMerge): Promise<Response> {
    const { live, key } = call;
    const isAllowed = (upstream: Upstream): boolean => key === undefined || allowsProvider(key, upstream);
    const sources = merge.sources.filter(({ upstream }) => isAllowed(upstream));
    live.open([live.upstream, ...sources.map(({ upstream }) => upstream)]);
    await live.settled();
    const signal = AbortSignal.any([live.abort.signal, AbortSignal.timeout(merge.timeoutMs)]);
    const asked = await Promise.all(sources.map((source) => ask(call, source, signal)));
    if (live.cause !== undefined) {
      throw live.cause.error ?? new ProxyError("request_aborted", "The client closed the connection.");
    }
    const leftOut = asked.flatMap((each) => ("why" in each ? [`${each.source.upstream.id} ${each.why}`] : []));
    const listed = new Map(
      asked.flatMap((each) => ("models" in each ? [[toSourceKey(each.source.upstream), each.models] as const] : [])),
    );
    const merged = mergeModels(merge, listed, isAllowed).filter(({ id }) => key === undefined || allowsModel(key, id));
    if (listed.size === 0 && merged.length === 0) throw toNoList(leftOut, key);
    live.edits.push({ side: "response", kind: "models_merged", detail: [...listed.keys()].map(toId).join(", ") });
    for (const each of leftOut) live.edits.push({ side: "response", kind: "models_left_out", detail: each });
    const list = merge.shape === "anthropic" ? toAnthropicModels(merged) : toOpenAiModels(merged);
    return finish(live, JSON.stringify(list), leftOut);
  }

  async function ask(call: ListCall, source: ListSource, signal: AbortSignal): Promise<Asked> {
    const { live } = call;
    const { upstream } = source;
    const url = toUpstreamUrl(upstream.baseUrl ?? "", source.path, "");
    const attempt: LiveAttempt = { upstream: upstream.id, url, startedMs: live.elapsedMs() };
    live.attempts.push(attempt);
    const left = (why: string, code?: ErrorCode): Asked => {
      attempt.endedMs = live.elapsedMs();
      if (code !== undefined) attempt.errorCode = code;
      return { source, why };
    };
    const origin = toOrigin(upstream.baseUrl ?? "");
    if (isSelf(origin)) return left("upstream_not_configured", "upstream_not_configured");
    if ((breakers.find(upstream.id)?.retryAfterMs ?? 0) > 0) return left("circuit_open", "circuit_open");
    try {
      const sent = toListRequest(call, source);
      const found = await fetch(`${url}${sent.query}`, {
        headers: sent.headers,
        redirect: "manual",
        signal,
        ...toConnectionOptions(upstream, options.outgoing),
      });
      attempt.statusCode = found.status;
      if (found.status !== 200) {
        await found.body?.cancel();
        return left(String(found.status));
      }
      const bytes = await readUpTo(found.body, MAX_LIST_BYTES);
      const models = bytes === undefined ? undefined : parseModelList(parseJsonBytes(bytes));
      if (models === undefined) return left("upstream_invalid_response", "upstream_invalid_response");
      attempt.endedMs = live.elapsedMs();
      return { source, models };
    } catch (failure) {
      const code = toCode(failure, signal, origin);
      return left(code, code);
    }
  }

  /** As any answer: the record is whole before the client has it. */
  async function finish(live: LiveExchange, text: string, leftOut: readonly string[]): Promise<Response> {
    const headers = {
      ...SECURITY_HEADERS,
      "content-type": "application/json",
      "cache-control": "no-store",
      ...(leftOut.length === 0 ? {} : { "x-modeltap-models-left-out": leftOut.join(", ") }),
    };
    live.statusCode = 200;
    live.ttfbMs = live.elapsedMs();
    live.responseTap = live.createTap("response", options.keptBytes);
    journal.responseHead({ id: live.id, atMs: live.ttfbMs, statusCode: 200, headers: Object.entries(headers) });
    live.responseTap?.push(Buffer.from(text), live.ttfbMs);
    live.end({ state: "completed", endedBy: "proxy" });
    await live.settled();
    return new Response(text, { headers });
  }

  return { answer };
}

/** Fields that ask for less than the whole list, or in a form that we could not read. */
const NARROWING = /^(?:if-.*|range|accept|accept-encoding|content-.*)$/;

/** The client's credential goes where its request would have gone, and nowhere else. */
function toListRequest(call: ListCall, { upstream, isClients }: ListSource): ReturnType<typeof toOutgoingHead> {
  const { "user-agent": agent = "" } = call.headers;
  const own = isClients ? Object.entries(call.headers).filter(([name]) => !NARROWING.test(name)) : [];
  const isAnthropic = upstream.family === "anthropic";
  const headers = {
    "user-agent": agent,
    ...(isAnthropic ? { "anthropic-version": "2023-06-01" } : {}),
    ...Object.fromEntries(own),
    accept: "application/json",
    "accept-encoding": "identity",
  };
  const sent = toOutgoingHead(upstream, headers, isClients ? call.query : "");
  const query = new URLSearchParams(sent.query);
  for (const name of ["limit", "after_id", "before_id"]) query.delete(name);
  // Anthropic's pages have 20 models unless asked for more.
  if (isAnthropic) query.set("limit", "1000");
  return { ...sent, query: query.size === 0 ? "" : `?${query.toString()}` };
}

function toNoList(leftOut: readonly string[], key: ManagedKey | undefined): ProxyError {
  return leftOut.length === 0 && key !== undefined
    ? new ProxyError("provider_not_allowed", `The managed key ${key.prefix}… may use none of the routed upstreams.`)
    : new ProxyError("upstream_invalid_response", `No upstream gave a list of models: ${leftOut.join(", ")}.`);
}

function toCode(failure: unknown, signal: AbortSignal, origin: string): ErrorCode {
  if (failure instanceof ProxyError) return failure.code;
  return signal.aborted ? "upstream_first_byte_timeout" : toUpstreamError(failure, origin).code;
}

function toId(key: string): string {
  return key.slice(0, key.indexOf(" "));
}
