/** @module `modeltap start`: configuration, lock, parts, banner, and a clean end on a signal. */

import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApp, type App, type AppOptions } from "./app.ts";
import { toAppOptions } from "./app-options.ts";
import { toBanner } from "./cli/banner.ts";
import type { StartFlags } from "./cli/parse.ts";
import { loadConfiguration, type Configuration } from "./config/load.ts";
import { isLoopbackHost } from "./config/base-url.ts";
import { acquireLock, type DataLock } from "./config/lock.ts";
import { createPrivateDirectory, createRunDirectory } from "./config/paths.ts";
import { describePortHolder } from "./config/port-holder.ts";
import { ConfigError } from "./config/problem.ts";
import type { Demo } from "./demo.ts";
import { endOrphans } from "./orphan.ts";
import { createReloader } from "./reload.ts";
import { listSettings } from "./settings-list.ts";
import { toRouting } from "./routing.ts";
import { toRoutingFacts } from "./routing-facts.ts";
import { type ListObjects, listObjectsOf, toStoredValues } from "./stored-parts.ts";
import { findProvider, PROVIDERS, RESERVED_SEGMENTS } from "./provider/catalogue.ts";
import { readFileFacts } from "./store/sqlite/file.ts";
import { latestVersion, MIGRATIONS } from "./store/sqlite/migrations.ts";
import { prepareKeys } from "./stored-keys.ts";
import { createEvents, type Events } from "./telemetry/events.ts";
import { createLineWriter } from "./telemetry/line-writer.ts";
import { createLogger } from "./telemetry/log.ts";
import { createOncePerMinute } from "./telemetry/once-per-minute.ts";
import { VERSION } from "./version.ts";

/** Starts and stays until a signal; resolves with the exit code. Throws ConfigError before anything is started. */
export async function runStart(flags: StartFlags): Promise<number> {
  const configuration = readConfiguration(flags);
  const emit = createProcessEvents(configuration);
  for (const notice of configuration.notices) emit.configNotice({ notice });
  for (const [provider, { tls_insecure: insecure }] of Object.entries(configuration.values.providers)) {
    if (insecure) emit.tlsInsecure({ provider });
  }
  forgetProxyVariables();
  const options = toAppOptions(configuration, { version: VERSION, emit });
  if (!flags.demo) return runOn(options, { demo: undefined, emit, flags, configuration });
  const directory = join(tmpdir(), `modeltap-demo-${process.pid}`);
  const demo = await (await import("./demo.ts")).startDemo(directory);
  try {
    return await runOn(demo.change(options), { demo, emit, flags, configuration });
  } finally {
    await demo.end();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function runOn(options: AppOptions, settings: Omit<Running, "lock" | "options">): Promise<number> {
  const { flags, configuration } = settings;
  createPrivateDirectory(options.dataDir, "data_dir");
  createRunDirectory(options.runDir);
  refuseForeignDatabase(options.databasePath);
  const lock = acquireLock(options.dataDir, Date.now());
  try {
    endOrphans(options.runDir);
    await prepareKeys(options, {
      bootstrapKey: configuration.values.bootstrap_key,
      publicHost: options.hosts.find((host) => !isLoopbackHost(host)),
    });
    const app = await startOnPort(options, flags);
    return await serve(app, { ...settings, lock, options });
  } finally {
    lock.release();
  }
}

/** The recorder would refuse it too, but only after everything else has started. Throws ConfigError. */
function refuseForeignDatabase(path: string): void {
  const facts = readFileFacts(path);
  if (facts.owner === "foreign") {
    throw new ConfigError([`database: ${path} is not a modeltap database and was left alone; name another file`]);
  }
  if (facts.owner === "ours" && facts.version > latestVersion(MIGRATIONS)) {
    throw new ConfigError([`database: ${path} was written by a newer modeltap; update this one, or name another file`]);
  }
}

/** Bun's fetch takes these for every host, the loopback included: from here on only our own settings decide. */
function forgetProxyVariables(): void {
  for (const name of Object.keys(process.env)) {
    if (/^(?:https?|all|no)_proxy$/i.test(name)) delete process.env[name];
  }
}

/**
 * The configuration of a command line, with what is stored.
 * @param list stored objects; those of the data directory's file when absent. Throws ConfigError.
 */
export function readConfiguration(flags: StartFlags, list?: ListObjects): Configuration {
  return loadConfiguration({
    knownProviders: PROVIDERS.flatMap((provider) => [provider.id, ...(provider.aliases ?? [])]),
    reservedSegments: RESERVED_SEGMENTS,
    toProviderId: (name) => findProvider(name)?.id ?? name,
    stored: (dataDirectory) => toStoredValues(list ?? listObjectsOf(dataDirectory)),
    environment: process.env,
    flags: Object.entries(flags.settings).map(([key, { value, flag }]) => ({ key, flag, text: value })),
    ...(flags.configFile === undefined ? {} : { configPath: flags.configFile }),
    ...(flags.envFile === undefined ? {} : { envFilePath: flags.envFile }),
  });
}

const SAME_SIGNAL_MS = 300;

/**
 * A second signal does not wait for anything. A terminal, `timeout` and systemd deliver the first to the launcher, too,
 * which hands it on: only a later one of its kind is a second.
 */
function endAtSecondSignal(first: string): void {
  for (const [signal, exitCode] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    const listen = (): void => void process.once(signal, () => process.exit(exitCode));
    if (signal === first) setTimeout(listen, SAME_SIGNAL_MS).unref();
    else listen();
  }
}

type Running = {
  readonly lock: DataLock;
  readonly demo: Demo | undefined;
  readonly options: AppOptions;
  readonly emit: Events;
  readonly flags: StartFlags;
  readonly configuration: Configuration;
};

async function serve(app: App, running: Running): Promise<number> {
  const { lock, demo, options, emit, flags, configuration } = running;
  const url = app.addresses[0] ?? `http://127.0.0.1:${app.port}`;
  lock.setUrl(toLocalUrl(url));
  process.stdout.write(
    toBanner({
      version: VERSION,
      url,
      dataDirectory: options.dataDir,
      capture: options.capture,
      demo: demo !== undefined,
    }),
  );
  demo?.begin(url, (error) => emit.demoFault({ reason: error instanceof Error ? error.message : String(error) }));
  const reloader =
    demo === undefined
      ? createReloader({
          app,
          emit,
          files: configuration.files,
          settings: listSettings(configuration),
          read() {
            const current = readConfiguration(flags, app.objects.list);
            const routing = toRouting(current);
            const facts = toRoutingFacts(current, routing, app.objects.list);
            return { table: routing.table, facts, settings: listSettings(current) };
          },
        })
      : undefined;
  if (reloader !== undefined) app.onReload(reloader.reload);
  const { signal, exitCode } = await waitForEnd({ emit, onReload: () => reloader?.reload() });
  reloader?.close();
  emit.stopping({ signal });
  endAtSecondSignal(signal);
  await demo?.end();
  await app.stop();
  emit.stopped({ exitCode });
  return exitCode;
}

/** Where a command on this machine reaches us: an address that means all of them is none to call. */
function toLocalUrl(url: string): string {
  return url.replace("://0.0.0.0:", "://127.0.0.1:").replace("://[::]:", "://[::1]:");
}

async function startOnPort(options: AppOptions, flags: StartFlags): Promise<App> {
  try {
    return await startApp(options);
  } catch (failure) {
    const code = failure instanceof Error && "code" in failure ? failure.code : undefined;
    if (code !== "EADDRINUSE") throw failure;
    const { description, freePort } = await describePortHolder(options.port);
    const hint = freePort === undefined ? "" : `; ${freePort} is free: ${nameCommand(flags)} --port ${freePort}`;
    throw new ConfigError([`port: ${options.port} is taken by ${description}${hint}`]);
  }
}

/** How the program is started again by whoever started it; npm tells which of its commands it was. */
function nameCommand({ demo }: StartFlags): string {
  const { npm_command: npm, npm_lifecycle_event: script } = process.env;
  const flag = demo ? " --demo" : "";
  if (script === "start" && (npm === "start" || npm === "run-script" || npm === "run")) return `npm start --${flag}`;
  if (npm === "exec") return `npx modeltap${flag}`;
  return `the same command with${flag}`;
}

function createProcessEvents({ values }: Configuration): Events {
  const log = createLogger({
    level: values.log_level,
    format: values.log_format ?? (process.stderr.isTTY ? "pretty" : "json"),
    part: "proxy",
    write: createLineWriter(process.stderr),
    clock: Date.now,
  });
  return createEvents(log, createOncePerMinute(Date.now));
}

/** What made it end, and what it exits with. */
type End = { readonly signal: string; readonly exitCode: 0 | 1 };

/**
 * A hang-up asks for a reload; from a terminal it means that the terminal is gone. An error that nobody caught leaves a state
 * that nobody knows: running exchanges may still end, and whoever started us starts us again. A promise whose failure nobody
 * looked at broke off nothing but itself: it is told, and traffic goes on.
 */
function waitForEnd(options: { readonly emit: Events; readonly onReload: () => void }): Promise<End> {
  const { promise, resolve } = Promise.withResolvers<End>();
  // They stay: without a listener the same signal again would kill before the stop has begun.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve({ signal, exitCode: 0 }));
  process.on("SIGHUP", () => (process.stdin.isTTY ? resolve({ signal: "SIGHUP", exitCode: 0 }) : options.onReload()));
  // Further ones, also while it stops, are told and change nothing.
  const tell = (fault: unknown): void =>
    options.emit.uncaught({ reason: fault instanceof Error ? (fault.stack ?? fault.message) : String(fault) });
  process.on("uncaughtException", (fault: unknown) => {
    tell(fault);
    resolve({ signal: "uncaughtException", exitCode: 1 });
  });
  process.on("unhandledRejection", tell);
  return promise;
}
