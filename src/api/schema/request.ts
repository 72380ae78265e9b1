/** @module Shapes of exchanges in answers: a row, a page of rows, everything of one, and a body as text. */

import { z } from "zod";
import type { BodyDetail, BodyText, CostDetail, RequestDetail, RequestPage, RequestRow, Why } from "../contract.ts";

const count = z.number().nullable();
const text = z.string().nullable();

const why = z
  .object({
    code: z.string(),
    severity: z.enum(["note", "warning", "error"]),
    text: z.string(),
    fix: z.string().exactOptional(),
  })
  .meta({ id: "Why", description: "Why a row is odd, and what to do about it." }) satisfies z.ZodType<Why>;

const rowFields = {
  id: z.number().describe("Row number, counting up by first insert."),
  timestamp: z.number().describe("Unix seconds with a fraction."),
  provider: z.string(),
  model: text,
  endpoint: z.string(),
  method: z.string(),
  input_tokens: count.describe("All input, cached reads and cache writes included."),
  output_tokens: count.describe("All output, reasoning included."),
  total_tokens: count,
  cost_usd: count,
  duration_ms: count,
  streaming: z.literal([0, 1]),
  status_code: count,
  error: text,
  exchange_id: z.string(),
  dialect: z.string(),
  state: z.enum(["pending", "completed", "failed", "aborted", "interrupted"]),
  ttfb_ms: count,
  ttft_ms: count,
  cache_read_tokens: count,
  cache_write_tokens: count,
  cache_write_1h_tokens: count,
  reasoning_tokens: count,
  audio_input_tokens: count,
  audio_output_tokens: count,
  usage_source: z.enum(["reported", "partial", "none"]),
  cost_confidence: z.enum(["reported", "exact", "alias", "prefix", "unknown"]).nullable(),
  overhead_ms: count,
  billing: z.enum(["metered", "subscription"]),
  kind: z.enum(["generation", "other"]),
  surface: z.string(),
  upstream: z.string(),
  error_code: text,
  ended_by: z.enum(["client", "upstream", "proxy"]).nullable(),
  tool: text,
  client: text,
  key_id: text.describe("Id of the managed key it came with."),
  session_id: text,
  error_class: z
    .enum([
      "rate_limit",
      "quota",
      "overloaded",
      "server_error",
      "context_length",
      "content_policy",
      "authentication",
      "permission",
      "not_found",
      "too_large",
      "invalid_request",
      "timeout",
      "connection",
      "refused",
    ])
    .nullable(),
  fix: z.enum(["applied", "warned"]).nullable().describe("What compatibility fixes did to the answer."),
  change_seq: z.number(),
  why: z.array(why),
};

export const requestRow = z.object(rowFields).meta({ id: "RequestRow" }) satisfies z.ZodType<RequestRow>;

export const requestPage = z
  .object({
    rows: z.array(requestRow),
    next: text.describe("Give it back as `cursor`; null at the end."),
    total: z.number().exactOptional().describe("How many rows the filter has; only with `count=true`."),
  })
  .meta({ id: "RequestPage" }) satisfies z.ZodType<RequestPage>;

const bodyDetail = z
  .object({ wire_bytes: z.number(), content_type: text, content_encoding: text, truncated: z.boolean() })
  .meta({ id: "BodyDetail" }) satisfies z.ZodType<BodyDetail>;

export const costDetail = z
  .object({
    total_usd: count,
    confidence: z.enum(["reported", "exact", "alias", "prefix", "unknown"]),
    components: z.array(z.object({ name: z.string(), usd: z.number(), tokens: count })),
    source: text,
    price_key: text,
    tier: text,
    price: z.unknown(),
    notes: z.array(z.string()),
  })
  .meta({ id: "CostDetail" }) satisfies z.ZodType<CostDetail>;

const headers = z.array(z.tuple([z.string(), z.string()]));

export const requestDetail = z
  .object({
    ...rowFields,
    started_at: z.string(),
    ended_at: text,
    query: text,
    request_model: text,
    response_model: text,
    response_id: text,
    finish_reason: text,
    service_tier: text,
    usage: z.record(z.string(), z.number()).nullable(),
    extra_usage: z.array(z.object({ kind: z.string(), model: z.string().exactOptional(), usage: z.unknown() })),
    reported_cost_usd: count,
    cost: costDetail.nullable(),
    request: bodyDetail,
    response: bodyDetail,
    client_response: bodyDetail.nullable().describe("What the client got, where it is not what the upstream sent."),
    fixes: z
      .object({
        configured: z.array(z.string()),
        applied: z.array(
          z.object({
            fix: z.string(),
            action: z.string(),
            function: z.string().exactOptional(),
            id: z.string().exactOptional(),
          }),
        ),
        warnings: z.array(z.object({ fix: z.string(), text: z.string() })),
      })
      .nullable()
      .describe("Compatibility fixes that were switched on, and what they did."),
    request_headers: headers.describe("Secrets are masked."),
    response_headers: headers.nullable(),
    identity: z.object({
      tool_evidence: text,
      client_evidence: text,
      credential_hash: text,
      parent_session_id: text,
      session_evidence: text,
      session_inferred: z.boolean().nullable(),
      run: text,
      tags: z.record(z.string(), z.string()),
    }),
    turn: z.object({
      tool_calls: z.array(z.object({ name: z.string(), id: z.string().exactOptional() })),
      tool_results: z.array(
        z.object({
          id: z.string().exactOptional(),
          name: z.string().exactOptional(),
          isError: z.boolean().exactOptional(),
        }),
      ),
      tool_retry: z.boolean(),
      rate_limits: z.array(
        z.object({
          resource: z.string(),
          limit: z.number().exactOptional(),
          remaining: z.number().exactOptional(),
          utilization: z.number().exactOptional(),
          reset: z.string().exactOptional(),
          status: z.string().exactOptional(),
        }),
      ),
    }),
    capture: z.enum(["full", "metadata", "off"]),
    edits: z.array(z.object({ side: z.string(), kind: z.string(), detail: z.string().exactOptional() })),
    attempts: z.array(
      z.object({
        upstream: z.string(),
        url: z.string(),
        started_ms: z.number(),
        ended_ms: count,
        status_code: count,
        error_code: text,
      }),
    ),
    warnings: z.array(z.string()),
  })
  .meta({ id: "RequestDetail" }) satisfies z.ZodType<RequestDetail>;

export const bodyText = z
  .object({
    side: z.enum(["request", "response", "client-response"]),
    text,
    content_type: text,
    content_encoding: text,
    wire_bytes: z.number(),
    decoded_bytes: z.number(),
    truncated: z.boolean().describe("Bytes are missing in the record itself."),
    capped: z.boolean().describe("More was recorded than is shown."),
    note: text,
  })
  .meta({ id: "BodyText" }) satisfies z.ZodType<BodyText>;
