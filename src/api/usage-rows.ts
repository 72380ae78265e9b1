/** @module Groups of sums as rows with the names of agent-cli-proxy. */

import type { z } from "zod";
import type { GroupName, UsageSums } from "../store/store.ts";
import type { accountRow, accountSummary, dailyRow, dayUsage } from "./schema/usage.ts";
import { toGroupTotals } from "./sums.ts";

type Group = UsageSums & GroupName;
type DailyRow = z.output<typeof dailyRow>;

/** The counts that every row has. */
export function toCounts(group: UsageSums) {
  const sums = toGroupTotals(group, { allKinds: false });
  return {
    request_count: sums.requests,
    prompt_tokens: sums.input_tokens,
    completion_tokens: sums.output_tokens,
    cache_creation_tokens: sums.cache_write_tokens,
    cache_read_tokens: sums.cache_read_tokens,
    reasoning_tokens: sums.reasoning_tokens,
    total_tokens: sums.total_tokens,
    cost_usd: sums.cost_usd,
    subscription_cost_usd: sums.subscription_cost_usd,
    failed_requests: sums.failed_requests,
    unpriced_requests: sums.unpriced_requests,
  };
}

export function toDailyRow(group: Group, day: string): DailyRow {
  return { day, provider: group.provider ?? "", model: group.model ?? "", ...toCounts(group) };
}

export function toAccountRow(group: Group, day: string): z.output<typeof accountRow> {
  return { day, ...toAccount(group), provider: group.provider ?? "", model: group.model ?? "", ...toCounts(group) };
}

export function toAccountSummary(group: Group): z.output<typeof accountSummary> {
  return { ...toAccount(group), provider: group.provider ?? "", ...toCounts(group) };
}

function toAccount({ account }: GroupName) {
  return { cliproxy_account: account === undefined || account === "" ? null : account, cliproxy_auth_index: null };
}

/** One day with its rows; a sum over rows without any price is not 0 but unknown. */
export function toDayUsage(date: string, breakdown: readonly DailyRow[]): z.output<typeof dayUsage> {
  const priced = breakdown.flatMap(({ cost_usd: cost }) => (cost === null ? [] : [cost]));
  return {
    date,
    requests: sum(breakdown.map((row) => row.request_count)),
    total_tokens: sum(breakdown.map((row) => row.total_tokens)),
    cost_usd: priced.length === 0 && breakdown.length > 0 ? null : toExact(sum(priced)),
    breakdown: [...breakdown],
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Costs are whole nano-USD; adding them as fractions leaves dust behind. */
function toExact(usd: number): number {
  return Math.round(usd * 1e9) / 1e9;
}
