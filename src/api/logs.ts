/** @module `/admin/logs`: exchanges as rows of request_logs, filtered in the store, paged by offset or by cursor. */

import { z } from "zod";
import { parseExchangeId } from "../domain/id.ts";
import type { ExchangeFilter } from "../domain/filter.ts";
import type { StoreReader } from "../store/store.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { ApiError } from "./error.ts";
import { toLogRow } from "./log-row.ts";
import { flag, moment, name } from "./parameters.ts";
import { logRow } from "./schema/log.ts";

const MAX_LIMIT = 200;
const MAX_OFFSET = 100_000;

const LIFECYCLE = new Map<string, ExchangeFilter>(
  Object.entries({
    pending: { states: ["pending"] },
    completed: { outcome: "completed" },
    error: { outcome: "error" },
    aborted: { states: ["aborted", "interrupted"] },
  } satisfies Record<string, ExchangeFilter>),
);

const number = (min: number, max: number) =>
  z.string().meta({ type: "integer", minimum: min, maximum: max }).optional();

const parameters = z
  .strictObject({
    limit: number(1, MAX_LIMIT).describe("50 if absent."),
    offset: number(0, MAX_OFFSET),
    cursor: z
      .string()
      .max(500, "at most 500 characters")
      .optional()
      .describe("What `x-next-cursor` of the page before said; pages stay right while rows come in."),
    tool: name.optional(),
    client_id: name.optional(),
    model: name.optional(),
    provider: name.optional(),
    status_min: number(100, 999),
    status_max: number(100, 999),
    lifecycle_status: z.string().optional().describe("pending, completed, error or aborted."),
    session: name.optional().describe("Our id of a session, or the client's."),
    from: moment.optional(),
    to: moment.optional(),
    all: flag.describe("Calls that are no generation, too."),
  })
  .transform((query, context) => {
    const refuse = (message: string): void => context.addIssue({ code: "custom", message, params: { sentence: true } });
    const limit = toNumber(query.limit ?? "50", 1, MAX_LIMIT);
    const offset = toNumber(query.offset ?? "0", 0, MAX_OFFSET);
    if (limit === undefined || offset === undefined) refuse("Invalid limit or offset");
    const filter = toFilter(query);
    if (filter === undefined) refuse("Invalid filter parameter");
    return { limit: limit ?? 1, offset: offset ?? 0, cursor: query.cursor, filter: filter ?? {} };
  });

export function createLogEndpoints(reader: StoreReader): readonly Endpoint[] {
  return [
    endpoint({
      method: "get",
      path: "/admin/logs",
      tag: "requests",
      summary: "Rows, newest first.",
      description: "The answer's field `x-next-cursor` names the next page; it is absent at the end.",
      query: parameters,
      answer: z.array(logRow),
      async handle({ query: { filter, limit, offset, cursor } }) {
        const page = await reader.listExchanges(filter, { limit, offset, ...(cursor ? { cursor } : {}) });
        const headers: Record<string, string> = page.next === undefined ? {} : { "x-next-cursor": page.next };
        return Response.json(page.rows.map(toLogRow), { headers });
      },
    }),
    endpoint({
      method: "get",
      path: "/admin/logs/{id}",
      tag: "requests",
      summary: "One row, by its number or its exchange id.",
      params: z.object({ id: z.string() }),
      answer: logRow,
      errors: ["not_found"],
      async handle({ params: { id } }) {
        const key = /^\d{1,15}$/.test(id) ? Number(id) : parseExchangeId(id);
        const exchange = key === undefined ? undefined : await reader.findExchange(key);
        if (exchange === undefined) throw new ApiError("not_found", "Not found");
        return toLogRow(exchange);
      },
    }),
  ];
}

type LogQuery = {
  readonly tool?: string | undefined;
  readonly client_id?: string | undefined;
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
  readonly status_min?: string | undefined;
  readonly status_max?: string | undefined;
  readonly lifecycle_status?: string | undefined;
  readonly session?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly all: boolean;
};

/** Undefined when a part of it is none: a blank name, a status that is no number. */
function toFilter(query: LogQuery): ExchangeFilter | undefined {
  const { tool, client_id: client, model, provider, session, from, to } = query;
  if ([tool, client, model, provider, session].some((text) => text !== undefined && text.trim() === "")) {
    return undefined;
  }
  const statusMin = query.status_min === undefined ? undefined : toNumber(query.status_min, 100, 999);
  const statusMax = query.status_max === undefined ? undefined : toNumber(query.status_max, 100, 999);
  const isWrong =
    (query.status_min !== undefined && statusMin === undefined) ||
    (query.status_max !== undefined && statusMax === undefined) ||
    (statusMin !== undefined && statusMax !== undefined && statusMin > statusMax);
  const lifecycle = query.lifecycle_status === undefined ? {} : LIFECYCLE.get(query.lifecycle_status);
  if (isWrong || lifecycle === undefined) return undefined;
  return {
    ...lifecycle,
    ...(tool === undefined ? {} : { tool }),
    ...(client === undefined ? {} : { client }),
    ...(model === undefined ? {} : { model }),
    ...(provider === undefined ? {} : { provider }),
    ...(session === undefined ? {} : { session }),
    ...(statusMin === undefined ? {} : { statusMin }),
    ...(statusMax === undefined ? {} : { statusMax }),
    ...(from === undefined ? {} : { fromMs: from }),
    ...(to === undefined ? {} : { toMs: to }),
    ...(query.all ? {} : { kind: "generation" as const }),
    abortsAs499: true,
  };
}

function toNumber(text: string, min: number, max: number): number | undefined {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}
