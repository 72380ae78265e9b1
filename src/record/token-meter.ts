/** @module Collects the tokens of committed exchanges that a limit may count, until the next report takes them away. */

import type { Exchange } from "../domain/exchange.ts";
import type { TokenUse } from "../message/token-use.ts";

/** More than a report's time can bring; a limit that misses some is better than a message without end. */
const MAX_USES = 10_000;

export class TokenMeter {
  readonly #all: boolean;
  #uses: TokenUse[] = [];

  /** @param all also exchanges without a managed key: clients have limits */
  constructor(all: boolean) {
    this.#all = all;
  }

  add({ id, state, keyId, usage }: Exchange): void {
    if (state === "pending" || (keyId === undefined && !this.#all) || this.#uses.length >= MAX_USES) return;
    this.#uses.push([id, (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0)]);
  }

  /** Undefined when there are none. */
  take(): readonly TokenUse[] | undefined {
    const uses = this.#uses;
    if (uses.length === 0) return undefined;
    this.#uses = [];
    return uses;
  }
}
