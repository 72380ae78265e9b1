/** @module The one reader that resources see: look-ups on the spot, slow questions through the pool. */

import type { StoreReader } from "../store/store.ts";
import { ApiError } from "./error.ts";
import type { SlowReads } from "./reads.ts";

export type StoreAccessOptions = {
  readonly openReader: () => Promise<StoreReader>;
  readonly slow: SlowReads & { close(): void };
};

/**
 * A {@link StoreReader} over both. The store is made by the recorder and may come later than the api:
 * until it opens, every question is refused with `store_unavailable` and tried anew.
 */
export function createStoreAccess(options: StoreAccessOptions): StoreReader {
  const { openReader, slow } = options;
  let opened: Promise<StoreReader> | undefined;

  const reader = async (): Promise<StoreReader> => {
    opened ??= openReader();
    try {
      return await opened;
    } catch (error) {
      opened = undefined;
      throw new ApiError("store_unavailable", "The store is not there yet; the recorder makes it.", { cause: error });
    }
  };

  return {
    sumUsage: (...args) => slow.sumUsage(...args),
    sumUsageByTime: (...args) => slow.sumUsageByTime(...args),
    sumRecent: (...args) => slow.sumRecent(...args),
    findSpan: () => slow.findSpan(),
    listKeyUse: (...args) => slow.listKeyUse(...args),
    listExchanges: (...args) => slow.listExchanges(...args),
    countExchanges: (...args) => slow.countExchanges(...args),
    findExchange: async (...args) => (await reader()).findExchange(...args),
    findCapture: async (...args) => (await reader()).findCapture(...args),
    listSessions: (...args) => slow.listSessions(...args),
    listCostAudits: async (...args) => (await reader()).listCostAudits(...args),
    findSession: async (...args) => (await reader()).findSession(...args),
    listChanges: async (...args) => (await reader()).listChanges(...args),
    lastChangeSeq: async () => (await reader()).lastChangeSeq(),
    listObjects: async (...args) => (await reader()).listObjects(...args),
    findObject: async (...args) => (await reader()).findObject(...args),
    close: async () => {
      slow.close();
      const last = await opened?.catch(() => undefined);
      await last?.close();
    },
  };
}
