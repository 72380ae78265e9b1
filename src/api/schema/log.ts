/** @module Shape of a row of `/admin/logs`: the columns of agent-cli-proxy's request_logs, with fields of our own beside. */

import { z } from "zod";

const text = z.string().nullable();
const count = z.number().nullable();

export const logRow = z
  .object({
    id: z.number(),
    request_id: z.string(),
    provider: z.string(),
    model: text,
    actual_model: text.describe("As the answer names it."),
    actual_provider: text,
    proxy_api_key_id: text,
    tool: text,
    client_id: text,
    agent: text,
    source: z.literal("proxy"),
    msg_id: text.describe("The answer's id."),
    path: z.string(),
    streamed: z.literal([0, 1]),
    status: count.describe("499 where the client went before there was any."),
    prompt_tokens: count.describe("All input, cached reads and cache writes included."),
    completion_tokens: count.describe("All output, reasoning included."),
    cache_creation_tokens: count,
    cache_read_tokens: count,
    reasoning_tokens: count,
    total_tokens: count,
    cost_usd: count,
    cost_status: z.enum(["unresolved", "ok", "pending", "unsupported"]),
    lifecycle_status: z.enum(["pending", "completed", "error", "aborted"]),
    incomplete: z.literal([0, 1]),
    error_code: text,
    error_message: text,
    latency_ms: count,
    started_at: z.string(),
    finished_at: text,
    finalized_at: text,
    meta_json: z.string(),
    user_agent: text,
    source_ip: text,
    cliproxy_account: text,
    cliproxy_auth_index: text,
    cliproxy_source: text,
    correlated_at: text,
    session_id: text,
    upstream: z.string(),
    kind: z.enum(["generation", "other"]),
    billing: z.enum(["metered", "subscription"]),
    cost_confidence: text,
    first_byte_ms: count,
  })
  .meta({ id: "LogRow" });
