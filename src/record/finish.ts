/** @module From an exchange that ended (or still runs) to its row and its captures. */

import type { Attempt, BodyFacts, Exchange, ExchangeState } from "../domain/exchange.ts";
import type { Session, SessionKey } from "../domain/session.ts";
import type { EndEntry, HeadEntry } from "../journal/entry.ts";
import type { Pricer } from "../price/price.ts";
import type { Capture, CaptureSide } from "../store/store.ts";
import { findErrorClass } from "../session/error-class.ts";
import type { Identity } from "../session/identify.ts";
import type { Reply } from "../session/reply.ts";
import { isStreamType } from "./answer-feed.ts";
import { findHeader } from "./call.ts";
import { toIdentityColumns, toTurnColumns } from "./identity-columns.ts";
import type { ExchangeReading, OpenExchange } from "./open-exchange.ts";
import { findCost, toErrorColumns, toReadingColumns } from "./reading-columns.ts";

/** What an exchange brings along until its session is known. */
export type Unsettled = { readonly identity: Identity; readonly reply?: Reply | undefined };

export type Finished = {
  readonly exchange: Exchange;
  readonly captures: readonly Capture[];
  /** What is still to be asked before its session is known. */
  readonly unsettled?: Unsettled;
  readonly sessions?: readonly Session[];
  readonly sessionKeys?: readonly SessionKey[];
};

/** Each warning is a code, mostly with a detail behind a colon; more than this many say nothing new. */
const MAX_WARNINGS = 20;

/** The row of an exchange that still runs. Never throws. */
export function toPendingExchange(open: OpenExchange): Exchange {
  return toExchange(open, open.end, "pending", open.readPending(), undefined, [], []);
}

/** The final row and the kept bodies. `open` is used up. Never throws. */
export function finishExchange(
  open: OpenExchange,
  state: Exclude<ExchangeState, "pending">,
  pricer: Pricer | undefined,
): Finished {
  const missing = findMissingBytes(open);
  const reading = open.finishReading(state !== "completed" || missing.response > 0);
  const warnings = [
    ...(open.isQuarantined ? ["quarantined: the recorder crashed twice on this exchange, so it was not read"] : []),
    ...toMissingWarning("request", missing.request, open.end?.requestBytes),
    ...toMissingWarning("response", missing.response, open.end?.responseBytes),
    ...toMissingWarning("client-response", missing["client-response"], open.end?.clientResponseBytes),
    ...(open.wasCut ? ["recorder_memory_full: bodies were cut because too much was in flight"] : []),
  ];
  const captures =
    open.head.capture === "full"
      ? withoutSame([
          ...toCapture(open, "request"),
          ...toCapture(open, "response", reading.responseContentType),
          ...toCapture(open, "client-response", reading.responseContentType),
        ])
      : [];
  const end = missing.response === 0 ? toSettledEnd(open, reading) : open.end;
  const finalState = end === open.end ? state : "completed";
  const exchange = toExchange(open, end, finalState, reading, pricer, captures, warnings);
  const { identity, reply } = reading;
  if (identity === undefined || open.head.capture === "off") return { exchange, captures };
  return { exchange, captures, unsettled: { identity, reply } };
}

function toExchange(
  open: OpenExchange,
  end: EndEntry | undefined,
  state: ExchangeState,
  read: ExchangeReading,
  pricer: Pricer | undefined,
  captures: readonly Capture[],
  warnings: readonly string[],
): Exchange {
  const { responseHead } = open;
  const head = { ...open.head, ...end?.served };
  const { call, reading } = read;
  const isOff = head.capture === "off";
  const statusCode = end === undefined ? responseHead?.statusCode : end.statusCode;
  const responseContentType = findHeader(responseHead?.headers, "content-type");
  const columns = toReadingColumns(reading, open.response.endOffset > 0 && (statusCode ?? 0) < 400);
  const cost = state === "pending" ? undefined : findCost(pricer, head, call.kind, reading, columns);
  const allWarnings = [...new Set([...warnings, ...read.warnings, ...(reading?.warnings ?? [])])];
  const { responseId, ...countColumns } = columns;
  const errorColumns = toErrorColumns(end, isOff ? withoutMessage(reading?.error) : reading?.error);
  const errorClass = findErrorClass({
    state,
    endedBy: end?.endedBy,
    statusCode,
    errorCode: end?.errorCode ?? toReportedCode(reading?.error),
    errorMessage: reading?.error?.message,
    isOwn: end?.errorCode !== undefined,
  });
  return {
    id: head.id,
    state,
    startedAtMs: head.startedAtMs,
    ...toEndColumns(open.head, end, state),
    surface: head.surface,
    provider: head.provider,
    upstream: head.upstream,
    dialect: call.dialectId,
    kind: call.kind,
    method: head.method,
    path: head.path,
    ...(isOff || head.query === "" ? {} : { query: head.query }),
    ...(statusCode === undefined ? {} : { statusCode }),
    ...errorColumns,
    ...(isOff || responseId === undefined ? {} : { responseId }),
    ...countColumns,
    streaming: call.asksForStream || isStreamType(responseContentType),
    ...(cost === undefined ? {} : { cost }),
    billing: head.billing,
    timing: toTiming(open, read.ttftMs),
    request: toBodyFacts(open, "request", captures),
    response: toBodyFacts(open, "response", captures),
    ...(captures.some(({ side }) => side === "client-response")
      ? { clientResponse: toBodyFacts(open, "client-response", captures) }
      : {}),
    ...(end?.fixes === undefined ? {} : { fixes: end.fixes }),
    requestHeaders: isOff ? [] : head.headers,
    ...(isOff || responseHead === undefined ? {} : { responseHeaders: responseHead.headers }),
    ...(isOff ? {} : toIdentityColumns(head, read.identity)),
    ...(head.keyId === undefined ? {} : { keyId: head.keyId }),
    ...(head.tally === undefined ? {} : { tally: head.tally }),
    ...(isOff ? {} : toTurnColumns(read, responseHead)),
    ...(errorClass === undefined ? {} : { errorClass }),
    capture: head.capture,
    edits: end?.edits ?? head.edits,
    attempts: (end?.attempts ?? []).map((attempt) => (isOff ? withoutQuery(attempt) : attempt)),
    warnings: allWarnings.slice(0, MAX_WARNINGS),
  };
}

/**
 * Clients of streams hang up when they have seen the last event (`data: [DONE]`, or an error), mostly before the
 * connection's own end: such an answer was over, and nobody aborted it.
 */
function toSettledEnd({ end, responseHead }: OpenExchange, read: ExchangeReading): EndEntry | undefined {
  if (end?.state !== "aborted" || end.endedBy !== "client") return end;
  const isStream = read.call.asksForStream || isStreamType(findHeader(responseHead?.headers, "content-type"));
  const isOver = read.reading?.complete === true || read.reading?.error !== undefined;
  if (!isStream || !isOver || (end.statusCode ?? 0) >= 400) return end;
  const { errorCode: _code, errorMessage: _message, ...rest } = end;
  return { ...rest, state: "completed", endedBy: "upstream" };
}

function toEndColumns(
  head: HeadEntry,
  end: EndEntry | undefined,
  state: ExchangeState,
): Pick<Exchange, "endedAtMs" | "endedBy"> {
  if (end !== undefined) return { endedAtMs: head.startedAtMs + end.durationMs, endedBy: end.endedBy };
  // Interrupted: the proxy died, and when nobody knows.
  return state === "pending" ? {} : { endedBy: "proxy" };
}

function toTiming({ end, responseHead }: OpenExchange, ttftMs: number | undefined): Exchange["timing"] {
  const ttfbMs = end?.ttfbMs ?? responseHead?.atMs;
  return {
    ...(end === undefined ? {} : { durationMs: end.durationMs, overheadMs: end.overheadMs }),
    ...(ttfbMs === undefined ? {} : { ttfbMs }),
    ...(ttftMs === undefined ? {} : { ttftMs }),
  };
}

function toWireBytes({ end, request, response, clientResponse }: OpenExchange, side: CaptureSide): number {
  switch (side) {
    case "request":
      return end?.requestBytes ?? request.endOffset;
    case "response":
      return end?.responseBytes ?? response.endOffset;
    case "client-response":
      return end?.clientResponseBytes ?? clientResponse?.endOffset ?? 0;
  }
}

/** What the client got is kept where it is not what the upstream sent. */
function withoutSame(captures: readonly Capture[]): readonly Capture[] {
  const sent = captures.find(({ side }) => side === "response");
  return captures.filter(
    ({ side, bytes, wireBytes }) =>
      side !== "client-response" ||
      sent === undefined ||
      wireBytes !== sent.wireBytes ||
      Buffer.compare(bytes, sent.bytes) !== 0,
  );
}

function toBodyFacts(open: OpenExchange, side: CaptureSide, captures: readonly Capture[]): BodyFacts {
  const isOff = open.head.capture === "off";
  const headers = side === "request" ? open.head.headers : open.responseHead?.headers;
  const contentType = isOff ? undefined : findHeader(headers, "content-type");
  const contentEncoding = isOff ? undefined : findHeader(headers, "content-encoding");
  const wireBytes = toWireBytes(open, side);
  const capture = captures.find((capture) => capture.side === side);
  const isTruncated =
    capture === undefined ? open.head.capture === "full" && open.end !== undefined && wireBytes > 0 : capture.truncated;
  return {
    wireBytes,
    ...(contentType === undefined ? {} : { contentType }),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
    ...(isTruncated ? { truncated: true } : {}),
  };
}

function toCapture(open: OpenExchange, side: CaptureSide, responseContentType?: string): Capture[] {
  const kept = (side === "client-response" ? open.clientResponse : open[side])?.take(open.captureBytes);
  if (kept === undefined || kept.bytes.length === 0) return [];
  const wireBytes = toWireBytes(open, side);
  const contentType = side === "request" ? findHeader(open.head.headers, "content-type") : responseContentType;
  const contentEncoding = side === "request" ? open.requestEncoding : open.responseEncoding;
  const truncated = kept.headBytes !== undefined || kept.bytes.length < wireBytes;
  return [
    {
      exchangeId: open.head.id,
      side,
      bytes: kept.bytes,
      truncated,
      wireBytes,
      ...(truncated ? { headBytes: kept.headBytes ?? kept.bytes.length } : {}),
      ...(contentType === undefined ? {} : { contentType }),
      ...(contentEncoding === undefined ? {} : { contentEncoding }),
      ...(side === "response" && open.chunks.length > 0 ? { chunks: open.chunks } : {}),
    },
  ];
}

/** Bytes that passed on the wire and did not come here: over the journal's own cap, lost, or dropped by the link. */
function findMissingBytes(open: OpenExchange): Record<CaptureSide, number> {
  const { end } = open;
  const received = open.receivedBytes;
  const { request, response, clientResponse: client } = open;
  if (end === undefined) {
    return {
      request: request.missingBytes,
      response: response.missingBytes,
      "client-response": client?.missingBytes ?? 0,
    };
  }
  return {
    request: end.requestBytes - received.request,
    response: end.responseBytes - received.response,
    "client-response":
      (end.clientResponseBytes ?? 0) - (client === undefined ? 0 : client.endOffset - client.missingBytes),
  };
}

function toMissingWarning(side: CaptureSide, missingBytes: number, wireBytes: number | undefined): string[] {
  if (missingBytes <= 0) return [];
  const of = wireBytes === undefined ? "" : ` of ${wireBytes}`;
  return [`${side.replace("-", "_")}_bytes_missing: ${missingBytes}${of} bytes were not recorded`];
}

/** Type and code together: which of the two says more differs from provider to provider. */
function toReportedCode(error: { readonly type?: string; readonly code?: string } | undefined): string | undefined {
  if (error === undefined) return undefined;
  return [error.type, error.code].filter((part) => part !== undefined).join(" ");
}

function withoutMessage<Reported extends { readonly message?: string }>(
  error: Reported | undefined,
): Omit<Reported, "message"> | undefined {
  if (error === undefined) return undefined;
  const { message: _, ...kept } = error;
  return kept;
}

function withoutQuery(attempt: Attempt): Attempt {
  return { ...attempt, url: attempt.url.split("?", 1)[0] ?? "" };
}
