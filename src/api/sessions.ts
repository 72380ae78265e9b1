/** @module Sessions: the list by last activity, and one with its exchanges, sub-agents and forks. */

import { z } from "zod";
import { toUsd } from "../domain/money.ts";
import type { SessionFilter, StoredSession, StoreReader } from "../store/store.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { ApiError } from "./error.ts";
import { name, wholeNumber } from "./parameters.ts";
import { periodFields, toPeriod } from "./period.ts";
import { toRequestRow } from "./rows.ts";
import { session, sessionDetail, sessionPage } from "./schema/session.ts";

/** Children of one session that are shown with it. */
const MAX_CHILDREN = 500;

const cursor = z.string().max(500, "at most 500 characters").optional();

const listQuery = z
  .strictObject({
    limit: wholeNumber(1, 500).default(50),
    cursor,
    provider: name.optional(),
    tool: name.optional(),
    client: name.optional(),
    client_session: name.optional().describe("The id the client uses."),
    ...periodFields,
  })
  .transform((query, context) => ({ ...query, period: toPeriod(query, context) }));

const detailQuery = z.strictObject({ limit: wholeNumber(1, 1000).default(100), cursor });

/** `root` is where they are served: the pages' own place, or that of the integration API. */
export function createSessionEndpoints(reader: StoreReader, root: string, tag: string): readonly Endpoint[] {
  return [
    endpoint({
      method: "get",
      path: root,
      tag,
      summary: "Sessions, last active first; with a time those that were active then.",
      query: listQuery,
      answer: sessionPage,
      async handle({ query }) {
        const page = await reader.listSessions(toFilter(query), {
          limit: query.limit,
          ...(query.cursor ? { cursor: query.cursor } : {}),
        });
        return { items: page.rows.map(toSessionJson), next: page.next ?? null };
      },
    }),
    endpoint({
      method: "get",
      path: `${root}/{id}`,
      tag,
      summary: "One session with its exchanges, sub-agents and forks.",
      params: z.object({ id: z.string().max(300, "at most 300 characters").describe("Our id of the session.") }),
      query: detailQuery,
      answer: sessionDetail,
      errors: ["not_found"],
      async handle({ params, query }) {
        const found = await reader.findSession(params.id);
        if (found === undefined) throw new ApiError("not_found", "There is no session with this id.");
        const [parent, offspring, page] = await Promise.all([
          found.parentId === undefined ? undefined : reader.findSession(found.parentId),
          reader.listSessions({ parentId: found.id }, { limit: MAX_CHILDREN }),
          reader.listExchanges(
            { session: found.id },
            { limit: query.limit, ...(query.cursor ? { cursor: query.cursor } : {}) },
          ),
        ]);
        const children = offspring.rows.map(toSessionJson);
        return {
          session: toSessionJson(found),
          parent: parent === undefined ? null : toSessionJson(parent),
          children: children.filter((child) => !child.is_fork),
          forks: children.filter((child) => child.is_fork),
          exchanges: page.rows.map(toRequestRow),
          next: page.next ?? null,
        };
      },
    }),
  ];
}

function toFilter(query: z.output<typeof listQuery>): SessionFilter {
  const { provider, tool, client, client_session: clientSessionId, period } = query;
  return {
    ...(provider ? { provider } : {}),
    ...(tool ? { tool } : {}),
    ...(client ? { client } : {}),
    ...(clientSessionId ? { clientSessionId } : {}),
    ...period,
  };
}

function toSessionJson(stored: StoredSession): z.output<typeof session> {
  const { requests, unpricedRequests, failedRequests, costNanoUsd } = stored;
  const isUnpriced = costNanoUsd === 0 && unpricedRequests > 0 && unpricedRequests + failedRequests >= requests;
  return {
    id: stored.id,
    parent_id: stored.parentId ?? null,
    client_session_id: stored.clientSessionId ?? null,
    provider: stored.provider,
    tool: stored.tool ?? null,
    client: stored.client ?? null,
    evidence: stored.evidence,
    inferred: stored.inferred,
    is_fork: stored.parentId !== undefined && stored.evidence.endsWith(", fork"),
    first_at: new Date(stored.firstAtMs).toISOString(),
    last_at: new Date(stored.lastAtMs).toISOString(),
    requests,
    failed_requests: failedRequests,
    input_tokens: stored.inputTokens,
    output_tokens: stored.outputTokens,
    total_tokens: stored.inputTokens + stored.outputTokens,
    cost_usd: isUnpriced ? null : toUsd(costNanoUsd),
    unpriced_requests: unpricedRequests,
    models: [...stored.models].sort(),
  };
}
