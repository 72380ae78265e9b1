/** @module Whether a loop of background work goes well: its failures since the last success are counted and told. */

import type { LoopStatus } from "../message/status.ts";

/** Turns without work say nothing about a failure before them, until it is this old. */
const QUIET_MS = 60_000;

export class LoopState {
  readonly #name: string;
  readonly #nowMs: () => number;
  #failures = 0;
  #failedAtMs: number | undefined;
  #succeededAtMs: number | undefined;
  #lastError: string | undefined;

  constructor(name: string, nowMs: () => number) {
    this.#name = name;
    this.#nowMs = nowMs;
  }

  /** Runs one turn; `work` answers whether it did anything. What it throws is counted, and the next turn tries again. */
  async turn(work: () => Promise<boolean>): Promise<boolean> {
    try {
      const didWork = await work();
      const nowMs = this.#nowMs();
      if (didWork || this.#failedAtMs === undefined || nowMs - this.#failedAtMs >= QUIET_MS) {
        this.#succeededAtMs = nowMs;
        this.#failures = 0;
        this.#lastError = undefined;
      }
      return didWork;
    } catch (error) {
      this.#failures += 1;
      this.#failedAtMs = this.#nowMs();
      this.#lastError = error instanceof Error ? error.message : String(error);
      return false;
    }
  }

  status(): LoopStatus {
    const nowMs = this.#nowMs();
    return {
      name: this.#name,
      failures: this.#failures,
      ...(this.#succeededAtMs === undefined ? {} : { lastSuccessAgeMs: nowMs - this.#succeededAtMs }),
      ...(this.#failedAtMs === undefined ? {} : { lastErrorAgeMs: nowMs - this.#failedAtMs }),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }
}
