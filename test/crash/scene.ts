/** @module Everything a crash test needs together: provider, program, clients, and the book that is kept over them. */

import { readdirSync } from "node:fs";
import type { TomlTable } from "smol-toml";

import { eventually } from "../support/gate.ts";
import { createUpstream, type Upstream } from "../support/upstream.ts";
import { answerCall } from "./call.ts";
import { Ledger } from "./ledger.ts";
import { createLoad, type Load } from "./load.ts";
import { createProgram, type Program, type ProgramOptions } from "./program.ts";

export type SceneOptions = Omit<ProgramOptions, "config"> & {
  /** On top of what every scene needs. */
  readonly config?: TomlTable;
  readonly clients?: number;
};

/** Nothing runs yet: start the program, then resume the load. */
export class Scene {
  readonly upstream: Upstream;
  readonly program: Program;
  readonly ledger: Ledger;
  readonly load: Load;

  constructor(upstream: Upstream, program: Program, clients: number) {
    this.upstream = upstream;
    this.program = program;
    this.ledger = new Ledger(program.databasePath);
    this.load = createLoad({
      url: program.url,
      clients,
      readLife: () => program.life,
      onOutcome: (outcome) => this.ledger.takeOutcome(outcome),
    });
  }

  /**
   * Lets the clients call for a while, and the last calls end. On a busy machine a while may be too short to prove anything:
   * then they go on until so many whole answers have come since the beginning.
   */
  async callFor(ms: number, wholeAnswers = 0): Promise<void> {
    this.load.resume();
    await Bun.sleep(ms);
    const enough = () => (this.ledger.judge().wholeForClient >= wholeAnswers ? true : undefined);
    await eventually(enough, `${wholeAnswers} whole answers`, 60_000);
    await this.load.pause();
  }

  /**
   * Lets running calls end and waits for their rows. On a busy machine the recorder gets little of the processor and
   * drains slowly, which is no loss: given up when it has read all there is, or does nothing for minutes.
   */
  async settle(): Promise<void> {
    await this.load.pause();
    this.ledger.takeReached(this.upstream);
    let lastRowAt = performance.now();
    while (!this.ledger.isComplete) {
      await Bun.sleep(50);
      if (await this.ledger.readRows()) lastRowAt = performance.now();
      const stillMs = performance.now() - lastRowAt;
      if (stillMs > MAX_STILL_MS || (stillMs > IDLE_MS && (await this.#isRecorderIdle()))) {
        console.error(await this.#describe());
        return;
      }
    }
  }

  /** A part of `/health`. */
  async health(part: "journal" | "recorder"): Promise<Readonly<Record<string, unknown>>> {
    // Our own page: `journal` is JournalStats, `recorder` what the recorder reported last, null before its first report.
    const health = (await this.program.running.stats("/health")) as Readonly<Record<string, Record<string, unknown>>>;
    return health[part] ?? {};
  }

  async #isRecorderIdle(): Promise<boolean> {
    const { backlogBytes, openExchanges, lagMs } = await this.health("recorder");
    return backlogBytes === 0 && openExchanges === 0 && lagMs === 0;
  }

  /** What may tell why rows are missing. */
  async #describe(): Promise<string> {
    const { running, dataDir } = this.program;
    const health = await running.stats("/health").catch(String);
    const files = readdirSync(dataDir, { recursive: true, encoding: "utf8" });
    return `rows are missing: ${JSON.stringify(health)}\n${files.join(" ")}\n${running.logs()}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const paused = this.load.pause();
    await this.program[Symbol.asyncDispose]();
    await this.upstream.close();
    await paused;
  }
}

/** What a verdict must hold in every scene in which no body is given up. */
export const NOTHING_WRONG = { lost: [], lostFinished: [], doubled: [], wrong: [], disturbed: [] };

export async function createScene({ config, clients, ...options }: SceneOptions = {}): Promise<Scene> {
  const upstream = await createUpstream();
  upstream.on(/./, answerCall);
  const program = await createProgram({
    ...options,
    config: {
      log_level: "warn",
      // Upstreams break here all the time, and that is no reason to spare them.
      breaker: { open_after_failures: 0 },
      retention: { min_free_disk: 0, min_free_fraction: 0 },
      providers: { openai: { base_url: upstream.url }, anthropic: { base_url: upstream.url } },
      ...config,
    },
  });
  return new Scene(upstream, program, clients ?? 8);
}

/** Reports come once a second: after this time without a row, one that says "nothing to do" is believed. */
const IDLE_MS = 10_000;
/** Longest time without a new row. */
const MAX_STILL_MS = 120_000;
