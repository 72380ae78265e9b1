/** @module What every store must do, whatever database it uses: run by each store's own tests on a real database. */

import { afterEach, beforeEach, describe } from "bun:test";

import type { ObjectWriter, StoreReader, StoreWriter } from "../../src/store/store.ts";
import { describeCaptures } from "./store-captures.ts";
import { describeCosts } from "./store-costs.ts";
import { describeLists } from "./store-lists.ts";
import { describeObjects } from "./store-objects.ts";
import { describeRows } from "./store-rows.ts";
import { describeSessions } from "./store-sessions.ts";
import { describeSums } from "./store-sums.ts";

/** An empty store; `openReader` may be called at any time after it was made. */
export type StoreUnderTest = {
  readonly writer: StoreWriter & ObjectWriter;
  openReader(): Promise<StoreReader>;
  /** Closes the writer and removes everything. */
  dispose(): Promise<void>;
};

/** The two sides of the store of the running test. */
export type OpenStore = { readonly writer: StoreUnderTest["writer"]; readonly reader: StoreReader };

export function describeStore(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`store ${name}`, () => {
    let store: StoreUnderTest | undefined;
    let reader: StoreReader | undefined;

    beforeEach(async () => {
      store = await make();
      reader = await store.openReader();
    });

    afterEach(async () => {
      await reader?.close();
      await store?.dispose();
    });

    const opened = (): OpenStore => {
      if (store === undefined || reader === undefined) throw new Error("used outside a test");
      return { writer: store.writer, reader };
    };
    describeObjects(opened);
    describeRows(opened);
    describeCaptures(opened);
    describeLists(opened);
    describeSessions(opened);
    describeSums(opened);
    describeCosts(opened);
  });
}
