/** @module What the journal says of an exchange: head, answer head, body bytes and end, in that order. */

import type { Attempt, BodySide, CaptureMode, Edit, EndedBy, ExchangeState, HeaderList } from "../domain/exchange.ts";
import type { FixOutcome } from "../domain/fix.ts";
import type { ExchangeId } from "../domain/id.ts";

/** First entry, appended before anything is forwarded. Secrets are masked already. */
export type HeadEntry = {
  readonly id: ExchangeId;
  readonly startedAtMs: number;
  readonly surface: string;
  readonly provider: string;
  readonly upstream: string;
  /** Base URL the request goes to, without credentials. */
  readonly upstreamUrl: string;
  /** True when this upstream never costs money (ollama, lmstudio, vllm, llamacpp…). */
  readonly local: boolean;
  readonly method: string;
  /** Path under the provider's base, without query. */
  readonly path: string;
  readonly query: string;
  readonly headers: HeaderList;
  readonly capture: CaptureMode;
  readonly captureBytes: number;
  /** `subscription` when the credential is an account token, not a metered key. */
  readonly billing: "metered" | "subscription";
  /** Keyed hash of the credential; absent when the request had none, and in heads of older versions. */
  readonly credentialHash?: string;
  /** Id of the managed key the request came with. */
  readonly keyId?: string;
  /** What the proxy that wrote it counts its tokens under, for limits; another run of the proxy knows nothing of it. */
  readonly tally?: string;
  readonly edits: readonly Edit[];
};

/** Answer head as received from upstream; masked. Times count from `startedAtMs`. */
export type ResponseHeadEntry = {
  readonly id: ExchangeId;
  readonly atMs: number;
  readonly statusCode: number;
  readonly headers: HeaderList;
};

/** Last entry, exactly one for each exchange that did not die with the process. */
export type EndEntry = {
  readonly id: ExchangeId;
  readonly state: Exclude<ExchangeState, "pending" | "interrupted">;
  readonly endedBy: EndedBy;
  /** Status the client saw; absent when it saw none. */
  readonly statusCode?: number;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly durationMs: number;
  readonly ttfbMs?: number;
  readonly overheadMs: number;
  /** Wire bytes that passed, whether or not they are in the journal. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Bytes of body entries appended for this exchange (fewer than passed when a cap was hit or a write failed). */
  readonly requestJournaled: number;
  readonly responseJournaled: number;
  /** The same of what the client got, where a fix could change it. */
  readonly clientResponseBytes?: number;
  readonly clientResponseJournaled?: number;
  /** Absent where no compatibility fix was switched on. */
  readonly fixes?: FixOutcome;
  readonly edits: readonly Edit[];
  readonly attempts: readonly Attempt[];
  /** The upstream of the last attempt, where it is another than the head names. */
  readonly served?: Pick<HeadEntry, "upstream" | "provider" | "upstreamUrl" | "local">;
};

/** A piece of a body: `atMs` since the exchange started, `offset` in the wire body (gaps mean dropped bytes). */
export type BodyEntry = {
  readonly id: ExchangeId;
  readonly side: BodySide;
  readonly atMs: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
};

/** Written once when a proxy process opens the journal: exchanges of earlier epochs without an end are interrupted. */
export type EpochEntry = { readonly epoch: string; readonly startedAtMs: number; readonly pid: number };

export type JournalEntry =
  | { readonly type: "epoch"; readonly seq: number; readonly value: EpochEntry }
  | { readonly type: "head"; readonly seq: number; readonly value: HeadEntry }
  | { readonly type: "response-head"; readonly seq: number; readonly value: ResponseHeadEntry }
  | { readonly type: "body"; readonly seq: number; readonly value: BodyEntry }
  | { readonly type: "end"; readonly seq: number; readonly value: EndEntry };
