/** @module The query parameters of every resource: what is allowed, and a refusal that says so. */

import { z } from "zod";
import type { ExchangeState } from "../domain/exchange.ts";
import type { ExchangeFilter } from "../domain/filter.ts";
import { ApiError } from "./error.ts";
import { periodFields, toPeriod } from "./period.ts";
import { timeZone } from "./time-zone.ts";

const STATES = ["pending", "completed", "failed", "aborted", "interrupted"] as const satisfies readonly ExchangeState[];
const DAY_MS = 86_400_000;
/** Rollups are kept in quarters of an hour, so windows of days begin on one: sums and rows then agree. */
const ROLLUP_MS = 900_000;

/** States of an exchange that is over; `/stats/*` counts these. */
export const FINAL_STATES = STATES.filter((state) => state !== "pending");

/** Reads a query with a schema. Throws {@link ApiError} `bad_parameter` that names each wrong one. */
export function parseParameters<Schema extends z.ZodType>(schema: Schema, query: unknown): z.output<Schema> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) =>
    issue.code === "unrecognized_keys"
      ? `${issue.keys.map((key) => JSON.stringify(key.slice(0, 60))).join(", ")} is no parameter here`
      : `${issue.path.join(".")} must be ${issue.message}`,
  );
  // The messages of an older program stand as they were.
  const sentence = parsed.error.issues.find((issue) => issue.code === "custom" && issue.params?.["sentence"] === true);
  throw new ApiError("bad_parameter", sentence?.message ?? `${lines.join("; ")}.`);
}

export function wholeNumber(min: number, max: number) {
  const allowed = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, allowed)
    .meta({ type: "integer", minimum: min, maximum: max })
    .transform(Number)
    .refine((value) => value >= min && value <= max, allowed);
}

export const flag = z
  .enum(["true", "false", "1", "0"], "true or false")
  .transform((text) => text === "true" || text === "1")
  .default(false);
export const name = z.string().max(300, "at most 300 characters");
const limit = wholeNumber(1, 1000).default(50);
const offset = wholeNumber(0, 1_000_000_000).default(0);
const days = wholeNumber(1, 3650);

export const summaryParameters = z.strictObject({ days: days.optional(), all: flag });

export const byModelParameters = z.strictObject({ provider: name.optional(), days: days.optional(), all: flag });

export const statsRequestsParameters = z.strictObject({ limit, offset, all: flag });

export const timeseriesParameters = z.strictObject({
  days: days.default(30),
  bucket: z.enum(["day", "hour"], "day or hour").default("day"),
  tz: timeZone.optional(),
  provider: name.optional(),
  all: flag,
});

export const listParameters = z
  .strictObject({
    limit,
    offset: wholeNumber(0, 1_000_000_000).optional(),
    cursor: z.string().max(500, "at most 500 characters").optional(),
    count: flag,
    provider: name.optional(),
    model: name.optional(),
    dialect: name.optional(),
    tool: name.optional(),
    client: name.optional(),
    key: name.optional(),
    session: name.optional(),
    state: z.string().transform(toStates).optional(),
    status: z.string().transform(toStatusRange).optional(),
    kind: z.enum(["generation", "other", "all"], "generation, other or all").default("all"),
    text: name.optional(),
    ...periodFields,
  })
  .transform((query, context) => ({ ...query, period: toPeriod(query, context) }));

export const liveParameters = z.strictObject({ after: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional() });

export const bodyParameters = z.strictObject({ raw: flag });

/** The filter that a list's query asks for. */
export function toExchangeFilter(query: z.output<typeof listParameters>): ExchangeFilter {
  return {
    ...(query.provider ? { provider: query.provider } : {}),
    ...(query.model ? { model: query.model } : {}),
    ...(query.dialect ? { dialect: query.dialect } : {}),
    ...(query.tool ? { tool: query.tool } : {}),
    ...(query.client ? { client: query.client } : {}),
    ...(query.key ? { key: query.key } : {}),
    ...(query.session ? { session: query.session } : {}),
    ...(query.state ? { states: query.state } : {}),
    ...(query.status ? { statusMin: query.status.min, statusMax: query.status.max } : {}),
    ...(query.kind === "all" ? {} : { kind: query.kind }),
    ...(query.text ? { text: query.text } : {}),
    ...query.period,
  };
}

/** Start of a window of the last `count` days, on a border of the rollups. */
export function toWindowStart(nowMs: number, count: number): number {
  return Math.floor((nowMs - count * DAY_MS) / ROLLUP_MS) * ROLLUP_MS;
}

function toStates(text: string, context: z.core.$RefinementCtx): readonly ExchangeState[] {
  const names = text.split(",").map((part) => part.trim());
  const states = STATES.filter((state) => names.includes(state));
  if (states.length === new Set(names).size) return states;
  context.addIssue({ code: "custom", message: `one or more of ${STATES.join(", ")}, with commas between` });
  return z.NEVER;
}

/** `404`, `4xx` or `400-599`. */
function toStatusRange(text: string, context: z.core.$RefinementCtx): { min: number; max: number } {
  const family = /^([1-9])xx$/i.exec(text);
  if (family) return { min: Number(family[1]) * 100, max: Number(family[1]) * 100 + 99 };
  const range = /^(\d{3})(?:-(\d{3}))?$/.exec(text);
  if (range) return { min: Number(range[1]), max: Number(range[2] ?? range[1]) };
  context.addIssue({
    code: "custom",
    message: "a status such as 404, a family such as 4xx, or a range such as 400-599",
  });
  return z.NEVER;
}
