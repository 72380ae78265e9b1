/** @module The proxy's hot path in this process, between real sockets, with a journal that only collects. */

import type { BodyEntry, EndEntry, HeadEntry, ResponseHeadEntry } from "../../src/journal/entry.ts";
import type { StoredObject } from "../../src/domain/stored-object.ts";
import type { Journal } from "../../src/journal/journal.ts";
import type { ExchangeId } from "../../src/domain/id.ts";
import { createAdmit } from "../../src/proxy/admit.ts";
import { createClientNamer } from "../../src/proxy/client-name.ts";
import type { TokenUse } from "../../src/message/token-use.ts";
import { createDoor } from "../../src/proxy/door.ts";
import { createExchangeRunner } from "../../src/proxy/exchange.ts";
import { createHandler } from "../../src/proxy/handle.ts";
import { type ClientLimits, createLimits } from "../../src/proxy/limits.ts";
import { createKeyRing } from "../../src/proxy/key-ring.ts";
import { createObjectBoard } from "../../src/proxy/object-board.ts";
import type { ProxyOptions } from "../../src/proxy/options.ts";
import type { Peer } from "../../src/proxy/peer.ts";
import { createOwnDoor } from "../../src/proxy/own-door.ts";
import { createOwnSurface, isOwnPath } from "../../src/proxy/own.ts";
import { probeOrigin } from "../../src/proxy/probe.ts";
import type { RouteTable } from "../../src/proxy/route.ts";
import type { Waits } from "../../src/proxy/waits.ts";
import { createWatch } from "../../src/proxy/watch.ts";
import { PROVIDERS } from "../../src/provider/catalogue.ts";
import type { Upstream } from "../../src/provider/upstream.ts";
import { eventually } from "./gate.ts";
import { createUpstream, type Upstream as ScriptedUpstream, type UpstreamOptions } from "./upstream.ts";

/** What the journal was told of one exchange, in order. */
export type Journaled = {
  readonly head: HeadEntry;
  responseHead?: ResponseHeadEntry;
  readonly bodies: BodyEntry[];
  end?: EndEntry;
};

export type TestProxyOptions = {
  /** Every provider of the catalogue goes to this base URL. */
  readonly baseUrl: string;
  readonly options?: Partial<ProxyOptions>;
  /** Changes to every upstream. */
  readonly upstream?: Partial<Upstream>;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  readonly apiSocket?: string;
  /** The journal refuses bodies. */
  readonly diskIsLow?: boolean;
  readonly isSelf?: (origin: string) => boolean;
  /** Instead of real waits between tries. */
  readonly waits?: Waits;
  readonly isStopping?: () => boolean;
  /** Stored managed keys. */
  readonly keys?: readonly StoredObject[];
  readonly requireKey?: boolean;
  readonly keyHeaders?: boolean;
  /** Whoever calls seems to be there. */
  readonly peer?: Peer;
  readonly clientLimits?: ClientLimits;
};

export type TestProxy = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  readonly exchanges: Journaled[];
  /** Errors that reached the server instead of being handled. */
  readonly serverErrors: string[];
  readonly refused: string[];
  /** Replaces the routing table, as a reload does. */
  reload(table: RouteTable): void;
  /** Replaces the stored keys, as a snapshot of the recorder does. */
  receiveKeys(seq: number, keys: readonly StoredObject[]): void;
  /** The nth exchange once its end was journaled. */
  ended(index?: number): Promise<Journaled & { readonly end: EndEntry }>;
  /** Bytes of one side as journaled, joined. */
  body(exchange: Journaled, side: BodyEntry["side"]): Uint8Array;
  readonly heldBytes: number;
  readonly running: number;
  stopWaiting(): void;
  /** As the recorder tells of tokens. */
  spend(uses: readonly TokenUse[]): void;
};

/** Starts the proxy's handler on a free loopback port. */
export function startProxy(setup: TestProxyOptions): TestProxy {
  const exchanges: Journaled[] = [];
  const byId = new Map<ExchangeId, Journaled>();
  const serverErrors: string[] = [];
  const refused: string[] = [];
  const journal: Journal = {
    head(head) {
      const exchange: Journaled = { head, bodies: [] };
      exchanges.push(exchange);
      byId.set(head.id, exchange);
    },
    responseHead(entry) {
      const exchange = byId.get(entry.id);
      if (exchange !== undefined) exchange.responseHead = entry;
    },
    body(entry) {
      byId.get(entry.id)?.bodies.push({ ...entry, bytes: entry.bytes.slice() });
    },
    end(entry) {
      const exchange = byId.get(entry.id);
      if (exchange?.end !== undefined) serverErrors.push(`${entry.id} ended twice`);
      // The entry's lists are the live ones: what is added after the end must show as a fault.
      if (exchange !== undefined) exchange.end = structuredClone(entry);
    },
    settled: () => Promise.resolve(),
    get refusesBodies() {
      return setup.diskIsLow ?? false;
    },
    stats() {
      throw new Error("not asked for here");
    },
    close() {},
  };
  const upstreams = new Map<string, Upstream>();
  for (const provider of PROVIDERS) {
    const upstream: Upstream = {
      id: provider.id,
      provider: provider.id,
      family: provider.family,
      baseUrl: setup.baseUrl,
      local: provider.local ?? false,
      includeUsage: provider.includeUsage ?? "auto",
      capture: "full",
      captureBytes: 16 * 1024 * 1024,
      tlsInsecure: false,
      ...setup.upstream,
    };
    for (const name of [provider.id, ...(provider.aliases ?? [])]) upstreams.set(name, upstream);
  }
  const options: ProxyOptions = {
    version: "0.0.0-test",
    upstreams,
    defaultUpstream: upstreams.get("openai"),
    timeouts: { connectMs: 10_000, firstByteMs: 60_000, idleMs: 60_000 },
    maxHeldBytes: 64 * 1024 * 1024,
    bodyMemoryBytes: 1024 * 1024 * 1024,
    journalBodyBytes: 64 * 1024 * 1024,
    outgoing: { noProxy: [] },
    breaker: { openAfterFailures: 5, halfOpenAfterMs: 30_000, evictAfterMs: 300_000 },
    ...setup.options,
  };
  let routes: RouteTable = options;
  const now = () => performance.now();
  const watch = createWatch({
    timeouts: options.timeouts,
    now,
    probe: (origin) => probeOrigin(origin, options.outgoing),
  });
  const limits = createLimits({
    client: setup.clientLimits ?? {},
    nameClient: createClientNamer((headers) => headers.get("authorization") ?? undefined),
    now,
  });
  const runner = createExchangeRunner({
    options,
    journal,
    memory: journal,
    watch,
    now,
    clock: Date.now,
    ...(setup.waits === undefined ? {} : { waits: setup.waits }),
    ...(setup.isSelf === undefined ? {} : { isSelf: setup.isSelf }),
    ...(setup.isStopping === undefined ? {} : { isStopping: setup.isStopping }),
    // A UUIDv7 is an exchange id by definition.
    createId: () => Bun.randomUUIDv7() as ExchangeId,
  });
  const objects = createObjectBoard({ file: "/dev/null/objects.json", onProblem: () => undefined });
  objects.receive({ seq: 1, objects: setup.keys ?? [] });
  const handler = createHandler({
    admit: createAdmit({
      ring: createKeyRing(objects),
      requireKey: setup.requireKey ?? false,
      keyHeaders: setup.keyHeaders ?? false,
      clock: Date.now,
    }),
    ownDoor: createOwnDoor(),
    limits,
    door: createDoor({
      allowedHosts: setup.allowedHosts ?? [],
      allowedOrigins: setup.allowedOrigins ?? [],
      isOwnPath,
    }),
    routes: () => routes,
    runner,
    own: createOwnSurface({
      routes: () => routes,
      breakers: runner.breakers,
      reload: () => ({ problems: [], needsRestart: [] }),
      version: options.version,
      apiSocket: setup.apiSocket ?? "/nonexistent/api.sock",
      login: async () => new Response(null, { status: 404 }),
      report: {
        health: () => ({ status: "ok", journal: { mode: "disk" } }),
        ready: async () => Response.json({ status: "pass" }),
        metrics: () => new Response("modeltap_up 1\n"),
      },
    }),
    onRefused: (code) => refused.push(code),
    ...(setup.isStopping === undefined ? {} : { isStopping: setup.isStopping }),
  });
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    development: false,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: (request, from) => handler(request, from, setup.peer),
    error(error) {
      serverErrors.push(String(error));
      return new Response("server error", { status: 500 });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port ?? 0,
    exchanges,
    serverErrors,
    refused,
    receiveKeys(seq, keys) {
      objects.receive({ seq, objects: keys });
    },
    reload(table) {
      routes = table;
    },
    ended: (index = 0) =>
      eventually(
        () => {
          const exchange = exchanges[index];
          return exchange?.end === undefined ? undefined : { ...exchange, end: exchange.end };
        },
        `the end of exchange ${index + 1}`,
      ),
    body(exchange, side) {
      return Buffer.concat(exchange.bodies.filter((entry) => entry.side === side).map((entry) => entry.bytes));
    },
    get heldBytes() {
      return runner.heldBytes;
    },
    stopWaiting: () => runner.stopWaiting(),
    spend: limits.spend,
    get running() {
      return watch.running.size;
    },
    async [Symbol.asyncDispose]() {
      watch.close();
      await server.stop(true);
    },
  };
}

/** Upstream and proxy of one test; everything opened is closed by `close`, newest first. */
export function createProxyCase() {
  const opened: AsyncDisposable[] = [];
  return {
    opened,
    async start(
      setup: Partial<TestProxyOptions> = {},
      upstreamOptions: UpstreamOptions = {},
    ): Promise<{ upstream: ScriptedUpstream; proxy: TestProxy }> {
      const upstream = await createUpstream(upstreamOptions);
      const proxy = startProxy({ baseUrl: upstream.url, ...setup });
      opened.push(upstream, proxy);
      return { upstream, proxy };
    },
    async close(): Promise<void> {
      for (const each of opened.splice(0).toReversed()) await each[Symbol.asyncDispose]();
    },
  };
}
