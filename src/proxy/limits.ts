/** @module How much a managed key and a client may ask for in a minute: requests at once, tokens once they are known. */

import { ProxyError } from "../domain/error.ts";
import type { ManagedKey } from "../domain/key.ts";
import type { TokenUse } from "../message/token-use.ts";
import type { Caller } from "./admit.ts";
import { createBuckets } from "./bucket.ts";
import type { Budget } from "./budget.ts";
import type { ClientNamer, NamedBy } from "./client-name.ts";
import { forgetOldest } from "./forget-oldest.ts";

export type ClientLimits = {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
};

export type Limits = {
  /** Counts a request of the caller, who then has a tally if its tokens count for something; or refuses it and counts nothing. */
  admit(caller: Caller, head: NamedBy): Caller | ProxyError;
  /** Counts tokens of exchanges that ended; those that began before this process did have tallies of nobody here. */
  spend(uses: readonly TokenUse[]): void;
};

export type LimitsOptions = {
  readonly client?: ClientLimits;
  /** Names the client of a request; asked only where clients have limits. */
  readonly nameClient: ClientNamer;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
};

/** Tallies whose budgets are remembered, those of changed keys and forgotten clients among them. */
const MAX_TALLIES = 20_000;
/** Clients of one key whose budgets are remembered. */
const MAX_CLIENTS = 1000;
const NO_KEY = {};

/** Cost without limits: a look at two fields of the key. */
export function createLimits({ client = {}, nameClient, now }: LimitsOptions): Limits {
  const buckets = createBuckets();
  const tallies = new Map<string, readonly Budget[]>();
  /** Tells this run of the process from those before it, whose exchanges may still be on their way to the record. */
  const run = crypto.randomUUID().slice(0, 8);
  let made = 0;
  const limitsClients = client.requestsPerMinute !== undefined || client.tokensPerMinute !== undefined;

  /** By key (its snapshot, so that a changed limit is a new entry), then by client: made once, not for each request. */
  const known = new WeakMap<object, Map<string, Budgets>>();

  /** Also after it was forgotten among too many others. */
  function remember(tally: string, tokens: readonly Budget[]): void {
    if (tallies.has(tally)) return;
    forgetOldest(tallies, MAX_TALLIES);
    tallies.set(tally, tokens);
  }

  function findBudgets(key: ManagedKey | undefined, clientName: string): Budgets {
    const owner = key ?? NO_KEY;
    let byClient = known.get(owner);
    if (byClient === undefined) known.set(owner, (byClient = new Map()));
    let budgets = byClient.get(clientName);
    if (budgets === undefined) {
      forgetOldest(byClient, MAX_CLIENTS);
      made += 1;
      budgets = {
        ...toBudgets(key, limitsClients ? { ...client, name: clientName } : undefined),
        tally: `${run}-${made}`,
      };
      byClient.set(clientName, budgets);
    }
    return budgets;
  }

  return {
    admit(caller, head) {
      const { key } = caller;
      const limitsKey = key?.requestsPerMinute !== undefined || key?.tokensPerMinute !== undefined;
      if (!limitsKey && !limitsClients) return caller;
      const { requests, tokens, tally } = findBudgets(key, limitsClients ? nameClient(head) : "");
      const nowMs = now();
      const refusal = refuse(requests, "requests", nowMs) ?? refuse(tokens, "tokens", nowMs);
      if (refusal !== undefined) return refusal;
      for (const { name, perMinute } of requests) buckets.take(name, perMinute, 1, nowMs);
      if (tokens.length === 0) return caller;
      remember(tally, tokens);
      const { secret } = caller;
      return key === undefined || secret === undefined ? { ...caller, tally } : { key, secret, tally };
    },
    spend(uses) {
      const nowMs = now();
      for (const [tally, used] of uses) {
        for (const { name, perMinute } of tallies.get(tally) ?? []) buckets.take(name, perMinute, used, nowMs);
      }
    },
  };

  function refuse(budgets: readonly Budget[], what: "requests" | "tokens", nowMs: number): ProxyError | undefined {
    for (const { name, perMinute } of budgets) {
      const retryAfterSeconds = buckets.findWait(name, perMinute, nowMs);
      if (retryAfterSeconds === undefined) continue;
      const whose = name.startsWith("key ") ? "managed key" : "client";
      const message = `This ${whose} may use ${perMinute} ${what} per minute, and has used them.`;
      return new ProxyError("rate_limited", message, { retryAfterSeconds });
    }
    return undefined;
  }
}

type Budgets = {
  readonly requests: readonly Budget[];
  readonly tokens: readonly Budget[];
  readonly tally: string;
};

function toBudgets(
  key: ManagedKey | undefined,
  client: (ClientLimits & { readonly name: string }) | undefined,
): Omit<Budgets, "tally"> {
  const toList = (name: string, perMinute: number | undefined): Budget[] =>
    perMinute === undefined ? [] : [{ name, perMinute }];
  return {
    requests: [
      ...toList(`key requests ${key?.id}`, key?.requestsPerMinute),
      ...toList(`client requests ${client?.name}`, client?.requestsPerMinute),
    ],
    tokens: [
      ...toList(`key tokens ${key?.id}`, key?.tokensPerMinute),
      ...toList(`client tokens ${client?.name}`, client?.tokensPerMinute),
    ],
  };
}
