/** @module What people may ask of prices: fetch them now, price what had none. Answered soon, also while it goes on. */

import type { WriteResult } from "../message/write.ts";
import type { Backfill } from "./backfill.ts";
import type { PriceRefresh } from "./price-refresh.ts";
import type { PriceCommands } from "./writes.ts";

export type PriceCommandOptions = {
  /** Absent when prices are not fetched. */
  readonly refresh: Pick<PriceRefresh, "refresh"> | undefined;
  /** Absent when this process has no prices. */
  readonly backfill: Pick<Backfill, "run" | "progress"> | undefined;
  /** Below the time in which whoever asks gives up. */
  readonly answerMs?: number;
};

const ANSWER_MS = 7000;
const RUNNING = Symbol("running");

export function createPriceCommands(options: PriceCommandOptions): PriceCommands {
  const { refresh, backfill, answerMs = ANSWER_MS } = options;
  return {
    async "refresh-prices"(): Promise<WriteResult> {
      if (refresh === undefined) {
        return {
          ok: false,
          code: "invalid",
          message: "Prices are not fetched here: offline is true, or pricing.live is false.",
        };
      }
      try {
        return { ok: true, value: { running: (await within(refresh.refresh(), answerMs)) === RUNNING } };
      } catch (error) {
        return { ok: false, code: "unavailable", message: error instanceof Error ? error.message : String(error) };
      }
    },
    async "backfill-costs"({ request }): Promise<WriteResult> {
      if (backfill === undefined) return { ok: false, code: "invalid", message: "This recorder has no prices." };
      const done = await within(backfill.run(request), answerMs);
      return { ok: true, value: done === RUNNING ? backfill.progress : done };
    },
  };
}

async function within<Value>(work: Promise<Value>, ms: number): Promise<Value | typeof RUNNING> {
  const { promise, resolve } = Promise.withResolvers<typeof RUNNING>();
  const timer = setTimeout(() => resolve(RUNNING), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
