/** @module The fake provider on loopback: true wire formats, made-up answers, and now and then a fault. */

import { parseJson } from "../http/json.ts";
import { DEFAULT_FAULTS, type FaultRates, pickFault, wordFault } from "./fault.ts";
import type { Answer, Ask, DemoFormat, FaultKind } from "./format/format.ts";
import { openaiChat } from "./format/openai-chat.ts";
import { FORMATS } from "./format/registry.ts";
import { toRecord } from "./json.ts";
import { findCount, findListing } from "./listing.ts";
import { toPacedBody } from "./paced.ts";
import { forkRandom, pickInteger, pickText, type Random } from "./random.ts";
import { createReplies } from "./reply.ts";
import type { Reply } from "./script.ts";
import { sleep } from "./sleep.ts";
import { countPrompt, countTokens, type TokenCount } from "./tokens.ts";

export type DemoProviderOptions = {
  /** Drawn from once per request. */
  readonly random?: Random;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Factor on every wait; 1 is the pace of a quick model, 0 does not wait. */
  readonly pace?: number;
  readonly faults?: FaultRates;
};

export type DemoProvider = {
  /** Without a trailing slash. */
  readonly url: string;
  /** Requests whose answer is not over. */
  openRequests(): number;
  /** Breaks what is open and stops listening. */
  close(): Promise<void>;
};

export function startDemoProvider(options: DemoProviderOptions = {}): DemoProvider {
  const stopping = new AbortController();
  const answer = createAnswerer(options, stopping.signal);
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, development: false, fetch: answer });
  return {
    url: `http://127.0.0.1:${server.port}`,
    openRequests: () => server.pendingRequests,
    async close() {
      stopping.abort();
      await server.stop(true);
    },
  };
}

const EMBEDDING_LIMIT_TOKENS = 8192;

function createAnswerer(options: DemoProviderOptions, stopped: AbortSignal): (request: Request) => Promise<Response> {
  const { random: chance = Math.random, now = Date.now, pace = 1, faults = DEFAULT_FAULTS } = options;
  const findReply = createReplies();

  return async (request) => {
    const random = forkRandom(chance);
    const signal = AbortSignal.any([request.signal, stopped]);
    const { pathname, search } = new URL(request.url);
    const wait = (low: number, high: number): Promise<void> => sleep(pickInteger(random, low, high) * pace, signal);

    const listing = request.method === "GET" ? findListing(pathname) : undefined;
    const body = toRecord(parseJson(await request.text()));
    const ready = listing ?? findCount(pathname, body);
    if (ready !== undefined) {
      await wait(20, 120);
      return toJson(request, 200, ready, random);
    }
    const format = FORMATS.find((each) => each.matches(pathname));
    if (format === undefined || request.method !== "POST") {
      return toFault(request, format ?? openaiChat, "unknown_path", `${request.method} ${pathname}`, random);
    }
    const ask = format.readAsk(pathname, search.slice(1), body);
    const fault = pickFault(random, faults);
    await (fault === "slow" ? wait(2500, 5000) : wait(150, 600));
    if (fault === "rateLimited") return toFault(request, format, "rate_limited", "", random);
    if (fault === "overloaded") return toFault(request, format, "overloaded", "", random);
    const tooLong = findTooLong(format, ask);
    if (tooLong !== undefined) return toFault(request, format, "context_length", tooLong, random);

    const reply = toSpokenReply(ask, findReply(ask.lastText, ask.schema));
    const count = countAnswer(ask, reply);
    const answer: Answer = { ask, reply, count, body, provider: findProviderId(pathname), random, nowMs: now() };
    if (!ask.streaming) {
      // An answer at once takes as long as its tokens do.
      await sleep(Math.min(2500, 150 + count.outputTokens * 12) * pace, signal);
      return toJson(request, 200, format.toWhole(answer), random);
    }
    const pieces = format.toPieces(answer);
    const stream = toPacedBody({
      pieces,
      pauseMs: () => pickInteger(random, 15, 60) * pace,
      cutAfter: fault === "cut" ? pickInteger(random, 1, Math.max(1, pieces.length - 2)) : undefined,
      signal,
    });
    return new Response(stream, {
      headers: { ...commonHeaders(random), "content-type": format.streamType, "cache-control": "no-cache" },
    });
  };
}

/** `/demo/<id>/…` names the provider played (see upstreams.ts); else the path's own look tells. */
function findProviderId(path: string): string {
  const [first, second] = path.split("/").slice(1);
  if (first === "demo") return second ?? "openai";
  if (first === "openrouter" || path.startsWith("/api/v1/")) return "openrouter";
  return first === "groq" ? "groq" : "openai";
}

function toSpokenReply(ask: Ask, reply: Reply): Reply {
  if (ask.thinks) return reply;
  const { thinking: _, ...spoken } = reply;
  return spoken;
}

/** What is shown of a thought is a summary. */
const TOKENS_PER_SHOWN_THOUGHT = 4;

function countAnswer(ask: Ask, reply: Reply): TokenCount {
  const shown = countTokens(JSON.stringify([reply.text, reply.toolCall]));
  const reasoningTokens = countTokens(reply.thinking ?? "") * TOKENS_PER_SHOWN_THOUGHT;
  const messages = ask.messages.map((message) => countTokens(JSON.stringify(message)));
  return {
    ...countPrompt(countTokens(ask.fixedText), messages),
    outputTokens: shown + reasoningTokens,
    reasoningTokens,
  };
}

function findTooLong(format: DemoFormat, ask: Ask): string | undefined {
  if (format.id !== "openai-embeddings") return undefined;
  const longest = Math.max(0, ...ask.messages.map((input) => countTokens(JSON.stringify(input))));
  return longest > EMBEDDING_LIMIT_TOKENS ? `${longest} tokens of ${EMBEDDING_LIMIT_TOKENS}` : undefined;
}

function toFault(request: Request, format: DemoFormat, kind: FaultKind, detail: string, random: Random): Response {
  const { status, body } = format.toError(kind, wordFault(kind, detail));
  const retry = kind === "rate_limited" ? { "retry-after": String(pickInteger(random, 1, 3)) } : {};
  return toJson(request, status, body, random, retry);
}

/** Below this a compressed answer is hardly smaller. */
const LEAST_COMPRESSED_BYTES = 1024;

function toJson(
  request: Request,
  status: number,
  value: unknown,
  random: Random,
  more: Readonly<Record<string, string>> = {},
): Response {
  const headers = { ...commonHeaders(random), "content-type": "application/json", ...more };
  const text = JSON.stringify(value);
  const compressed =
    text.length >= LEAST_COMPRESSED_BYTES && /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "");
  return compressed
    ? new Response(Bun.gzipSync(text), { status, headers: { ...headers, "content-encoding": "gzip" } })
    : new Response(text, { status, headers });
}

function commonHeaders(random: Random): Readonly<Record<string, string>> {
  return { "x-request-id": `req_demo${pickText(random, 20)}`, "x-demo": "modeltap" };
}
