/** @module `/admin/quotas*`: quotas of accounts, which nothing here reads yet; every answer says so. */

import { z } from "zod";
import { rangeFields, toOptionalRange } from "./day-range.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { flag, name } from "./parameters.ts";

const NOT_CONFIGURED = { configured: false, message: "not configured" } as const;
const state = { configured: z.boolean(), message: z.string() };
const snapshot = z
  .object({
    timestamp: z.string(),
    provider: z.string(),
    account: z.string(),
    quota_type: z.string(),
    used_pct: z.number().nullable(),
  })
  .meta({ id: "QuotaSnapshot" });
const refreshResult = z
  .object({ timestamp: z.string(), inserted: z.number(), accounts: z.array(z.looseObject({})), ...state })
  .meta({ id: "QuotaRefresh" });
const snapshots = z.object({ snapshots: z.array(snapshot), ...state });

const historyQuery = z
  .strictObject({
    hours: z.string().optional().meta({ type: "integer", minimum: 1 }).describe("24 if nothing is given."),
    ...rangeFields,
    provider: name.optional(),
    account: name.optional(),
  })
  .transform((query, context) => {
    if (!/^[1-9]\d{0,4}$/.test(query.hours ?? "24")) {
      context.addIssue({
        code: "custom",
        message: "Invalid hours parameter: hours must be a whole number from 1 to 99999.",
        params: { sentence: true },
      });
    }
    return { range: toOptionalRange(query, context) };
  });

export function createQuotaEndpoints(now: () => number): readonly Endpoint[] {
  const refresh = () => ({ timestamp: new Date(now()).toISOString(), inserted: 0, accounts: [], ...NOT_CONFIGURED });
  return [
    endpoint({
      method: "get",
      path: "/admin/quotas",
      tag: "usage",
      summary: "The newest quotas of all accounts, or with `refresh` what a fresh look at them says.",
      query: z.strictObject({ refresh: flag }),
      answer: z.union([snapshots, refreshResult]),
      handle: ({ query }) => (query.refresh ? refresh() : { snapshots: [], ...NOT_CONFIGURED }),
    }),
    endpoint({
      method: "get",
      path: "/admin/quotas/refresh",
      tag: "usage",
      summary: "A fresh look at the quotas.",
      answer: refreshResult,
      handle: refresh,
    }),
    endpoint({
      method: "get",
      path: "/admin/quotas/probes",
      tag: "usage",
      summary: "Providers whose quotas can be read.",
      answer: z.object({ probes: z.array(z.string()), ...state }),
      handle: () => ({ probes: [], ...NOT_CONFIGURED }),
    }),
    endpoint({
      method: "get",
      path: "/admin/quotas/history",
      tag: "usage",
      summary: "Quotas over time.",
      query: historyQuery,
      answer: z.object({
        buckets: z.array(z.object({ timestamp: z.string(), snapshots: z.array(snapshot) })),
        ...state,
      }),
      handle: () => ({ buckets: [], ...NOT_CONFIGURED }),
    }),
  ];
}
