/** @module Days as parameters: `day`, `from` and `to` in a time zone, with the refusals of the older program. */

import { z } from "zod";
import { createCalendar } from "../store/calendar.ts";
import { ROLLUP_BUCKET_MS } from "../store/rollup.ts";
import { timeZone } from "./time-zone.ts";

/** Days from `from` to `to`, both included, as epoch milliseconds [fromMs, toMs). */
export type DayRange = {
  readonly from: string;
  readonly to: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly timeZone: string;
};

const DAY_MS = 86_400_000;
const MAX_DAYS = 366;

const day = (what: string) => z.string().optional().describe(`${what}, as YYYY-MM-DD.`);
const zone = timeZone.optional().describe("IANA time zone of the days; UTC if absent.");

export const rangeFields = { from: day("First day"), to: day("Last day, included"), tz: zone };
export const dayFields = { day: day("One day; today if nothing is given"), ...rangeFields };

type RangeQuery = {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly tz?: string | undefined;
};
type Refuse = (message: string) => never;

/** `from` and `to` must be given. */
export function toRange(query: RangeQuery, context: z.core.$RefinementCtx): DayRange {
  if (!query.from || !query.to) return refuse(context, "Missing from or to parameter");
  return checkRange(query.from, query.to, query.tz, (message) => refuse(context, message));
}

/** Both or none; undefined for none. */
export function toOptionalRange(query: RangeQuery, context: z.core.$RefinementCtx): DayRange | undefined {
  if (query.from === undefined && query.to === undefined) return undefined;
  if (!query.from || !query.to) {
    return refuse(context, "Both from and to are required when using date range");
  }
  return checkRange(query.from, query.to, query.tz, (message) => refuse(context, message));
}

/** `day`, or both of `from` and `to`; undefined for none. */
export function toDayOrRange(
  query: RangeQuery & { readonly day?: string | undefined },
  context: z.core.$RefinementCtx,
): DayRange | undefined {
  const range = toOptionalRange(query, context);
  if (range !== undefined || query.day === undefined) return range;
  if (!isDay(query.day)) return refuse(context, "Invalid day parameter; expected YYYY-MM-DD");
  return toDayRange(query.day, query.day, query.tz ?? "UTC");
}

/** The local day that holds a moment. */
export function findDay(nowMs: number, zoneName: string): string {
  return createCalendar("day", zoneName).findPeriod(Math.floor(nowMs / ROLLUP_BUCKET_MS) * ROLLUP_BUCKET_MS).key;
}

/** The days `from` to `to` of a zone, both included; both must be days. */
export function toDayRange(from: string, to: string, zoneName: string): DayRange {
  return { from, to, fromMs: findStart(from, zoneName), toMs: findStart(addDays(to, 1), zoneName), timeZone: zoneName };
}

/** `2026-11-21` and -6 give `2026-11-15`. */
export function addDays(text: string, count: number): string {
  return new Date(Date.parse(`${text}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

function checkRange(from: string, to: string, tz: string | undefined, fail: Refuse): DayRange {
  if (!isDay(from)) return fail("Invalid from parameter; expected YYYY-MM-DD");
  if (!isDay(to)) return fail("Invalid to parameter; expected YYYY-MM-DD");
  if (from > to) return fail("from must be on or before to");
  if (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`) >= MAX_DAYS * DAY_MS) {
    return fail(`Date range cannot exceed ${MAX_DAYS} days`);
  }
  return toDayRange(from, to, tz ?? "UTC");
}

function refuse(context: z.core.$RefinementCtx, message: string): never {
  context.addIssue({ code: "custom", message, params: { sentence: true } });
  return z.NEVER;
}

/** `2026-02-30` is none. */
export function isDay(text: string): boolean {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text);
}

/** First moment of a local day: UTC midnight lies in it east of Greenwich, the UTC noon after it does west of it. */
function findStart(text: string, zoneName: string): number {
  const utcMs = Date.parse(`${text}T00:00:00Z`);
  if (zoneName === "UTC") return utcMs;
  const calendar = createCalendar("day", zoneName);
  for (const hours of [0, 12, 24, -14]) {
    const period = calendar.findPeriod(utcMs + hours * 3_600_000);
    if (period.key === text) return period.startMs;
  }
  // A day that its zone left out when it crossed the date line.
  return calendar.findPeriod(utcMs + DAY_MS).startMs;
}
