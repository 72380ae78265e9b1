/** @module A served app for tests: a real database, the real api process, and a front that stamps the door. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ProxyStatus } from "../../src/api/contract.ts";
import type { Exchange } from "../../src/domain/exchange.ts";
import type { ApiProcessOptions } from "../../src/api/process.ts";
import { STOP_MESSAGE } from "../../src/message/stop.ts";
import type { Capture } from "../../src/store/store.ts";
import { createSqliteWriter, type SqliteStoreWriter } from "../../src/store/sqlite/writer.ts";

export type ServedApp = {
  /** Origin of the front. */
  readonly url: string;
  readonly socketPath: string;
  readonly writer: SqliteStoreWriter;
  readonly child: Bun.Subprocess;
  /** Messages that the api process sent to its parent. */
  readonly messages: unknown[];
  write(exchanges: readonly Exchange[], captures?: readonly Capture[]): Promise<void>;
  /** Tells the status now and once a second from now on. */
  tell(status: ProxyStatus): void;
  json<Value>(path: string): Promise<Value>;
  close(): Promise<void>;
};

const BATCH = 2000;
/** As often as the proxy process does. */
const TELL_MS = 1000;

const API_CHILD = fileURLToPath(new URL("./api-child.ts", import.meta.url));
const STORE_CHILD = fileURLToPath(new URL("./store-child.ts", import.meta.url));

/** Answers of paths that the proxy itself would own, for pages that call one. */
export type Upstream = (request: Request, app: ServedApp) => Promise<Response | undefined>;

export async function startServedApp(
  options: { readonly api?: Partial<ApiProcessOptions>; readonly upstream?: Upstream } = {},
): Promise<ServedApp> {
  const directory = mkdtempSync(join(tmpdir(), "modeltap-api-"));
  const databasePath = join(directory, "modeltap.db");
  const socketPath = join(directory, "api.sock");
  const writer = createSqliteWriter({ path: databasePath });
  const messages: unknown[] = [];
  let telling: ReturnType<typeof setInterval> | undefined;
  const processOptions: ApiProcessOptions = {
    socketPath,
    databasePath,
    readCommand: [process.execPath, STORE_CHILD],
    livePollMs: 20,
    timeZone: "UTC",
    ...options.api,
  };
  const listening = Promise.withResolvers<void>();
  const child = Bun.spawn([process.execPath, API_CHILD], {
    env: { ...process.env, MODELTAP_PROCESS_OPTIONS: JSON.stringify(processOptions) },
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    serialization: "json",
    ipc(message) {
      messages.push(message);
      listening.resolve();
    },
    onExit: () => listening.reject(new Error("the api process ended before it listened")),
  });
  await listening.promise;

  const front = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request): Promise<Response> {
      const own = await options.upstream?.(request, app);
      if (own !== undefined) return own;
      const { pathname, search } = new URL(request.url);
      const headers = new Headers(request.headers);
      headers.set("x-modeltap-door", "open");
      const answer = await fetch(`http://modeltap${pathname}${search}`, {
        unix: socketPath,
        method: request.method,
        headers,
        decompress: false,
        redirect: "manual",
        signal: request.signal,
      });
      return new Response(answer.body, answer);
    },
    error: () => new Response("the front failed", { status: 502 }),
  });

  const app: ServedApp = {
    url: `http://127.0.0.1:${front.port}`,
    socketPath,
    writer,
    child,
    messages,
    async write(exchanges, captures = []) {
      for (let at = 0; at < exchanges.length; at += BATCH) {
        await writer.write({ exchanges: exchanges.slice(at, at + BATCH), captures: at === 0 ? captures : [] });
      }
    },
    tell(status) {
      clearInterval(telling);
      const tell = (): void => child.send({ type: "status", status });
      tell();
      telling = setInterval(tell, TELL_MS);
    },
    json: async <Value>(path: string): Promise<Value> => (await fetch(app.url + path)).json() as Promise<Value>, // shapes are the test's claim
    async close() {
      clearInterval(telling);
      await front.stop(true);
      if (child.exitCode === null) child.send(STOP_MESSAGE);
      await child.exited;
      await writer.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return app;
}
