/** @module Starts the real program in a home of its own and asks it things the way a user would. */

import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { stringify, type TomlTable } from "smol-toml";

import type { RequestRow } from "../../src/api/contract.ts";
import { eventually, within } from "./gate.ts";

export type ModeltapOptions = {
  /** Becomes config.toml. */
  readonly config?: TomlTable;
  /** On top of a clean environment: no proxies, no keys, no settings of the machine. */
  readonly env?: Readonly<Record<string, string>>;
  /** Added after `start --port 0`. */
  readonly args?: readonly string[];
  /** Home of an earlier instance, to start again on its data. */
  readonly home?: string;
  readonly startTimeoutMs?: number;
  /** The program with its first arguments; by default `MODELTAP_COMMAND` (say, a compiled binary), else Bun on src/main.ts. */
  readonly command?: readonly string[];
};

export type ProcessIds = { readonly proxy: number; readonly recorder: number; readonly api: number };

/** Row of `/stats/requests`, as documented. */
export type StatsRow = RequestRow;

/** Repository root, so that tests run from any directory. */
export const ROOT = join(import.meta.dir, "..", "..");

/** Starts `src/main.ts start` on a free port and waits until `/health` answers. */
export async function startModeltap(options: ModeltapOptions = {}): Promise<Modeltap> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), "modeltap-home-")));
  const spawnedAtMs = performance.now();
  const modeltap = await spawnModeltap(home, options);
  try {
    await modeltap.waitForStart(spawnedAtMs, options.startTimeoutMs ?? 20_000);
  } catch (cause) {
    await modeltap.destroy();
    throw cause;
  }
  return modeltap;
}

async function spawnModeltap(home: string, options: ModeltapOptions): Promise<Modeltap> {
  const folders = {
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_DATA_HOME: join(home, "data"),
    XDG_STATE_HOME: join(home, "state"),
    XDG_CACHE_HOME: join(home, "cache"),
    XDG_RUNTIME_DIR: join(home, "run"),
  };
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true, mode: 0o700 });
  if (options.config !== undefined) {
    await mkdir(join(folders.XDG_CONFIG_HOME, "modeltap"), { recursive: true });
    await writeFile(join(folders.XDG_CONFIG_HOME, "modeltap", "config.toml"), stringify(options.config));
  }
  const child = Bun.spawn([...(options.command ?? findCommand()), "start", "--port", "0", ...(options.args ?? [])], {
    cwd: ROOT,
    env: {
      PATH: process.env["PATH"] ?? "",
      TMPDIR: tmpdir(),
      HOME: home,
      TZ: "UTC",
      // Read by Bun at its start only; the product's launcher sets it the same way.
      BUN_CONFIG_MAX_HTTP_REQUESTS: "65336",
      // The disk of the machine that tests is not what they are about.
      MODELTAP_RETENTION_MIN_FREE_DISK: "0",
      MODELTAP_RETENTION_MIN_FREE_FRACTION: "0",
      // No test depends on what somebody publishes today.
      MODELTAP_PRICING_LIVE: "false",
      ...folders,
      ...options.env,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  return new Modeltap(home, child);
}

function findCommand(): readonly string[] {
  const given = process.env["MODELTAP_COMMAND"]?.split(" ");
  return given ?? [process.execPath, "--no-env-file", "src/main.ts"];
}

/** Whether its certificate is good is asked by the tests of HTTPS, not here. */
const ANY_CERTIFICATE = { tls: { rejectUnauthorized: false } };

type Child = Bun.Subprocess<"ignore", "pipe", "pipe">;

export class Modeltap {
  /** Holds config, data and state; give it to `startModeltap` to start again on the same data. */
  readonly home: string;
  /** From spawn to the first answer of `/health`. */
  startMs = Number.NaN;
  readonly #child: Child;
  #url = "";
  #stdout = "";
  #stderr = "";
  #ids: Partial<ProcessIds> = {};
  readonly #output: Promise<unknown>;

  constructor(home: string, child: Child) {
    this.home = home;
    this.#child = child;
    this.#output = Promise.all([
      collect(child.stdout, (text) => (this.#stdout += text)),
      collect(child.stderr, (text) => (this.#stderr += text)),
    ]);
  }

  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  get url(): string {
    return this.#url;
  }

  get dataDir(): string {
    return join(this.home, "data", "modeltap");
  }

  get configPath(): string {
    return join(this.home, "config", "modeltap", "config.toml");
  }

  /** Everything printed so far, standard output first. */
  logs(): string {
    return `${this.#stdout}\n${this.#stderr}`;
  }

  /** Of the process that was started: it carries the traffic. */
  get pid(): number {
    return this.#child.pid;
  }

  get exited(): Promise<number> {
    return this.#child.exited;
  }

  async waitForStart(spawnedAtMs: number, timeoutMs: number): Promise<void> {
    const died = this.#child.exited.then(async (code) => {
      await Promise.race([this.#output, Bun.sleep(500)]);
      throw new Error(`modeltap ended with code ${code} at its start:\n${this.logs()}`);
    });
    const ready = eventually(
      async () => {
        this.#url ||= /modeltap is listening on (https?:\/\/[^\s/]+)/.exec(this.logs())?.[1] ?? "";
        if (this.#url === "") return undefined;
        const health = await fetch(`${this.#url}/health`, ANY_CERTIFICATE).catch(() => undefined);
        return health?.ok === true ? true : undefined;
      },
      "modeltap to answer /health",
      timeoutMs,
    );
    await Promise.race([ready, died]).catch((cause: unknown) => {
      throw new Error(`modeltap did not start:\n${this.logs()}`, { cause });
    });
    this.startMs = performance.now() - spawnedAtMs;
    died.catch(() => undefined);
    // Not part of the start that users wait for, but of what tests rely on; over when it is killed meanwhile.
    await Promise.race([this.#waitForParts(), this.#child.exited]);
  }

  async #waitForParts(): Promise<void> {
    await this.pids().catch(() => undefined);
    const summary = () => this.stats("/stats/summary").catch(() => undefined);
    await eventually(summary, "the api to answer").catch(() => undefined);
  }

  /** JSON of one of the program's own pages: `stats("/stats/summary")`. */
  async stats(path: string): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      headers: { accept: "application/json" },
      ...ANY_CERTIFICATE,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${text.slice(0, 500)}`);
    return JSON.parse(text);
  }

  /** Newest rows first. */
  async rows(limit = 100): Promise<readonly StatsRow[]> {
    const page = await this.stats(`/stats/requests?limit=${limit}&all=true`);
    const rows = isRecord(page) ? Object.values(page).find(Array.isArray) : page;
    // Trusted to be what the contract says: tests compare the fields they care for.
    return Array.isArray(rows) ? (rows.filter(isRecord) as unknown as StatsRow[]) : [];
  }

  /** Waits until at least `count` exchanges are stored, and answers the newest of them. */
  async waitForRows(count: number, timeoutMs = 10_000): Promise<readonly StatsRow[]> {
    return eventually(
      async () => {
        const rows = await this.rows(Math.min(1_000, count + 1)).catch(() => []);
        return rows.length >= Math.min(1_000, count) ? rows : undefined;
      },
      `${count} rows in /stats/requests\n${this.logs()}`,
      timeoutMs,
    );
  }

  /** Ids of the three processes, from `/health`; waits until all of them run. */
  async pids(timeoutMs = 10_000): Promise<ProcessIds> {
    const ids = await eventually(async () => readIds(await this.stats("/health")), "all processes to run", timeoutMs);
    this.#ids = ids;
    return ids;
  }

  /** Asks it to stop as a service manager would, and answers its exit code. */
  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    const code = await within(this.#child.exited, "modeltap to stop", 15_000).catch(() => undefined);
    if (code === undefined) {
      await this.kill9();
      throw new Error(`modeltap did not stop on SIGTERM:\n${this.logs()}`);
    }
    // A child that outlives the proxy holds its pipes open: the last lines are worth a moment, not more.
    await Promise.race([this.#output, Bun.sleep(500)]);
    return code;
  }

  /** SIGKILL to the proxy process alone, as a crash would have it. */
  async kill9(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  /** Kills recorder and api if they outlived the proxy. */
  endChildren(): void {
    for (const pid of [this.#ids.recorder, this.#ids.api]) if (pid !== undefined) endProcess(pid, this.home);
  }

  /** Ends what still runs, whatever its state, and removes the home. */
  async destroy(): Promise<void> {
    if (this.#child.exitCode === null) await this.stop().catch(() => undefined);
    this.endChildren();
    await rm(this.home, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.destroy();
  }
}

/** Kills a child that outlived its parent, but only if the process of that number still has our home in its environment. */
function endProcess(pid: number, home: string): void {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
    if (environment.includes(home)) process.kill(pid, "SIGKILL");
  } catch {
    // Already gone: what we want.
  }
}

/** Each process stands in `/health` as its id, or as an object that has one while it runs. */
function readIds(health: unknown): ProcessIds | undefined {
  const processes = isRecord(health) && isRecord(health["processes"]) ? health["processes"] : {};
  const idOf = (name: string) => {
    const value = processes[name];
    const pid = isRecord(value) ? value["pid"] : value;
    return typeof pid === "number" ? pid : undefined;
  };
  const [proxy, recorder, api] = [idOf("proxy"), idOf("recorder"), idOf("api")];
  return proxy === undefined || recorder === undefined || api === undefined ? undefined : { proxy, recorder, api };
}

async function collect(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const bytes of stream) take(decoder.decode(bytes, { stream: true }));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
