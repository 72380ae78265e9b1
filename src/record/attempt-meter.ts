/** @module Counts the attempts of exchanges that ended, and the errors of our own that ended them. */

import { ERROR_CODES } from "../domain/error.ts";
import type { Attempt, Exchange } from "../domain/exchange.ts";
import type { CountedAttempt, CountedError, Counts } from "../message/counts.ts";

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** Upstreams are as many as there are configured; hosts named in paths must not fill the memory all the same. */
const MAX_GROUPS = 1000;

export class AttemptMeter {
  readonly #attempts = new Map<string, Writable<CountedAttempt>>();
  readonly #errors = new Map<string, Writable<CountedError>>();

  add({ attempts, errorCode }: Exchange): void {
    for (const [index, attempt] of attempts.entries()) this.#addAttempt(attempt, attempts[index - 1]);
    if (errorCode === undefined || !Object.hasOwn(ERROR_CODES, errorCode)) return;
    const known = this.#errors.get(errorCode) ?? { code: errorCode, exchanges: 0 };
    known.exchanges += 1;
    this.#errors.set(errorCode, known);
  }

  take(): Pick<Counts, "attempts" | "errors"> {
    const attempts = [...this.#attempts.values()];
    const errors = [...this.#errors.values()];
    this.#attempts.clear();
    this.#errors.clear();
    return { attempts, errors };
  }

  #addAttempt(attempt: Attempt, before: Attempt | undefined): void {
    const upstream = this.#attempts.size >= MAX_GROUPS ? "other" : attempt.upstream;
    const kind = before === undefined ? "first" : before.upstream === attempt.upstream ? "retry" : "failover";
    const result = toResult(attempt);
    const name = JSON.stringify([upstream, kind, result]);
    const known = this.#attempts.get(name) ?? { upstream, kind, result, attempts: 0 };
    known.attempts += 1;
    this.#attempts.set(name, known);
  }
}

function toResult({ statusCode, errorCode }: Attempt): string {
  if (errorCode !== undefined) return Object.hasOwn(ERROR_CODES, errorCode) ? errorCode : "other";
  return statusCode === undefined ? "none" : `${Math.floor(statusCode / 100)}xx`;
}
