/** @module `modeltap prices refresh` and `backfill`: through the running modeltap, or on its data when none runs. */

import { existsSync } from "node:fs";
import type { StartFlags } from "./cli/parse.ts";
import { toPriceOptions } from "./app-options.ts";
import { acquireLock } from "./config/lock.ts";
import type { Configuration } from "./config/load.ts";
import type { BackfillRequest, BackfillResult } from "./message/backfill.ts";
import { openPrices } from "./open-prices.ts";
import { Backfill } from "./record/backfill.ts";
import { findRunning, type Running } from "./running.ts";
import { readConfiguration } from "./start.ts";
import { createSqliteWriter } from "./store/sqlite/writer.ts";

const NOTHING: BackfillResult = { scanned: 0, updated: 0, ok: 0, pending: 0, unsupported: 0 };

/** Prints one line with the counts; resolves with the exit code. */
export async function runBackfill(request: BackfillRequest, flags: StartFlags): Promise<number> {
  const configuration = readConfiguration(flags);
  const running = findRunning(configuration);
  const result =
    running === undefined ? await backfillDirectly(configuration, request) : await backfillAt(running, request);
  if (result.skipped === true) {
    process.stderr.write("modeltap: a backfill is under way already; its costs appear as it goes on\n");
    return 1;
  }
  const { scanned, updated, ok, pending, unsupported } = result;
  process.stdout.write(
    `backfill: scanned=${scanned} updated=${updated} ok=${ok} pending=${pending} unsupported=${unsupported}\n`,
  );
  return 0;
}

/** Only the running modeltap fetches: at its start it does so by itself. */
export async function runRefresh(flags: StartFlags): Promise<number> {
  const asked = findRunning(readConfiguration(flags));
  if (asked === undefined) {
    process.stderr.write("modeltap: no modeltap is running here; it fetches the prices when it starts\n");
    return 1;
  }
  // Our own api, of the same version.
  const { rows, fetchedRows, running } = (await asked.call("POST", "/admin/api/prices/refresh", {})) as {
    readonly rows: number;
    readonly fetchedRows: number;
    readonly running: boolean;
  };
  process.stdout.write(running ? "prices: still being fetched\n" : `prices: ${fetchedRows} fetched, ${rows} in all\n`);
  return 0;
}

/** A long run is asked for again until it is over. */
async function backfillAt(running: Running, request: BackfillRequest): Promise<BackfillResult> {
  // Our own api, of the same version.
  const ask = async (body: unknown): Promise<BackfillResult> =>
    (await running.call("POST", "/admin/api/prices/backfill", body)) as BackfillResult;
  let result = await ask(request);
  while (result.running === true) result = await ask({ follow: true });
  return result;
}

/** With the lock taken, so that nobody else writes meanwhile. */
async function backfillDirectly(configuration: Configuration, request: BackfillRequest): Promise<BackfillResult> {
  const { data_dir: dataDirectory, database } = configuration.values;
  if (!existsSync(database)) return NOTHING;
  const lock = acquireLock(dataDirectory, Date.now());
  try {
    const options = toPriceOptions(configuration);
    const writer = createSqliteWriter({ path: database });
    const backfill = new Backfill({
      ...options.backfill,
      writer,
      book: await openPrices(options),
      nowMs: Date.now,
      monotonicMs: () => performance.now(),
    });
    const done = backfill.run(request);
    try {
      // It starts when the price files were looked at.
      while (backfill.progress === undefined) await Bun.sleep(1);
      while (await backfill.sweep()) await Bun.sleep(0);
      return await done;
    } finally {
      await writer.close();
    }
  } finally {
    lock.release();
  }
}
