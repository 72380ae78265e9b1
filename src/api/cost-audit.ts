/** @module What an exchange was said to cost, and when and why that changed. */

import { z } from "zod";
import type { CostAudit } from "../domain/cost-audit.ts";
import { parseExchangeId } from "../domain/id.ts";
import { toUsd } from "../domain/money.ts";
import type { StoreReader } from "../store/store.ts";
import type { CostAuditAnswer, CostAuditEntry } from "./contract.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { ApiError } from "./error.ts";

const entry = z
  .object({
    id: z.number().describe("Counts up; 0 for a cost that never changed."),
    model: z.string().nullable(),
    provider: z.string(),
    source: z
      .string()
      .describe("The price row, or how the cost is known: `built-in openai/gpt-5`, `reported`, `unknown`."),
    baseCostUsd: z.number().nullable(),
    calcAt: z.string().describe("ISO 8601, UTC."),
    reason: z.enum(["recorded", "backfill", "reprice"]),
    confidence: z.enum(["reported", "exact", "alias", "prefix", "unknown"]),
    tier: z.string().nullable(),
  })
  .meta({ id: "CostAuditEntry", description: "One cost of an exchange." }) satisfies z.ZodType<CostAuditEntry>;

const answer = z.object({
  requestLogId: z
    .union([z.number(), z.string()])
    .describe("The row's number under `/admin/logs`; the exchange's id else."),
  audits: z.array(entry).describe("The oldest first."),
}) satisfies z.ZodType<CostAuditAnswer>;

const params = z.object({ id: z.string().describe("An exchange id.") });

type Reader = Pick<StoreReader, "findExchange" | "listCostAudits">;

export function createCostAuditEndpoints(reader: Reader): readonly Endpoint[] {
  return ["/admin/logs", "/admin/api/requests"].map((root) =>
    endpoint({
      method: "get",
      path: `${root}/{id}/cost-audit`,
      tag: "requests",
      summary: "Every cost an exchange had, and why it changed.",
      params,
      answer,
      errors: ["not_found"],
      async handle({ params: { id: text } }) {
        const isLogs = root === "/admin/logs";
        const id = isLogs && /^\d{1,15}$/.test(text) ? Number(text) : parseExchangeId(text);
        const exchange = id === undefined ? undefined : await reader.findExchange(id);
        if (exchange === undefined) throw new ApiError("not_found", "There is no exchange with this id.");
        const audits = await reader.listCostAudits(exchange.id);
        return { requestLogId: isLogs ? exchange.rowId : exchange.id, audits: audits.map(toEntry) };
      },
    }),
  );
}

function toEntry({ id, model, provider, cost, atMs, reason }: CostAudit): CostAuditEntry {
  const source = [cost.source, cost.priceKey].filter((part) => part !== undefined).join(" ");
  return {
    id,
    model: model ?? null,
    provider,
    source: source === "" ? cost.confidence : source,
    baseCostUsd: toUsd(cost.totalNanoUsd),
    calcAt: new Date(atMs).toISOString(),
    reason,
    confidence: cost.confidence,
    tier: cost.tier ?? null,
  };
}
