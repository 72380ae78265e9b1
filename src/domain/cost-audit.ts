/** @module What an exchange was said to cost, one entry per change. */

import type { Exchange } from "./exchange.ts";
import type { Cost } from "./money.ts";

/** Why a cost is what it is now: first priced, priced when a price was there at last, or priced anew on command. */
export type CostReason = "recorded" | "backfill" | "reprice";

export type CostAudit = {
  /** Counts up in the store; 0 = told from the exchange itself, because its cost never changed. */
  readonly id: number;
  /** Epoch ms of the calculation. */
  readonly atMs: number;
  readonly reason: CostReason;
  readonly provider: string;
  readonly model?: string;
  readonly cost: Pick<Cost, "totalNanoUsd" | "confidence" | "source" | "priceKey" | "tier">;
};

/** True when nobody could tell one from the other: what is said beside the figure may differ. */
export function isSameCost(one: Cost | undefined, other: Cost | undefined): boolean {
  return (
    one?.totalNanoUsd === other?.totalNanoUsd &&
    one?.confidence === other?.confidence &&
    one?.source === other?.source &&
    one?.priceKey === other?.priceKey &&
    one?.tier === other?.tier
  );
}

/** The cost as it was when the exchange ended; undefined for an exchange that was never priced. */
export function toRecordedAudit(exchange: Exchange): CostAudit | undefined {
  if (exchange.cost === undefined) return undefined;
  return toAudit(exchange, exchange.cost, "recorded", exchange.endedAtMs ?? exchange.startedAtMs);
}

export function toAudit(exchange: Exchange, cost: Cost, reason: CostReason, atMs: number): CostAudit {
  const model = exchange.responseModel ?? exchange.requestModel;
  const { totalNanoUsd, confidence, source, priceKey, tier } = cost;
  return {
    id: 0,
    atMs,
    reason,
    provider: exchange.provider,
    ...(model === undefined ? {} : { model }),
    cost: {
      confidence,
      ...(totalNanoUsd === undefined ? {} : { totalNanoUsd }),
      ...(source === undefined ? {} : { source }),
      ...(priceKey === undefined ? {} : { priceKey }),
      ...(tier === undefined ? {} : { tier }),
    },
  };
}
