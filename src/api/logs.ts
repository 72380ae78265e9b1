/** @module `/admin/logs`: exchanges as rows of request_logs, filtered in the store, paged by offset or by cursor. */

import { z } from "zod";
import { parseExchangeId } from "../domain/id.ts";
import type { ExchangeFilter } from "../domain/filter.ts";
import type { StoreReader } from "../store/store.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { ApiError } from "./error.ts";
import { toLogRow } from "./log-row.ts";
import { flag, name } from "./parameters.ts";
import { type Period, periodFields, toPeriod } from "./period.ts";
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

const fields = {
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
  lifecycle_status: z
    .string()
    .meta({ enum: [...LIFECYCLE.keys()] })
    .optional(),
  session: name.optional().describe("Our id of a session, or the client's."),
  ...periodFields,
  all: flag.describe("Calls that are no generation, too."),
};

const parameters = z.strictObject(fields).transform((query, context) => {
  // The older program says no more than what stands before the colon.
  const refuse = (what: string, faults: readonly string[]): void => {
    if (faults.length === 0) return;
    context.addIssue({ code: "custom", message: `${what}: ${faults.join("; ")}.`, params: { sentence: true } });
  };
  const { limit = "50", offset = "0" } = query;
  const pageFaults = [...checkNumber("limit", limit, 1, MAX_LIMIT), ...checkNumber("offset", offset, 0, MAX_OFFSET)];
  refuse("Invalid limit or offset", pageFaults);
  refuse("Invalid filter parameter", listFaults(query));
  const period = toPeriod(query, context);
  return { limit: Number(limit), offset: Number(offset), cursor: query.cursor, filter: toFilter(query, period) };
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

type LogQuery = z.output<z.ZodObject<typeof fields>>;

/** What is wrong with the filters, by their names: blank texts, numbers that are none, unknown words. */
function listFaults(query: LogQuery): readonly string[] {
  const { status_min: min, status_max: max, lifecycle_status: lifecycle } = query;
  const texts = ["tool", "client_id", "model", "provider", "session"] as const;
  const statusFaults = [...checkNumber("status_min", min, 100, 999), ...checkNumber("status_max", max, 100, 999)];
  const isReversed = statusFaults.length === 0 && Number(min ?? 100) > Number(max ?? 999);
  const words = [...LIFECYCLE.keys()].join(", ");
  return [
    ...texts.filter((text) => query[text]?.trim() === "").map((text) => `${text} must not be blank`),
    ...statusFaults,
    ...(isReversed ? ["status_min must not be above status_max"] : []),
    ...(lifecycle === undefined || LIFECYCLE.has(lifecycle) ? [] : [`lifecycle_status must be one of ${words}`]),
  ];
}

function toFilter(query: LogQuery, period: Period): ExchangeFilter {
  const { tool, client_id: client, model, provider, session, status_min: min, status_max: max } = query;
  return {
    ...LIFECYCLE.get(query.lifecycle_status ?? ""),
    ...(tool === undefined ? {} : { tool }),
    ...(client === undefined ? {} : { client }),
    ...(model === undefined ? {} : { model }),
    ...(provider === undefined ? {} : { provider }),
    ...(session === undefined ? {} : { session }),
    ...(min === undefined ? {} : { statusMin: Number(min) }),
    ...(max === undefined ? {} : { statusMax: Number(max) }),
    ...period,
    ...(query.all ? {} : { kind: "generation" as const }),
    abortsAs499: true,
  };
}

function checkNumber(name: string, text: string | undefined, min: number, max: number): readonly string[] {
  const isRight = text === undefined || (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max);
  return isRight ? [] : [`${name} must be a whole number from ${min} to ${max}`];
}
