/** @module One exchange between its head and its end: its bodies, and what is read of the answer as it comes. */

import { findRequestModel } from "../dialect/call.ts";
import type { Dialect, ReadContext, Reading } from "../dialect/dialect.ts";
import { parseContentCodings } from "../http/encoding.ts";
import type { BodyEntry, EndEntry, HeadEntry, ResponseHeadEntry } from "../journal/entry.ts";
import type { Identity } from "../session/identify.ts";
import { type Reply, ReplyWatch } from "../session/reply.ts";
import type { IdentityRequest } from "../session/request.ts";
import { AnswerFeed } from "./answer-feed.ts";
import { type Call, findHeader, type FindDialect, readCall, toReadContext } from "./call.ts";
import { ChunkTimes } from "./chunk-times.ts";
import type { DecodeBody } from "./decode.ts";
import { readEncodedAnswer } from "./encoded-answer.ts";
import { readFixedAnswer } from "./fixed-answer.ts";
import { KeptBody } from "./kept-body.ts";
import { parseRequestJson, readRequestHead } from "./request-json.ts";
import { sniffContentEncoding } from "./sniff.ts";

export type ReadingParts = {
  readonly findDialect: FindDialect;
  readonly decode: DecodeBody;
  /** Bound of a request body that is parsed, decoded. */
  readonly requestJsonBytes: number;
  /** Bound of what one answer may decode to. */
  readonly decodedBytes: number;
  /** Absent = nobody asks who sent what. */
  readonly identify?: ((request: IdentityRequest) => Identity) | undefined;
};

/** What reading brought to light. */
export type ExchangeReading = {
  readonly call: Call;
  readonly reading?: Reading | undefined;
  readonly ttftMs?: number | undefined;
  readonly responseContentType?: string | undefined;
  readonly identity?: Identity | undefined;
  readonly reply?: Reply | undefined;
  readonly warnings: readonly string[];
};

const EMPTY = new Uint8Array(0);

export class OpenExchange {
  readonly head: HeadEntry;
  /** Journal place of the head: reading from there shows all of this exchange again. */
  readonly at: string;
  /** Two crashes happened while this exchange was read: it is stored unread. */
  readonly isQuarantined: boolean;
  readonly request: KeptBody;
  readonly response: KeptBody;
  /** What the client got of the answer; undefined where nothing was told of it. */
  clientResponse: KeptBody | undefined;
  responseHead: ResponseHeadEntry | undefined;
  end: EndEntry | undefined;
  /** Last sign of life, by the clock given to the methods. */
  seenAtMs: number;
  isPendingShown = false;
  /** Held bodies were cut because all open exchanges together held too much. */
  wasCut = false;
  readonly #parts: ReadingParts;
  readonly #chunks = new ChunkTimes();
  /** Answer pieces that came before the answer's head: the link is faster than the journal. */
  #waiting: BodyEntry[] = [];
  #waitingBytes = 0;
  #call: Call | undefined;
  #feed: AnswerFeed | undefined;
  #encoding: string | undefined;
  #requestBody: unknown;
  #identity: Identity | undefined;
  #identityFault: string | undefined;
  #watch: ReplyWatch | undefined;

  constructor(head: HeadEntry, at: string, nowMs: number, isQuarantined: boolean, parts: ReadingParts) {
    this.head = head;
    this.at = at;
    this.seenAtMs = nowMs;
    this.isQuarantined = isQuarantined;
    this.#parts = parts;
    this.request = new KeptBody(Math.max(this.captureBytes, isQuarantined ? 0 : parts.requestJsonBytes));
    this.response = new KeptBody(isQuarantined ? this.captureBytes : Number.POSITIVE_INFINITY);
  }

  /** Bytes of one body that are kept for the store. */
  get captureBytes(): number {
    return this.head.capture === "full" ? this.head.captureBytes : 0;
  }

  get heldBytes(): number {
    return (
      this.request.heldBytes + this.response.heldBytes + (this.clientResponse?.heldBytes ?? 0) + this.#waitingBytes
    );
  }

  get chunks(): ChunkTimes["times"] {
    return this.#chunks.times;
  }

  get requestEncoding(): string | undefined {
    return findHeader(this.head.headers, "content-encoding");
  }

  get responseEncoding(): string | undefined {
    return findHeader(this.responseHead?.headers, "content-encoding") ?? this.#encoding;
  }

  /** True when every byte that the end says was handed on has come. */
  get hasAllBytes(): boolean {
    const { end, receivedBytes } = this;
    if (end === undefined) return false;
    return receivedBytes.request >= end.requestJournaled && receivedBytes.response >= end.responseJournaled;
  }

  /** Bytes that came here, whether or not they are still held. */
  get receivedBytes(): { readonly request: number; readonly response: number } {
    const { request, response } = this;
    return {
      request: request.endOffset - request.missingBytes,
      response: response.endOffset - response.missingBytes + this.#waitingBytes,
    };
  }

  setResponseHead(entry: ResponseHeadEntry): void {
    this.responseHead = entry;
    this.#releaseWaiting();
  }

  addBody(entry: BodyEntry): void {
    if (entry.side === "request") {
      this.request.add(entry.offset, entry.bytes);
      return;
    }
    if (entry.side === "client-response") {
      this.clientResponse ??= new KeptBody(this.captureBytes);
      this.clientResponse.add(entry.offset, entry.bytes);
      return;
    }
    if (this.responseHead === undefined) {
      this.#waiting.push(entry);
      this.#waitingBytes += entry.bytes.length;
      return;
    }
    this.#addAnswer(entry);
  }

  /** Holds no more than about `limitBytes`, half of it for each body (what the client got has a half of its own). */
  cut(limitBytes: number): void {
    this.wasCut = true;
    this.request.cut(limitBytes / 2);
    this.response.cut(limitBytes / 2);
    this.clientResponse?.cut(limitBytes / 2);
    if (this.#waitingBytes > limitBytes / 2) this.#releaseWaiting();
  }

  /** What is known of a running exchange: nothing of its answer. */
  readPending(): ExchangeReading {
    if (this.isQuarantined) return this.#readUnread();
    const context = toReadContext(this.head, this.#readRequestBody(), this.responseHead, undefined);
    const call = readCall(this.#parts.findDialect, context);
    const result = call.dialect === undefined ? undefined : new AnswerFeed(call.dialect, context).end(true);
    this.#identify(call, context);
    return { call, reading: result?.reading, identity: this.#identity, warnings: [] };
  }

  /** Ends the reading. @param isCut bytes are missing at the end, or nobody knows */
  finishReading(isCut: boolean): ExchangeReading {
    this.#releaseWaiting();
    if (this.isQuarantined) return this.#readUnread();
    if (this.#call === undefined) this.#begin(EMPTY);
    const call = this.#call ?? readCall(this.#parts.findDialect, this.#toContext(undefined));
    const responseContentType = findHeader(this.responseHead?.headers, "content-type");
    const shared = { call, responseContentType, identity: this.#identity };
    const faults = [...call.warnings, ...(this.#identityFault === undefined ? [] : [this.#identityFault])];
    if (call.dialect === undefined) return { ...shared, warnings: faults };
    if (this.#encoding === undefined) {
      const result = this.#feed?.end(isCut);
      const warnings = [...faults, ...(result?.warnings ?? [])];
      const understood = this.#readFixed({ reading: result?.reading, reply: this.#watch?.end() }, call.dialect);
      return { ...shared, ...understood, ttftMs: this.#feed?.ttftMs, warnings };
    }
    const answer = {
      wire: this.response.readHead(),
      encoding: this.#encoding,
      chunks: this.chunks,
      isCut: isCut || !this.response.isWhole,
    };
    const { decode, decodedBytes } = this.#parts;
    const context = this.#toContext(responseContentType);
    const watch = this.#watch;
    const { reading, ttftMs, warnings } = readEncodedAnswer(answer, call.dialect, context, decode, decodedBytes, watch);
    return { ...shared, reading, reply: watch?.end(), ttftMs, warnings: [...faults, ...warnings] };
  }

  /** Only a fix that changed the answer costs a second reading. */
  #readFixed(sent: Pick<ExchangeReading, "reading" | "reply">, dialect: Dialect): typeof sent {
    const { applied = [] } = this.end?.fixes ?? {};
    if (applied.length === 0) return sent;
    const { clientResponse } = this;
    const isWhole = clientResponse?.isWhole === true && clientResponse.endOffset === this.end?.clientResponseBytes;
    return readFixedAnswer(sent, {
      applied,
      bytes: isWhole ? clientResponse.readHead() : undefined,
      dialect,
      context: this.#toContext(findHeader(this.responseHead?.headers, "content-type")),
      wantsText: this.#identity?.question?.by === "prefix",
    });
  }

  #addAnswer(entry: BodyEntry): void {
    this.#chunks.add(entry.offset, entry.atMs);
    if (this.#call === undefined && !this.isQuarantined) this.#begin(entry.bytes);
    this.response.add(entry.offset, entry.bytes);
    this.#feed?.add(entry.offset, entry.bytes, entry.atMs);
  }

  #releaseWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const entry of waiting) this.#addAnswer(entry);
  }

  /** Chooses dialect and reader at the first byte of the answer, when the request has been seen. */
  #begin(first: Uint8Array): void {
    this.#encoding = this.#findEncoding(first);
    const context = this.#toContext(findHeader(this.responseHead?.headers, "content-type"));
    this.#call = readCall(this.#parts.findDialect, context);
    this.#identify(this.#call, context);
    if (this.#encoding !== undefined) {
      this.#requestBody = context.requestBody;
    } else {
      if (this.#call.dialect !== undefined) this.#feed = new AnswerFeed(this.#call.dialect, context, this.#watch);
      this.response.cut(this.captureBytes);
    }
    this.request.cut(this.captureBytes);
  }

  /** Once for each exchange, while its request body is at hand; a fault costs the identity, never the row. */
  #identify(call: Call, context: ReadContext): void {
    const { identify } = this.#parts;
    if (identify === undefined || this.#identity !== undefined || this.#identityFault !== undefined) return;
    const { provider, path, headers, billing, credentialHash, keyId } = this.head;
    const caller = { billing, credentialHash, keyId };
    const request = { provider, path, headers, ...caller, body: context.requestBody, kind: call.kind };
    try {
      this.#identity = identify({ ...request, model: findRequestModel(context) });
      this.#watch = new ReplyWatch(this.#identity.question?.by === "prefix");
    } catch (error) {
      this.#identityFault = `identity_failed: ${String(error)}`.slice(0, 300);
    }
  }

  /** Undefined for plain bytes. A coding nobody knows is named, so that the decoder can refuse it. */
  #findEncoding(first: Uint8Array): string | undefined {
    const named = findHeader(this.responseHead?.headers, "content-encoding");
    if (named === undefined) return this.head.capture === "off" ? sniffContentEncoding(first) : undefined;
    const { applied, unknown } = parseContentCodings(named);
    return applied.length + unknown.length === 0 ? undefined : named;
  }

  #readUnread(): ExchangeReading {
    const context = toReadContext(this.head, undefined, this.responseHead, undefined);
    return { call: readCall(this.#parts.findDialect, context), warnings: [] };
  }

  #toContext(responseContentType: string | undefined): ReturnType<typeof toReadContext> {
    const requestBody = this.#requestBody ?? this.#readRequestBody();
    return toReadContext(this.head, requestBody, this.responseHead, responseContentType);
  }

  #readRequestBody(): unknown {
    if (!this.request.isWhole) {
      return this.requestEncoding === undefined ? readRequestHead(this.request.readHead()) : undefined;
    }
    const { decode, requestJsonBytes } = this.#parts;
    return parseRequestJson(this.request.readHead(), this.requestEncoding, decode, requestJsonBytes);
  }
}
