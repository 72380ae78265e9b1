/** @module The contract of a wire format of the fake provider: read a request, write an answer or an error. */

import type { JsonRecord } from "../json.ts";
import type { Random } from "../random.ts";
import type { Reply } from "../script.ts";
import type { TokenCount } from "../tokens.ts";

/** What a format read of a request body. */
export type Ask = {
  readonly model: string;
  readonly streaming: boolean;
  /** Text of system prompt and tools, as long as it was sent. */
  readonly fixedText: string;
  readonly messages: readonly unknown[];
  /** The last thing a person or tool said: it decides the reply. */
  readonly lastText: string;
  /** Whether this model reasons when asked like this. */
  readonly thinks: boolean;
  /** What the answer must be as JSON; empty = any object. Absent = plain text. */
  readonly schema?: JsonRecord;
};

/** Everything a format needs to word an answer. */
export type Answer = {
  readonly ask: Ask;
  readonly reply: Reply;
  readonly count: TokenCount;
  readonly body: JsonRecord;
  /** Path under the provider's own base; tells OpenRouter and Groq from OpenAI. */
  readonly provider: string;
  /** Makes ids and splits text. */
  readonly random: Random;
  /** Epoch milliseconds. */
  readonly nowMs: number;
};

export type FaultKind = "rate_limited" | "overloaded" | "context_length" | "unknown_path";

export type WireError = { readonly status: number; readonly body: unknown };

export interface DemoFormat {
  readonly id: string;
  matches(path: string): boolean;
  /** `path` is the whole request path, `query` without `?`. Never throws. */
  readAsk(path: string, query: string, body: JsonRecord): Ask;
  /** JSON value of an answer given at once. */
  toWhole(answer: Answer): unknown;
  /** Pieces of a streamed answer, one per write; the framing is inside. */
  toPieces(answer: Answer): readonly string[];
  readonly streamType: "text/event-stream" | "application/x-ndjson";
  toError(kind: FaultKind, message: string): WireError;
}
