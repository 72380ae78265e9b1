/** @module Keeps the `cost_audit` table: an entry for each change of a cost, written with the row that it is about. */

import type { Database, Statement } from "bun:sqlite";

import { type CostAudit, isSameCost, toAudit, toRecordedAudit } from "../../domain/cost-audit.ts";
import type { Exchange } from "../../domain/exchange.ts";
import type { Cost } from "../../domain/money.ts";
import { toEpochMs, toNanoUsd } from "../figure.ts";
import type { FinalReplacement, StoredExchange } from "../store.ts";

/** Values in the order of {@link INSERT}, behind the exchange's row. */
type AuditRow = {
  readonly id: number;
  readonly at_ms: number;
  readonly reason: CostAudit["reason"];
  readonly provider: string;
  readonly model: string | null;
  readonly cost_nano_usd: number | null;
  readonly confidence: CostAudit["cost"]["confidence"];
  readonly source: string | null;
  readonly price_key: string | null;
  readonly tier: string | null;
};

const INSERT = `INSERT INTO cost_audit
  (exchange_row_id, at_ms, reason, provider, model, cost_nano_usd, confidence, source, price_key, tier)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export class CostAuditTable {
  readonly #insert: Statement;
  readonly #has: Statement<{ readonly id: number }, [number]>;

  constructor(db: Database) {
    this.#insert = db.prepare(INSERT);
    this.#has = db.prepare("SELECT id FROM cost_audit WHERE exchange_row_id = ? LIMIT 1");
  }

  /** To be called inside the transaction that replaces `before` by `after`. A cost that stays the same leaves no entry. */
  note(before: StoredExchange, after: Exchange, { reason, atMs }: FinalReplacement): void {
    // What the store does not accept of a figure is no change either.
    const cost = toKept(after.cost);
    if (isSameCost(before.cost, cost)) return;
    const recorded = this.#has.get(before.rowId) === null ? toRecordedAudit(before) : undefined;
    if (recorded !== undefined) this.#add(before.rowId, recorded);
    this.#add(before.rowId, toAudit(after, cost ?? { confidence: "unknown" }, reason, atMs));
  }

  #add(exchangeRowId: number, { atMs, reason, provider, model, cost }: CostAudit): void {
    this.#insert.run(
      exchangeRowId,
      toEpochMs(atMs),
      reason,
      provider,
      model ?? null,
      toNanoUsd(cost.totalNanoUsd),
      cost.confidence,
      cost.source ?? null,
      cost.priceKey ?? null,
      cost.tier ?? null,
    );
  }
}

function toKept(cost: Cost | undefined): Cost | undefined {
  if (cost === undefined) return undefined;
  const { totalNanoUsd, ...rest } = cost;
  const kept = toNanoUsd(totalNanoUsd);
  return kept === null ? rest : { ...rest, totalNanoUsd: kept };
}

/** Every cost the exchange had, the oldest first. */
export function listCostAudits(db: Database, exchange: StoredExchange): readonly CostAudit[] {
  using statement = db.prepare<AuditRow, [number]>("SELECT * FROM cost_audit WHERE exchange_row_id = ? ORDER BY id");
  const rows = statement.all(exchange.rowId);
  if (rows.length > 0) return rows.map(fromAuditRow);
  const recorded = exchange.state === "pending" ? undefined : toRecordedAudit(exchange);
  return recorded === undefined ? [] : [recorded];
}

function fromAuditRow(row: AuditRow): CostAudit {
  return {
    id: row.id,
    atMs: row.at_ms,
    reason: row.reason,
    provider: row.provider,
    ...(row.model === null ? {} : { model: row.model }),
    cost: {
      confidence: row.confidence,
      ...(row.cost_nano_usd === null ? {} : { totalNanoUsd: row.cost_nano_usd }),
      ...(row.source === null ? {} : { source: row.source }),
      ...(row.price_key === null ? {} : { priceKey: row.price_key }),
      ...(row.tier === null ? {} : { tier: row.tier }),
    },
  };
}
