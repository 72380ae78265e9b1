/** @module The composition root: plain options in, a running modeltap out; starts and stops the parts in order. */

import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { ConfigSummary } from "./domain/config-summary.ts";
import type { ErrorCode } from "./domain/error.ts";
import type { ExchangeId } from "./domain/id.ts";
import type { CaptureMode } from "./domain/exchange.ts";
import type { RoutingFacts } from "./domain/routing-facts.ts";
import { createLinkSender } from "./journal/link.ts";
import { listen, showHost } from "./listen.ts";
import { createJournal } from "./journal/writer.ts";
import { createAsker } from "./message/asker.ts";
import type { RoutingMessage } from "./message/routing.ts";
import type { PriceOptions } from "./message/price-options.ts";
import { parseChildMessage } from "./message/status.ts";
import { type BusMessage, parseBusMessage } from "./message/write.ts";
import { createDoors, type DoorSettings } from "./doors.ts";
import { noteChild } from "./orphan.ts";
import { createReport } from "./report.ts";
import { createClientNamer } from "./proxy/client-name.ts";
import { createCredentialHasher } from "./proxy/credential.ts";
import { readCredentialKey } from "./proxy/credential-key.ts";
import { createExchangeRunner } from "./proxy/exchange.ts";
import { createHandler } from "./proxy/handle.ts";
import { createLimits } from "./proxy/limits.ts";
import { listMoved } from "./proxy/moved.ts";
import { createOwnSurface, type Health, type Reloaded } from "./proxy/own.ts";
import { createObjectBoard, type ObjectBoard } from "./proxy/object-board.ts";
import type { ProxyOptions } from "./proxy/options.ts";
import { probeOrigin } from "./proxy/probe.ts";
import { createSelf } from "./proxy/self.ts";
import { createSilence, readActivity } from "./proxy/silence.ts";
import { createChild, type Child, type ChildName } from "./proxy/supervise.ts";
import type { RouteTable } from "./proxy/route.ts";
import { createWatch } from "./proxy/watch.ts";
import { OBJECTS_FILE } from "./stored-keys.ts";
import type { Events } from "./telemetry/events.ts";

export type AppOptions = {
  readonly proxy: ProxyOptions;
  /** What `proxy` says about routes, for people. */
  readonly routing: RoutingFacts;
  /** What the program runs with, for people. */
  readonly summary: ConfigSummary;
  /** Addresses to listen on; the first must be free, a further one is left out with a warning when it is not. */
  readonly hosts: readonly string[];
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly doors: DoorSettings;
  readonly dataDir: string;
  readonly runDir: string;
  readonly databasePath: string;
  readonly capture: CaptureMode;
  readonly drainMs: number;
  readonly journal: {
    readonly maxBytes: number;
    readonly memoryBytes: number;
    readonly sync: boolean;
    readonly minFreeBytes: number;
    readonly minFreeFraction: number;
  };
  readonly retentionBodiesMs: number | undefined;
  readonly prices: PriceOptions;
  /** Names of clients by the credential they use. */
  readonly clientNames?: ReadonlyMap<string, string>;
  readonly demo: boolean;
  /** No calls of our own. */
  readonly offline: boolean;
  /** Command line that runs a hidden verb of this same program. */
  readonly childCommand: (verb: ChildName | "read") => readonly string[];
  readonly emit: Events;
};

export type App = {
  /** What people stored through the API. */
  readonly objects: ObjectBoard;
  readonly port: number;
  readonly addresses: readonly string[];
  health(): Health;
  /** From now on requests go by this table; those in flight keep the one they came with. */
  reload(routing: { readonly table: RouteTable; readonly facts: RoutingFacts }): void;
  /** `read` is called when somebody asks for a reload through the API; it answers the problems. */
  onReload(read: () => Reloaded): void;
  /** Stops accepting, lets exchanges end for the drain time, closes the parts in order. */
  stop(): Promise<void>;
};

const STATUS_EVERY_MS = 1000;
const SILENT_RECORDER_MS = 30_000;
/** Between the first refusal and the close of idle connections. */
const FAREWELL_MS = 100;
const CHILD_STOP_MS = 5000;
const NICENESS: Readonly<Record<ChildName, number>> = { recorder: 10, api: 5 };

/** Starts everything or nothing: listeners are bound before any other part begins. Throws what `Bun.serve` throws. */
export async function startApp(options: AppOptions): Promise<App> {
  const { emit } = options;
  const now = (): number => performance.now();
  const sockets = { api: join(options.runDir, "api.sock"), link: join(options.runDir, "recorder.sock") };
  const refused: Partial<Record<ErrorCode, number>> = {};
  const silence = createSilence({ now, readActivity, limitMs: SILENT_RECORDER_MS });
  const children: Child[] = [];
  let stopping = false;
  /** The api process that heard of the routing at its start. */
  let routingToldTo: number | undefined;

  const journal = createJournal({
    directory: join(options.dataDir, "journal"),
    ...options.journal,
    onProblem: ({ kind, message }) => emit.journalProblem({ kind, detail: message }),
  });
  const link = createLinkSender({ path: sockets.link });
  const watch = createWatch({
    timeouts: options.proxy.timeouts,
    now,
    probe: (origin) => probeOrigin(origin, options.proxy.outgoing),
  });
  const credentials = createCredentialHasher(readCredentialKey(options.dataDir));
  const clientNames = new Map(
    [...(options.clientNames ?? [])].map(([secret, name]) => [credentials.hashSecret(secret), name] as const),
  );
  const limits = createLimits({
    client: options.doors.clientLimits ?? {},
    nameClient: createClientNamer(credentials.hash, clientNames),
    now,
  });
  const runner = createExchangeRunner({
    hashCredential: credentials.hash,
    options: options.proxy,
    journal,
    memory: { body: (entry) => void link.send(entry), flush: () => link.flush() },
    watch,
    now,
    clock: Date.now,
    isSelf: createSelf({
      hosts: options.hosts,
      names: options.doors.allowedHosts,
      port: () => port,
      addresses: () => Object.values(networkInterfaces()).flatMap((each = []) => each.map(({ address }) => address)),
    }),
    isStopping: () => stopping,
    onBreaker(change) {
      if (change.state === "closed") emit.breakerClosed({ upstream: change.id });
      else emit.breakerOpened({ upstream: change.id, reason: change.reason, restMs: change.restMs });
    },
    // A UUIDv7 is an exchange id by definition.
    createId: () => Bun.randomUUIDv7() as ExchangeId,
  });
  let routes: RouteTable = options.proxy;
  let facts = options.routing;
  let readAgain = (): Reloaded => ({ problems: ["this modeltap goes by what it was started with"], needsRestart: [] });
  const report = createReport({
    options,
    now,
    journal,
    link,
    runner,
    running: watch.running,
    refused,
    routes: () => routes,
    find,
  });
  const objects = createObjectBoard({
    file: join(options.dataDir, OBJECTS_FILE),
    onProblem: (notice) => emit.configNotice({ notice }),
  });
  const doors = createDoors(options.doors, { objects, dataDir: options.dataDir });
  const own = createOwnSurface({
    routes: () => routes,
    breakers: runner.breakers,
    reload: () => readAgain(),
    version: options.proxy.version,
    apiSocket: sockets.api,
    login: doors.login,
    isHttps: doors.isHttps,
    report,
  });
  const handler = createHandler({
    ...doors,
    limits,
    routes: () => routes,
    runner,
    own,
    isStopping: () => stopping,
    onRefused(code) {
      refused[code] = (refused[code] ?? 0) + 1;
    },
  });

  const recorderAsker = createAsker({ send: (message) => find("recorder")?.send(message) ?? false });

  const servers = listen(options, handler, () => [watch, journal, link].forEach((part) => part.close()));
  const port = servers[0]?.port ?? options.port;
  const scheme = options.tls === undefined ? "http" : "https";
  const addresses = servers.map((server) => `${scheme}://${showHost(server.hostname ?? "")}:${port}`);

  children.push(start("recorder"), start("api"));
  const ticker = setInterval(() => {
    tellApi();
    endSilentRecorder();
  }, STATUS_EVERY_MS);

  function start(name: ChildName): Child {
    return createChild({
      name,
      command: options.childCommand(name),
      // On a busy machine the journal grows and drains later; bytes do not wait for their record.
      niceness: NICENESS[name],
      toEnv: (lastExit) => ({
        ...process.env,
        MODELTAP_PROCESS_OPTIONS: JSON.stringify(childOptions(name, lastExit)),
      }),
      onStart: (pid) => noteChild(options.runDir, name, pid),
      onMessage(message) {
        const bus = parseBusMessage(message);
        if (bus !== undefined) {
          passOn(bus);
          return;
        }
        const parsed = parseChildMessage(message);
        if (parsed?.type === "recorder-status") {
          report.hear(parsed.status);
          silence.heard();
        } else if (parsed?.type === "recorder-counts") {
          report.count(parsed.status);
        } else if (parsed?.type === "recorder-tokens") {
          limits.spend(parsed.status.uses);
        } else {
          tellApi();
          const { pid } = find("api")?.state() ?? {};
          if (pid !== routingToldTo) tellRouting();
          routingToldTo = pid;
        }
      },
      onExit: (how, restartInMs) => {
        if (name === "recorder") recorderAsker.refuseAll("The recorder ended before it answered.");
        if (!stopping) emit.childEnded({ child: name, how, restartInMs });
      },
    });
  }

  function find(name: ChildName): Child | undefined {
    return children.find((child) => child.name === name);
  }

  /** Writes of the api go to the recorder, its answers back; its snapshots are for us. */
  function passOn(message: BusMessage): void {
    if (message.type === "snapshot") objects.receive(message.snapshot);
    else if (message.type === "write-result") recorderAsker.receive(message);
    else {
      const { id } = message;
      void recorderAsker.ask(message.write).then((result) => find("api")?.send({ type: "write-result", id, result }));
    }
  }

  /** A recorder that hangs is ended like one that crashed, so that what it hung on counts for its quarantine. */
  function endSilentRecorder(): void {
    const recorder = children.find((child) => child.name === "recorder");
    const { state, pid } = recorder?.state() ?? {};
    if (state !== "running" || pid === undefined) return silence.heard();
    const silentMs = silence.check(pid);
    if (silentMs === undefined) return;
    emit.recorderHangs({ silentMs });
    recorder?.kill("was silent");
  }

  function childOptions(name: ChildName, lastExit: string | undefined): unknown {
    const common = { databasePath: options.databasePath, prices: options.prices };
    if (name === "api") {
      const summary = { ...options.summary, port, addresses };
      return { ...common, summary, socketPath: sockets.api, readCommand: options.childCommand("read") };
    }
    return {
      ...common,
      journalDir: join(options.dataDir, "journal"),
      clientNames: Object.fromEntries(clientNames),
      linkSocket: sockets.link,
      runDir: options.runDir,
      retentionBodiesMs: options.retentionBodiesMs ?? null,
      ...(lastExit === undefined ? {} : { lastExit }),
    };
  }

  function tellRouting(): void {
    find("api")?.send({ type: "routing", facts } satisfies RoutingMessage);
  }

  function tellApi(): void {
    find("api")?.send({ type: "status", status: report.status(addresses) });
  }

  async function stop(): Promise<void> {
    stopping = true;
    clearInterval(ticker);
    runner.stopWaiting();
    // A close would meet requests that are on their way: whoever comes now is told, and told to go.
    await Bun.sleep(FAREWELL_MS);
    const closed = servers.map((server) => server.stop(false));
    await drain();
    for (const live of watch.running) live.stop("proxy", "shutting_down", "modeltap is stopping.");
    // One turn for the broken streams to reach their clients and their ends the journal.
    await Bun.sleep(20);
    await Promise.race([Promise.all(closed), Bun.sleep(200)]);
    await Promise.all(servers.map((server) => server.stop(true)));
    // A client that does not read never asked for the piece that would have told it.
    for (const live of watch.running) live.breakOff();
    watch.close();
    await find("api")?.stop(CHILD_STOP_MS);
    journal.close();
    await find("recorder")?.stop(CHILD_STOP_MS);
    link.close();
  }

  async function drain(): Promise<void> {
    const until = now() + options.drainMs;
    while (watch.running.size > 0 && now() < until) await Bun.sleep(10);
  }

  return {
    objects,
    port,
    addresses,
    health: () => report.health(),
    reload(routing) {
      for (const id of listMoved(routes, routing.table)) runner.breakers.reset(id);
      routes = routing.table;
      facts = routing.facts;
      tellRouting();
    },
    onReload(read) {
      readAgain = read;
    },
    stop,
  };
}
