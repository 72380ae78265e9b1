/** @module The program under attack: killed as a whole or in part, started again on the same data and port. */

import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TomlTable } from "smol-toml";

import { readProcessStart } from "../../src/config/process-start.ts";
import { eventually } from "../support/gate.ts";
import { type Modeltap, ROOT, startModeltap } from "../support/modeltap.ts";
import { openRaw } from "../support/raw-request.ts";

const MARK = "CRASH_TEST_RUN";

export type ProgramOptions = {
  readonly config: TomlTable;
  /** By default a new one in a temporary place. */
  readonly dataDir?: string;
  /** By default in the data directory. */
  readonly databasePath?: string;
};

export type Part = "recorder" | "api";

/** One data directory and one port through many lives. */
export class Program {
  /** Holds everything, and goes away at the end. */
  readonly folder: string;
  readonly dataDir: string;
  readonly databasePath: string;
  readonly port: number;
  #starting: Promise<Modeltap> | undefined;
  #running: Modeltap | undefined;
  #deaths = 0;
  #isDying = false;
  readonly #config: TomlTable;

  constructor(folder: string, port: number, { config, dataDir, databasePath }: ProgramOptions) {
    this.folder = folder;
    this.port = port;
    // Not in the home, which goes away with a start that fails.
    this.dataDir = dataDir ?? join(folder, "data");
    this.databasePath = databasePath ?? join(this.dataDir, "modeltap.db");
    this.#config = { ...config, data_dir: this.dataDir, database: this.databasePath };
  }

  /** Which life it is; undefined while it dies, when connections to it can still be made. */
  get life(): number | undefined {
    return this.#isDying ? undefined : this.#deaths;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get running(): Modeltap {
    if (this.#running === undefined) throw new Error("the program is not running");
    return this.#running;
  }

  /** Resolves when traffic and pages are served. Rejects when it was killed before. */
  async start(): Promise<Modeltap> {
    this.#starting = startModeltap({
      home: join(this.folder, "home"),
      config: this.#config,
      args: ["--port", String(this.port)],
      env: { [MARK]: this.folder },
    });
    this.#running = await this.#starting;
    return this.#running;
  }

  /** To the process that was started, as a terminal or a service manager sends it. */
  signal(signal: NodeJS.Signals): void {
    process.kill(this.running.pid, signal);
  }

  /** SIGKILL to every process of the program, in any order. */
  async killAll(random: () => number): Promise<void> {
    this.#beginDeath();
    for (const pid of this.findProcesses().toSorted(() => random() - 0.5)) kill(pid);
    // A start that is cut short rejects when the process is gone.
    const killed = await this.#starting?.catch(() => undefined);
    await killed?.exited;
    this.#isDying = false;
  }

  /** SIGKILL to the process that carries the traffic; the others find out by themselves. */
  async killProxy(): Promise<void> {
    this.#beginDeath();
    await this.running.kill9();
    this.#isDying = false;
  }

  /** SIGKILL to one part beside the traffic; nothing when it is just being started again. */
  async killPart(part: Part): Promise<boolean> {
    const health = await this.running.stats("/health").catch(() => undefined);
    const pid = findPid(health, part);
    if (pid !== undefined) kill(pid);
    return pid !== undefined;
  }

  /** Runs a second `start` with the same configuration to its end. */
  async runSecond(args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
    const command = process.env["MODELTAP_COMMAND"]?.split(" ") ?? [process.execPath, "--no-env-file", "src/main.ts"];
    const child = Bun.spawn([...command, "start", "--config", this.running.configPath, ...args], {
      cwd: ROOT,
      env: { PATH: process.env["PATH"] ?? "", HOME: this.folder, [MARK]: this.folder },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    return { code: await child.exited, text: out + err };
  }

  /** Every process that has our mark in its environment. */
  findProcesses(): number[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => readText(`/proc/${pid}/environ`).includes(`${MARK}=${this.folder}`))
      .map(Number);
  }

  /** Waits until new connections are refused. */
  async waitForClosedPort(): Promise<void> {
    const isClosed = async (): Promise<true | undefined> => {
      const client = await openRaw(this.url).catch(() => undefined);
      await client?.[Symbol.asyncDispose]();
      return client === undefined ? true : undefined;
    };
    await eventually(isClosed, "the port to be closed");
  }

  /** Waits until connections are taken, be it long before all parts of the program work. */
  async waitForOpenPort(): Promise<void> {
    const isOpen = async (): Promise<true | undefined> => {
      const client = await openRaw(this.url).catch(() => undefined);
      await client?.[Symbol.asyncDispose]();
      return client === undefined ? undefined : true;
    };
    await eventually(isOpen, "the port to be open", 30_000);
  }

  async waitUntilEnded(pid: number): Promise<void> {
    await eventually(() => (readProcessStart(pid) === undefined ? true : undefined), `process ${pid} to end`);
  }

  /** Waits until no process of the program is left. */
  async waitUntilGone(): Promise<void> {
    await eventually(() => (this.findProcesses().length === 0 ? true : undefined), "all processes to be gone", 15_000);
  }

  #beginDeath(): void {
    this.#isDying = true;
    this.#deaths += 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.findProcesses()) kill(pid);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A program that has not been started yet. */
export async function createProgram(options: ProgramOptions): Promise<Program> {
  return new Program(await mkdtemp(join(tmpdir(), "modeltap-crash-")), await findFreePort(), options);
}

/** Below the ports that the system gives to outgoing connections, so that none of them takes it between two lives. */
async function findFreePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    if (await promise) return port;
  }
}

function findPid(health: unknown, part: Part): number | undefined {
  // `/health` is ours: its shape is held by tests of its own.
  const { processes } = (health ?? {}) as { processes?: Readonly<Record<string, unknown>> };
  const pid = processes?.[part];
  return typeof pid === "number" ? pid : undefined;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was faster.
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
