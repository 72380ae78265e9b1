/** @module What the api answers, as types: the pages and the command line read these and nothing else of the api. */

import type { CostReason } from "../domain/cost-audit.ts";
import type { BodySide, CaptureMode, EndedBy, ExchangeKind, ExchangeState, HeaderList } from "../domain/exchange.ts";
import type { FixOutcome } from "../domain/fix.ts";
import type { Billing, CostConfidence } from "../domain/money.ts";
import type { ErrorClass, RateLimit, Tags, ToolCall, ToolResult } from "../domain/turn.ts";
import type { UsageSource } from "../domain/usage.ts";

/** Why a row is odd, and what to do about it. `code` is stable; the texts are for people. */
export type Why = {
  readonly code: string;
  readonly severity: "note" | "warning" | "error";
  readonly text: string;
  readonly fix?: string;
};

/**
 * One row of `/stats/requests` and of every list in the pages.
 * The first fourteen fields are those of the older proxy; null is "not known", never 0.
 */
export type RequestRow = {
  /** Row number, counting up by first insert. */
  readonly id: number;
  /** Unix seconds with a fraction. */
  readonly timestamp: number;
  readonly provider: string;
  readonly model: string | null;
  readonly endpoint: string;
  readonly method: string;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly total_tokens: number | null;
  readonly cost_usd: number | null;
  readonly duration_ms: number | null;
  readonly streaming: 0 | 1;
  readonly status_code: number | null;
  readonly error: string | null;
  readonly exchange_id: string;
  readonly dialect: string;
  readonly state: ExchangeState;
  readonly ttfb_ms: number | null;
  readonly ttft_ms: number | null;
  readonly cache_read_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly cache_write_1h_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly audio_input_tokens: number | null;
  readonly audio_output_tokens: number | null;
  readonly usage_source: UsageSource;
  readonly cost_confidence: CostConfidence | null;
  readonly overhead_ms: number | null;
  readonly billing: Billing;
  readonly kind: ExchangeKind;
  readonly surface: string;
  readonly upstream: string;
  readonly error_code: string | null;
  readonly ended_by: EndedBy | null;
  /** The client program, and one instance of it. */
  readonly tool: string | null;
  readonly client: string | null;
  /** Id of the managed key it came with. */
  readonly key_id: string | null;
  readonly session_id: string | null;
  readonly error_class: ErrorClass | null;
  /** Whether a compatibility fix changed the answer; `warned` when one left it, or part of it, as it came. */
  readonly fix: FixMark | null;
  readonly change_seq: number;
  readonly why: readonly Why[];
};

/** Fields that stand beside every total. Costs are null when every request of the group is without a price. */
export type TotalFields = {
  readonly failed_requests: number;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
  readonly reasoning_tokens: number;
  readonly metered_cost_usd: number | null;
  readonly subscription_cost_usd: number | null;
  /** Requests by how sure their cost is; `unknown` are missing from the cost. */
  readonly cost_confidence: Readonly<Record<"reported" | "exact" | "alias" | "prefix" | "unknown", number>>;
  /** Requests that are missing from the cost. */
  readonly unpriced_requests: number;
  /** Requests that are missing from the token sums. */
  readonly requests_without_usage: number;
};

export type GroupTotals = {
  readonly requests: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly total_tokens: number;
  readonly cost_usd: number | null;
} & TotalFields;

export type ProviderTotals = { readonly provider: string } & GroupTotals;
export type ModelTotals = { readonly provider: string; readonly model: string } & GroupTotals;

export type StatsSummary = {
  readonly totals: {
    readonly total_requests: number;
    readonly total_input_tokens: number;
    readonly total_output_tokens: number;
    readonly total_tokens: number;
    readonly total_cost_usd: number | null;
  } & TotalFields;
  /** Dearest first; without a price last. */
  readonly by_provider: readonly ProviderTotals[];
};

/** One bucket of time, ascending; empty buckets are absent. */
export type TimeBucket = {
  /** `2026-11-21` or `2026-11-21 07:00` in the zone asked for. */
  readonly bucket: string;
  readonly requests: number;
  readonly tokens: number;
  readonly cost_usd: number | null;
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** Start of the bucket, epoch milliseconds. */
  readonly start_ms: number;
} & TotalFields;

export type RequestPage = {
  readonly rows: readonly RequestRow[];
  /** Give it back as `cursor`; null at the end. */
  readonly next: string | null;
  /** How many rows the filter has; only with `count=true`. */
  readonly total?: number;
};

export type BodyDetail = {
  readonly wire_bytes: number;
  readonly content_type: string | null;
  readonly content_encoding: string | null;
  readonly truncated: boolean;
};

/** Money of one exchange with every part of its explanation, in USD. */
export type CostDetail = {
  readonly total_usd: number | null;
  readonly confidence: CostConfidence;
  readonly components: readonly { readonly name: string; readonly usd: number; readonly tokens: number | null }[];
  readonly source: string | null;
  readonly price_key: string | null;
  readonly tier: string | null;
  /** The price row used, parsed when it was JSON. */
  readonly price: unknown;
  readonly notes: readonly string[];
};

/** One cost that an exchange had. */
export type CostAuditEntry = {
  /** Counts up; 0 for a cost that never changed. */
  readonly id: number;
  readonly model: string | null;
  readonly provider: string;
  /** The price row, or how the cost is known: `built-in openai/gpt-5`, `reported`, `unknown`. */
  readonly source: string;
  readonly baseCostUsd: number | null;
  /** ISO 8601, UTC. */
  readonly calcAt: string;
  readonly reason: CostReason;
  readonly confidence: CostConfidence;
  readonly tier: string | null;
};

export type CostAuditAnswer = {
  /** The row's number under `/admin/logs`; the exchange's id else. */
  readonly requestLogId: number | string;
  /** The oldest first. */
  readonly audits: readonly CostAuditEntry[];
};

/** How fresh the prices are. */
export type PricingAnswer = {
  readonly loaded: boolean;
  /** Epoch milliseconds; null while only the built-in prices hold. */
  readonly fetchedAt: number | null;
  readonly ageMs: number | null;
  readonly stale: boolean;
  readonly cachePath: string | null;
  readonly url: string | null;
  readonly rows: number;
  readonly fetchedRows: number;
  readonly files: readonly string[];
  readonly problems: readonly string[];
};

/** `applied` goes before `warned`; none for an answer that had nothing to fix. */
export type FixMark = "applied" | "warned";

/** What tool, client and session were told from, and what else the caller said. */
export type IdentityDetail = {
  readonly tool_evidence: string | null;
  readonly client_evidence: string | null;
  readonly credential_hash: string | null;
  /** Set for sub-agents and forks. */
  readonly parent_session_id: string | null;
  readonly session_evidence: string | null;
  /** True when the session was found by comparing messages. */
  readonly session_inferred: boolean | null;
  readonly run: string | null;
  readonly tags: Tags;
};

/** What a turn of an agent did; only results that are new in this request. */
export type TurnDetail = {
  readonly tool_calls: readonly ToolCall[];
  readonly tool_results: readonly ToolResult[];
  readonly tool_retry: boolean;
  readonly rate_limits: readonly RateLimit[];
};

/** Everything known about one exchange; bodies are fetched apart. */
export type RequestDetail = RequestRow & {
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly query: string | null;
  readonly request_model: string | null;
  readonly response_model: string | null;
  readonly response_id: string | null;
  readonly finish_reason: string | null;
  readonly service_tier: string | null;
  /** Every token count that was reported, by its name in the record. */
  readonly usage: Readonly<Record<string, number>> | null;
  readonly extra_usage: readonly { readonly kind: string; readonly model?: string; readonly usage: unknown }[];
  readonly reported_cost_usd: number | null;
  readonly cost: CostDetail | null;
  readonly request: BodyDetail;
  readonly response: BodyDetail;
  /** What the client got, where it is not what the upstream sent. */
  readonly client_response: BodyDetail | null;
  /** Compatibility fixes that were switched on, and what they did. */
  readonly fixes: FixOutcome | null;
  readonly request_headers: HeaderList;
  readonly response_headers: HeaderList | null;
  readonly identity: IdentityDetail;
  readonly turn: TurnDetail;
  readonly capture: CaptureMode;
  readonly edits: readonly { readonly side: string; readonly kind: string; readonly detail?: string }[];
  readonly attempts: readonly {
    readonly upstream: string;
    readonly url: string;
    readonly started_ms: number;
    readonly ended_ms: number | null;
    readonly status_code: number | null;
    readonly error_code: string | null;
  }[];
  readonly warnings: readonly string[];
};

/** A body as text for showing; `text` is null when it is not text or could not be decoded. */
export type BodyText = {
  readonly side: BodySide;
  readonly text: string | null;
  readonly content_type: string | null;
  readonly content_encoding: string | null;
  readonly wire_bytes: number;
  /** Size of `text` before it was cut, as far as decoded. */
  readonly decoded_bytes: number;
  /** Bytes are missing in the record itself. */
  readonly truncated: boolean;
  /** More was recorded than is shown. */
  readonly capped: boolean;
  readonly note: string | null;
};

/** What the proxy process tells of itself once a second; unknown fields pass through. */
export type ProxyStatus = {
  readonly version?: string;
  readonly demo?: boolean;
  readonly capture?: CaptureMode;
  /** Origins the proxy listens on, as clients should write them. */
  readonly addresses?: readonly string[];
  readonly journal?: {
    readonly mode?: "disk" | "memory" | "off";
    readonly lostExchanges?: number;
    readonly lostBodies?: number;
    readonly backlogBytes?: number;
  };
  readonly recorder?: { readonly state?: "running" | "starting" | "away"; readonly detail?: string };
};

/** One line for the chip in the pages' head. */
export type RecordingState = {
  readonly level: "good" | "warning" | "bad" | "unknown";
  readonly text: string;
};

export type StatusAnswer = {
  readonly status: ProxyStatus | null;
  /** Age of `status`; null when none came yet. */
  readonly age_ms: number | null;
  readonly recording: RecordingState;
  readonly last_change_seq: number;
};

/** The one shape of our errors. */
export type ErrorBody = {
  readonly error: { readonly type: string; readonly message: string; readonly code: string };
};

/** A managed key without its text, at `/admin/api-keys`. Times are ISO 8601. */
export type ApiKey = {
  readonly id: string;
  readonly keyPrefix: string;
  readonly last4: string;
  readonly name: string;
  readonly createdAt: string;
  readonly revokedAt: string | null;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly requestCount: number;
  readonly totalTokens: number;
  /** Null where no request has a price; those without one are in no sum. */
  readonly totalCostUsd: number | null;
  readonly unpricedRequests: number;
  readonly allowedAccounts: readonly string[] | null;
  readonly allowedProviders: readonly string[] | null;
  readonly allowedModels: readonly string[] | null;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
};
