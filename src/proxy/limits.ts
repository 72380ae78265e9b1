/** @module How much a managed key and a client may ask for in a minute: requests at once, tokens once they are known. */

import { ProxyError } from "../domain/error.ts";
import type { ExchangeId } from "../domain/id.ts";
import type { ManagedKey } from "../domain/key.ts";
import type { TokenUse } from "../message/token-use.ts";
import type { Caller } from "./admit.ts";
import { createBuckets } from "./bucket.ts";
import type { Budget } from "./budget.ts";
import { forgetOldest } from "./forget-oldest.ts";

export type ClientLimits = {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
};

export type Limits = {
  /** Counts a request of the caller, who then has the budgets its tokens count for; or refuses it and counts nothing. */
  admit(caller: Caller, headers: Headers, query: string): Caller | ProxyError;
  /** The exchange whose tokens will count. */
  begin(id: ExchangeId, budgets: readonly Budget[]): void;
  /** Counts tokens of exchanges that ended; those that began before this process did are nobody's. */
  spend(uses: readonly TokenUse[]): void;
};

export type LimitsOptions = {
  readonly client?: ClientLimits;
  /** Names the client of a request; asked only where clients have limits. */
  readonly nameClient: (headers: Headers, query: string) => string;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
};

/** Exchanges whose tokens are not known yet; the oldest are forgotten. */
const MAX_WAITING = 20_000;
/** Clients of one key whose budgets are remembered. */
const MAX_CLIENTS = 1000;
const NO_KEY = {};

/** Cost without limits: a look at two fields of the key. */
export function createLimits({ client = {}, nameClient, now }: LimitsOptions): Limits {
  const buckets = createBuckets(now);
  const waiting = new Map<ExchangeId, readonly Budget[]>();
  const limitsClients = client.requestsPerMinute !== undefined || client.tokensPerMinute !== undefined;

  /** By key (its snapshot, so that a changed limit is a new entry), then by client: made once, not for each request. */
  const known = new WeakMap<object, Map<string, Budgets>>();

  function findBudgets(key: ManagedKey | undefined, clientName: string): Budgets {
    const owner = key ?? NO_KEY;
    let byClient = known.get(owner);
    if (byClient === undefined) known.set(owner, (byClient = new Map()));
    let budgets = byClient.get(clientName);
    if (budgets === undefined) {
      forgetOldest(byClient, MAX_CLIENTS);
      byClient.set(clientName, (budgets = toBudgets(key, limitsClients ? { ...client, name: clientName } : undefined)));
    }
    return budgets;
  }

  return {
    admit(caller, headers, query) {
      const { key } = caller;
      const limitsKey = key?.requestsPerMinute !== undefined || key?.tokensPerMinute !== undefined;
      if (!limitsKey && !limitsClients) return caller;
      const { requests, tokens } = findBudgets(key, limitsClients ? nameClient(headers, query) : "");
      const refusal = refuse(requests, "requests") ?? refuse(tokens, "tokens");
      if (refusal !== undefined) return refusal;
      for (const { name, perMinute } of requests) buckets.take(name, perMinute, 1);
      return tokens.length === 0 ? caller : { ...caller, budgets: tokens };
    },
    begin(id, budgets) {
      forgetOldest(waiting, MAX_WAITING);
      waiting.set(id, budgets);
    },
    spend(uses) {
      for (const [id, tokens] of uses) {
        for (const { name, perMinute } of waiting.get(id) ?? []) buckets.take(name, perMinute, tokens);
        waiting.delete(id);
      }
    },
  };

  function refuse(budgets: readonly Budget[], what: "requests" | "tokens"): ProxyError | undefined {
    for (const { name, perMinute } of budgets) {
      const retryAfterSeconds = buckets.findWait(name, perMinute);
      if (retryAfterSeconds === undefined) continue;
      const whose = name.startsWith("key ") ? "managed key" : "client";
      const message = `This ${whose} may use ${perMinute} ${what} per minute, and has used them.`;
      return new ProxyError("rate_limited", message, { retryAfterSeconds });
    }
    return undefined;
  }
}

type Budgets = { readonly requests: readonly Budget[]; readonly tokens: readonly Budget[] };

function toBudgets(
  key: ManagedKey | undefined,
  client: (ClientLimits & { readonly name: string }) | undefined,
): Budgets {
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
