/** @module The api in this process over a real database, for tests that look at the table of endpoints and at single answers. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LiveFeed } from "../../src/api/live.ts";
import { type ApiParts, createApi, listEndpoints } from "../../src/api/routes.ts";
import { createRoutingBoard } from "../../src/api/routing-board.ts";
import type { Endpoint } from "../../src/api/endpoint.ts";
import { createStatusBoard, type StatusBoard } from "../../src/api/status.ts";
import { Ui } from "../../src/api/ui.ts";
import { toRouting } from "../../src/routing.ts";
import { toRoutingFacts } from "../../src/routing-facts.ts";
import { createRoutingRules } from "../../src/routing-rules.ts";
import { toConfigSummary } from "../../src/config-summary.ts";
import { createSqliteReader } from "../../src/store/sqlite/reader.ts";
import { load } from "../config/load-support.ts";
import { createSqliteWriter, type SqliteStoreWriter } from "../../src/store/sqlite/writer.ts";
import { openBook } from "../support/price-book.ts";

export type ApiCase = {
  readonly writer: SqliteStoreWriter;
  readonly board: StatusBoard;
  readonly table: readonly Endpoint[];
  /** Every path that the server routes, as it routes it: `/admin/logs/:id`. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  /** As if it came through the proxy's door. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  json(path: string): Promise<unknown>;
  close(): Promise<void>;
};

export async function openApiCase(options: Partial<ApiParts> = {}): Promise<ApiCase> {
  const directory = mkdtempSync(join(tmpdir(), "modeltap-api-case-"));
  const path = join(directory, "modeltap.db");
  const writer = createSqliteWriter({ path });
  const reader = createSqliteReader({ path });
  const board = createStatusBoard(Date.now);
  const live = new LiveFeed({ reader, board, pollMs: 20 });
  const ui = new Ui({ loadBundle: () => Promise.reject(new Error("no pages in this test")) });
  const { configuration } = load({ toml: '[[routes]]\nmodel = "m"\nupstream = "groq"' });
  const routing = createRoutingBoard();
  routing.set(toRoutingFacts(configuration, toRouting(configuration), () => []));
  const { book, cacheFile } = await openBook();
  const parts: ApiParts = {
    reader,
    ask: () => Promise.reject(new Error("no recorder in this test")),
    live,
    board,
    ui,
    now: Date.now,
    timeZone: "UTC",
    version: "0.0.0-test",
    summary: toConfigSummary(configuration),
    routing,
    rules: createRoutingRules({ HOME: "/nowhere" }),
    prices: { book, cacheFile, maxAgeMs: 86_400_000 },
    listPriceRows: async () => [],
    ...options,
  };
  const api = createApi(parts);
  const ask = async (target: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set("x-modeltap-door", "open");
    return api.request(target, { ...init, headers });
  };
  return {
    writer,
    board,
    table: listEndpoints(parts),
    routes: api.routes,
    ask,
    json: async (target) => (await ask(target)).json(),
    async close() {
      live.close();
      await reader.close();
      await writer.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
