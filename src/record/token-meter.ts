/** @module Sums up the tokens of committed exchanges that a limit counts, until the next report takes them away. */

import type { Exchange } from "../domain/exchange.ts";
import type { TokenUse } from "../message/token-use.ts";

export class TokenMeter {
  readonly #tokens = new Map<string, number>();

  add({ state, tally, usage }: Exchange): void {
    if (state === "pending" || tally === undefined) return;
    const tokens = (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
    if (tokens > 0) this.#tokens.set(tally, (this.#tokens.get(tally) ?? 0) + tokens);
  }

  /** Undefined when there are none. */
  take(): readonly TokenUse[] | undefined {
    if (this.#tokens.size === 0) return undefined;
    const uses = [...this.#tokens];
    this.#tokens.clear();
    return uses;
  }
}
