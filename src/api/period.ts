/** @module The parameters `from` and `to` of lists: moments, or whole days in a time zone. */

import { z } from "zod";
import { isDay, toDayRange } from "./day-range.ts";
import { timeZone } from "./time-zone.ts";

const TIME = "epoch milliseconds, a day such as 2026-11-21, or ISO 8601 such as 2026-11-21T08:00:00Z";

export const periodFields = {
  from: z.string().optional().describe(`Begin: ${TIME}. UTC unless it has an offset.`),
  to: z.string().optional().describe(`End, written like \`from\`. A moment is not included, a day is.`),
  tz: timeZone.optional().describe("IANA time zone of days; UTC if absent."),
};

type PeriodQuery = {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly tz?: string | undefined;
};

/** Epoch milliseconds, half-open [fromMs, toMs). */
export type Period = { readonly fromMs?: number; readonly toMs?: number };

/** Refuses what is no time by the parameter's name, and a begin behind the end. */
export function toPeriod({ from, to, tz = "UTC" }: PeriodQuery, context: z.core.$RefinementCtx): Period {
  const fromMs = from === undefined ? undefined : parseTime(from, tz, "fromMs");
  const toMs = to === undefined ? undefined : parseTime(to, tz, "toMs");
  const refuse = (name: string, message: string): void => {
    context.addIssue({ code: "custom", path: [name], message });
  };
  if (from !== undefined && fromMs === undefined) refuse("from", `a time: ${TIME}`);
  if (to !== undefined && toMs === undefined) refuse("to", `a time: ${TIME}`);
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs) refuse("from", "on or before to");
  return { ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) };
}

const ISO = /^(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?$/;

/** Epoch milliseconds. `edge` is the side of a day that is meant. Undefined for what is no time. */
export function parseTime(text: string, zone: string, edge: "fromMs" | "toMs"): number | undefined {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  if (isDay(text)) return toDayRange(text, text, zone)[edge];
  const [, day = "", offset] = ISO.exec(text) ?? [];
  if (!isDay(day)) return undefined;
  const ms = Date.parse(text.replace(" ", "T") + (offset === undefined ? "Z" : ""));
  return Number.isFinite(ms) ? ms : undefined;
}
