/** @module The contract of a wire format: which answers it reads, and an incremental reader of one answer. */

import type { ExchangeKind, HeaderList } from "../domain/exchange.ts";
import type { ExtraUsage, Usage, UsageSource } from "../domain/usage.ts";

/** What is known before the answer is read. Header names are lower-case. */
export type ReadContext = {
  readonly provider: string;
  readonly method: string;
  /** Path under the provider's base, without query. */
  readonly path: string;
  readonly query: string;
  /** The request body as a JSON value, when it was JSON and small enough to parse; else undefined. */
  readonly requestBody: unknown;
  readonly requestContentType: string | undefined;
  /** Undefined when no answer head came. */
  readonly statusCode: number | undefined;
  readonly responseContentType: string | undefined;
  readonly responseHeaders: HeaderList;
  /** Sees the values of the answer beside the reader. */
  readonly watch?: AnswerWatch;
};

/** Looks at what a reader cuts out of an answer, so that nothing is parsed twice; it never throws and changes nothing. */
export interface AnswerWatch {
  /** True for an event that must be parsed even where the reader itself could pass over it. */
  wants(event: string): boolean;
  /** A JSON value of a good answer: the body, an event, a line. */
  take(value: unknown, event: string): void;
}

/** Error told by the provider, in a body or inside a 200 stream. */
export type ReportedError = {
  readonly type?: string;
  readonly code?: string;
  readonly message?: string;
};

/** What a reader understood of one answer. Readers never throw on foreign data: doubts become `warnings`. */
export type Reading = {
  /** Model named in the answer, else in the request body, else in the URL. */
  readonly model?: string;
  /** Model named by the request (body or URL), whatever the answer says. */
  readonly requestModel?: string;
  readonly responseId?: string;
  readonly usage?: Usage;
  readonly usageSource: UsageSource;
  readonly extraUsage: readonly ExtraUsage[];
  readonly reportedCostNanoUsd?: number;
  readonly serviceTier?: string;
  /** False for token counting and re-reads of a stored response: not to be added to spend. */
  readonly billable: boolean;
  readonly finishReason?: string;
  readonly error?: ReportedError;
  /** The answer was seen to its proper end (terminal event, closed JSON), not merely to its last byte. */
  readonly complete: boolean;
  readonly warnings: readonly string[];
};

export interface Reader {
  /** Decoded bytes in order, split anywhere. Cost: one pass over the bytes; JSON is parsed per event. */
  feed(bytes: Uint8Array): void;
  /** True once a byte that carries model output (text, thinking, tool call) was fed; the time to first token is read off it. */
  readonly hasOutput: boolean;
  /** `truncated` = bytes are missing at the end (abort, cut, cap): usage seen so far becomes `partial` unless it was final. */
  end(options: { readonly truncated: boolean }): Reading;
}

export interface Dialect {
  /** Stable name, as in the `dialect` column: `openai-chat`, `anthropic-messages`… */
  readonly id: string;
  /** True when this wire format is spoken by the call. Path and content decide, never the provider's name alone. */
  matches(context: ReadContext): boolean;
  kind(context: ReadContext): ExchangeKind;
  /** True when the call asks for a streamed answer. */
  isStreaming(context: ReadContext): boolean;
  createReader(context: ReadContext): Reader;
}
