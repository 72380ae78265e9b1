/** @module Shapes of sessions in answers. */

import { z } from "zod";
import { requestRow } from "./request.ts";

export const session = z
  .object({
    id: z.string(),
    parent_id: z.string().nullable().describe("Set for sub-agents and forks."),
    client_session_id: z.string().nullable().describe("The id the client uses."),
    provider: z.string(),
    tool: z.string().nullable(),
    client: z.string().nullable(),
    evidence: z.string().describe("What it was told from."),
    inferred: z.boolean().describe("Found by comparing messages, not by an id."),
    is_fork: z.boolean().describe("A second way on from the same answer of its parent."),
    first_at: z.string(),
    last_at: z.string(),
    requests: z.number().describe("Its own; sub-agents count for themselves."),
    failed_requests: z.number(),
    input_tokens: z.number(),
    output_tokens: z.number(),
    total_tokens: z.number(),
    cost_usd: z.number().nullable(),
    unpriced_requests: z.number(),
    models: z.array(z.string()),
  })
  .meta({ id: "Session" });

export const sessionPage = z
  .object({ items: z.array(session), next: z.string().nullable().describe("Give it back as `cursor`.") })
  .meta({ id: "SessionPage" });

export const sessionDetail = z
  .object({
    session,
    parent: session.nullable(),
    children: z.array(session).describe("Sub-agents, last active first."),
    forks: z.array(session),
    exchanges: z.array(requestRow).describe("Newest first."),
    next: z.string().nullable().describe("Give it back as `cursor` for more exchanges."),
  })
  .meta({ id: "SessionDetail" });
