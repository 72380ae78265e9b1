/**
 * @module Writes test/fixtures/store/v<N>.sqlite, the database of a release, which later versions must open.
 *
 * Run once per schema version, before its release; never again for a version that was released.
 */

import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { latestVersion, MIGRATIONS } from "../../src/store/sqlite/migrations.ts";
import { createSqliteWriter } from "../../src/store/sqlite/writer.ts";
import { toBytes } from "./bytes.ts";
import { capture } from "./capture.ts";
import { exchange, EXCHANGE_START_MS as START, pendingExchange } from "./exchange.ts";

const target = join(import.meta.dir, `../fixtures/store/v${latestVersion(MIGRATIONS)}.sqlite`);
if (existsSync(target)) throw new Error(`${target} exists; a released fixture stays as it is`);

const directory = mkdtempSync(join(tmpdir(), "modeltap-fixture-"));
const path = join(directory, "modeltap.sqlite");
const writer = createSqliteWriter({ path });
const completed = exchange({ streaming: true });
const event = 'data: {"choices":[{"delta":{"content":"word "}}]}\n\n';
await writer.write({
  exchanges: [
    completed,
    exchange({
      startedAtMs: START + 1_000,
      provider: "anthropic",
      dialect: "anthropic-messages",
      state: "failed",
      statusCode: 529,
      errorMessage: "Overloaded",
      billing: "subscription",
      cost: { confidence: "unknown" },
    }),
    pendingExchange({ startedAtMs: START + 2_000, provider: "ollama" }),
  ],
  captures: [
    capture(completed, {
      bytes: toBytes(event.repeat(40)),
      contentType: "text/event-stream",
      chunks: Array.from({ length: 40 }, (_, index) => [index * event.length, 300 + index * 20.5] as const),
    }),
  ],
  cursor: "1:4096",
});
await writer.close();
renameSync(path, target);
rmSync(directory, { recursive: true });
