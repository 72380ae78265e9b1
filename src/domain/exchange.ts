/** @module One client request, its answer and all attempts made for it, as the store keeps it. */

import type { FixOutcome } from "./fix.ts";
import type { ExchangeId } from "./id.ts";
import type { Billing, Cost } from "./money.ts";
import type { ErrorClass, RateLimit, Tags, ToolCall, ToolResult } from "./turn.ts";
import type { ExtraUsage, Usage, UsageSource } from "./usage.ts";

export type ExchangeState = "pending" | "completed" | "failed" | "aborted" | "interrupted";

/** Who caused an exchange to end: the party to blame when it is not `completed`. */
export type EndedBy = "client" | "upstream" | "proxy";

/** `generation` = a billable model call that statistics count; `other` = everything else. */
export type ExchangeKind = "generation" | "other";

/** What of bodies is kept: all, sizes and usage only, or counts only. */
export type CaptureMode = "full" | "metadata" | "off";

/** One try against one upstream. Times are milliseconds since the exchange started. */
export type Attempt = {
  readonly upstream: string;
  readonly url: string;
  readonly startedMs: number;
  readonly endedMs?: number;
  readonly statusCode?: number;
  readonly errorCode?: string;
};

/** A change made to the request or the answer, from the closed list of docs/fidelity.md. */
export type Edit = {
  readonly side: "request" | "response";
  readonly kind: string;
  readonly detail?: string;
};

/** `response` is what the upstream sent; `client-response` what the client got, where a fix made it differ. */
export type BodySide = "request" | "response" | "client-response";

export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Durations in milliseconds, fractions kept; absent when the moment never came. */
export type Timing = {
  readonly durationMs?: number;
  /** Request received to first answer head from upstream. */
  readonly ttfbMs?: number;
  /** Request received to the first byte that carries model output. */
  readonly ttftMs?: number;
  /** What the proxy itself added before forwarding and before answering. */
  readonly overheadMs?: number;
};

/** Size and fate of one captured body. */
export type BodyFacts = {
  /** Bytes on the wire, before any decoding. */
  readonly wireBytes: number;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  /** Set when the kept bytes are not the whole body. */
  readonly truncated?: boolean;
};

export type Exchange = {
  readonly id: ExchangeId;
  readonly state: ExchangeState;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  readonly endedBy?: EndedBy;
  readonly surface: string;
  readonly provider: string;
  readonly upstream: string;
  readonly dialect: string;
  readonly kind: ExchangeKind;
  readonly method: string;
  /** Path the client called under the surface, without query: `/v1/chat/completions`. */
  readonly path: string;
  /** Masked query text without `?`; absent when there was none. */
  readonly query?: string;
  readonly statusCode?: number;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly requestModel?: string;
  readonly responseModel?: string;
  readonly responseId?: string;
  readonly streaming: boolean;
  readonly finishReason?: string;
  readonly usage?: Usage;
  readonly usageSource: UsageSource;
  readonly extraUsage?: readonly ExtraUsage[];
  readonly serviceTier?: string;
  readonly reportedCostNanoUsd?: number;
  readonly cost?: Cost;
  readonly billing: Billing;
  readonly timing: Timing;
  readonly request: BodyFacts;
  readonly response: BodyFacts;
  /** Set where the client got other bytes than the upstream sent, and both are kept. */
  readonly clientResponse?: BodyFacts;
  /** Set where a compatibility fix was switched on. */
  readonly fixes?: FixOutcome;
  readonly requestHeaders: HeaderList;
  readonly responseHeaders?: HeaderList;
  /** The client program: `claude-code`, `codex-cli`, `openai-sdk`… */
  readonly tool?: string;
  /** Where in the request the tool was told from: `header user-agent`. */
  readonly toolEvidence?: string;
  /** One instance of a tool: `openclaw-jongi`. */
  readonly client?: string;
  readonly clientEvidence?: string;
  /** Keyed hash of the credential, 16 hex characters; nothing of the credential itself. */
  readonly credentialHash?: string;
  /** Id of the managed key it came with. */
  readonly keyId?: string;
  /** What the proxy counts its tokens under, for limits; not stored. */
  readonly tally?: string;
  readonly sessionId?: string;
  /** Set for sub-agents and forks. */
  readonly parentSessionId?: string;
  readonly sessionEvidence?: string;
  /** The session was found by comparing messages: nothing in the request names it. */
  readonly sessionInferred?: boolean;
  readonly run?: string;
  readonly tags?: Tags;
  readonly toolCalls?: readonly ToolCall[];
  readonly toolResults?: readonly ToolResult[];
  /** The first tool called is one whose result, given in this request, was an error. */
  readonly toolRetry?: boolean;
  readonly errorClass?: ErrorClass;
  readonly rateLimits?: readonly RateLimit[];
  readonly capture: CaptureMode;
  readonly edits: readonly Edit[];
  readonly attempts: readonly Attempt[];
  readonly warnings: readonly string[];
};
