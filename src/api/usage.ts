/** @module `/admin/usage/*` and `/admin/stats`: usage by day, model, provider, tool, key and account. */

import { z } from "zod";
import type { StoreReader, UsageGroup } from "../store/store.ts";
import {
  addDays,
  type DayRange,
  dayFields,
  findDay,
  rangeFields,
  toDayOrRange,
  toDayRange,
  toOptionalRange,
  toRange,
} from "./day-range.ts";
import { type Endpoint, endpoint, type Immutable } from "./endpoint.ts";
import {
  accountRow,
  accountSummary,
  dailyRow,
  dayUsage,
  keyUsage,
  providerUsage,
  toolUsage,
  totals,
} from "./schema/usage.ts";
import { toGroupTotals } from "./sums.ts";
import { timeZone } from "./time-zone.ts";
import { toAccountRow, toAccountSummary, toCounts, toDailyRow, toDayUsage } from "./usage-rows.ts";

export type UsageOptions = { readonly reader: StoreReader; readonly now: () => number };

const tag = "usage";
const dayQuery = z.strictObject(dayFields).transform((query, context) => ({
  range: toDayOrRange(query, context),
  tz: query.tz ?? "UTC",
}));
const rangeQuery = z.strictObject(rangeFields).transform(toRange);
const optionalRangeQuery = z.strictObject(rangeFields).transform((query, context) => ({
  range: toOptionalRange(query, context),
  tz: query.tz ?? "UTC",
}));

export function createUsageEndpoints({ reader, now }: UsageOptions): readonly Endpoint[] {
  const today = (tz: string): DayRange => toDayRange(findDay(now(), tz), findDay(now(), tz), tz);
  const within = ({ fromMs, toMs }: DayRange) => ({ fromMs, toMs });
  const nameOf = (text: string | undefined): string | null => (text === undefined || text === "" ? null : text);

  /** One row per group over the day or range asked for, today if none. */
  const grouped = <Row extends z.ZodType>(
    name: string,
    summary: string,
    row: Row,
    by: Parameters<StoreReader["sumUsage"]>[1],
    toRow: (group: UsageGroup, day: string) => Immutable<z.output<Row>>,
  ): Endpoint =>
    endpoint({
      method: "get",
      path: `/admin/usage/${name}`,
      tag,
      summary,
      query: dayQuery,
      // An array of rows is an array of read-only rows.
      answer: z.array(row) as z.ZodType<readonly z.output<Row>[]>,
      async handle({ query }) {
        const range = query.range ?? today(query.tz);
        const groups = await reader.sumUsage(within(range), by);
        return groups.map((group) => toRow(group, range.from));
      },
    });

  return [
    endpoint({
      method: "get",
      path: "/admin/usage/today",
      tag,
      summary: "Today's usage, and the same by provider and model.",
      query: z.strictObject({ tz: timeZone.optional() }),
      answer: dayUsage,
      async handle({ query }) {
        const range = today(query.tz ?? "UTC");
        const groups = await reader.sumUsage(within(range), "model");
        return toDayUsage(
          range.from,
          groups.map((group) => toDailyRow(group, range.from)),
        );
      },
    }),
    endpoint({
      method: "get",
      path: "/admin/usage/range",
      tag,
      summary: "Usage by day, newest first; days without any are absent.",
      query: rangeQuery,
      answer: z.array(dayUsage),
      async handle({ query }) {
        const buckets = await reader.sumUsageByTime(within(query), "day", query.timeZone, "model");
        const days = Map.groupBy(buckets, ({ bucket }) => bucket);
        return [...days]
          .map(([day, rows]) =>
            toDayUsage(
              day,
              rows.map((row) => toDailyRow(row, day)),
            ),
          )
          .toReversed();
      },
    }),
    grouped("models", "Usage by provider and model.", dailyRow, "model", toDailyRow),
    grouped("providers", "Usage by provider.", providerUsage, "provider", (group) => ({
      provider: group.provider ?? "",
      ...toCounts(group),
    })),
    grouped("tools", "Usage by client program.", toolUsage, "tool", (group) => ({
      tool: nameOf(group.tool),
      ...toCounts(group),
    })),
    grouped("keys", "Usage by key of ours.", keyUsage, "key", (group) => ({
      key: nameOf(group.key),
      ...toCounts(group),
    })),
    grouped("accounts", "Usage by account, provider and model.", accountRow, "account-model", toAccountRow),
    endpoint({
      method: "get",
      path: "/admin/usage/accounts/range",
      tag,
      summary: "Usage by day, account, provider and model, newest day first.",
      query: rangeQuery,
      answer: z.array(accountRow),
      async handle({ query }) {
        const rows = await reader.sumUsageByTime(within(query), "day", query.timeZone, "account-model");
        const days = Map.groupBy(rows, ({ bucket }) => bucket);
        return [...days].toReversed().flatMap(([day, groups]) => groups.map((group) => toAccountRow(group, day)));
      },
    }),
    endpoint({
      method: "get",
      path: "/admin/usage/accounts/summary",
      tag,
      summary: "Usage by account and provider, dearest first; the last seven days if no range is given.",
      query: optionalRangeQuery,
      answer: z.array(accountSummary),
      async handle({ query }) {
        const last = findDay(now(), query.tz);
        const range = query.range ?? toDayRange(addDays(last, -6), last, query.tz);
        return (await reader.sumUsage(within(range), "account")).map(toAccountSummary);
      },
    }),
    endpoint({
      method: "get",
      path: "/admin/stats",
      tag,
      summary: "Totals of all time.",
      answer: totals,
      async handle() {
        const [[all], span] = await Promise.all([reader.sumUsage({}, "none"), reader.findSpan()]);
        const sums = all === undefined ? undefined : toGroupTotals(all, { allKinds: false });
        return {
          total_requests: sums?.requests ?? 0,
          total_tokens: sums?.total_tokens ?? 0,
          total_cost_usd: sums?.cost_usd ?? null,
          first_request_at: span === undefined ? null : new Date(span.firstAtMs).toISOString(),
          last_request_at: span === undefined ? null : new Date(span.lastAtMs).toISOString(),
        };
      },
    }),
  ];
}
