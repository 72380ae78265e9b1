/** @module Finds the session of each exchange: by its own word, by an earlier answer, or by the words of the conversation. */

import type { Exchange } from "../domain/exchange.ts";
import type { Session, SessionKey } from "../domain/session.ts";
import type { Digest } from "../session/chain.ts";
import { type Identity, toAnswerKey, toNewSessionId } from "../session/identify.ts";
import type { Reply } from "../session/reply.ts";
import { type SettledSession, settleByPrefix, settleByPrevious, toAddedKey } from "../session/settle.ts";
import type { StoreWriter } from "../store/store.ts";
import type { Finished, Unsettled } from "./finish.ts";

export type SessionBookOptions = {
  readonly digest: Digest;
  readonly findKeys: StoreWriter["findSessionKeys"];
  /** Keys held in memory: those of rows that are not yet in the store must be among them. */
  readonly maxHeldKeys?: number;
};

const MAX_HELD_KEYS = 50_000;
/** Stored items of one answer that a later request may name. */
const MAX_ITEM_KEYS = 20;

/** One exchange at a time, in the order of their ends: what one leaves, the next may go on from. */
export class SessionBook {
  readonly #options: Required<SessionBookOptions>;
  /** Newest last. Knows every key that was added since the start, unless pushed out by later ones. */
  readonly #held = new Map<string, SessionKey>();

  constructor(options: SessionBookOptions) {
    this.#options = { maxHeldKeys: MAX_HELD_KEYS, ...options };
  }

  /** The same exchange with its session. Rejects as the store does; asking again is safe. */
  async settle(finished: Finished): Promise<Finished> {
    const { unsettled, ...kept } = finished;
    if (unsettled === undefined) return kept;
    const { exchange } = finished;
    const settled = await this.#find(exchange, unsettled.identity);
    if (settled === undefined) return kept;
    const sessionKeys = await this.#leave(exchange, unsettled, settled);
    return {
      ...kept,
      exchange: {
        ...exchange,
        sessionId: settled.sessionId,
        ...(settled.parentSessionId === undefined ? {} : { parentSessionId: settled.parentSessionId }),
        sessionEvidence: settled.evidence,
        sessionInferred: settled.inferred,
      },
      sessions: [toSession(exchange, unsettled.identity, settled)],
      ...(sessionKeys.length === 0 ? {} : { sessionKeys }),
    };
  }

  async #find(exchange: Exchange, { question, scope }: Identity): Promise<SettledSession | undefined> {
    switch (question?.by) {
      case undefined:
        return undefined;
      case "session":
        return { ...question, inferred: false };
      case "previous": {
        const [known] = await this.#lookUp([question.key]);
        return settleByPrevious(known, question.evidence, question.sessionId);
      }
      case "prefix": {
        const known = await this.#lookUp(question.chain.keys);
        return settleByPrefix(known, toNewSessionId(scope, exchange.id, this.#options.digest));
      }
    }
  }

  /** Marks where the exchange came from and adds the keys its answer can be known by. */
  async #leave(exchange: Exchange, { identity, reply }: Unsettled, settled: SettledSession): Promise<SessionKey[]> {
    const { sessionId, from } = settled;
    const added = await this.#toAnswerKeys(exchange, identity, reply);
    const known = new Map((await this.#lookUp(added)).map((key) => [key.key, key]));
    const atMs = exchange.endedAtMs ?? exchange.startedAtMs;
    const changed = added.map((key) => toAddedKey(known.get(key), key, sessionId, atMs));
    // A try that failed is no turn: the next one goes on from the same answer.
    const isTurn = exchange.state === "completed" && (exchange.statusCode ?? 0) < 400;
    if (from?.state === "open" && isTurn) changed.push({ ...from, state: "continued", atMs });
    for (const key of changed) this.#hold(key);
    return changed;
  }

  async #toAnswerKeys(
    { responseId, dialect }: Exchange,
    identity: Identity,
    reply: Reply | undefined,
  ): Promise<string[]> {
    const { digest } = this.#options;
    const { question, scope } = identity;
    const ids = REFERABLE.has(dialect) ? [responseId, ...(reply?.itemIds.slice(-MAX_ITEM_KEYS) ?? [])] : [];
    const keys = ids.flatMap((id) => (id === undefined ? [] : toAnswerKey(scope, id, digest)));
    const replyKey = question?.by === "prefix" ? question.chain.toReplyKey(reply?.text) : undefined;
    return replyKey === undefined ? keys : [...keys, replyKey];
  }

  /** In the order asked for; what is not known is left out. */
  async #lookUp(keys: readonly string[]): Promise<SessionKey[]> {
    const missing = keys.filter((key) => !this.#held.has(key));
    const stored = new Map<string, SessionKey>();
    if (missing.length > 0) for (const key of await this.#options.findKeys(missing)) stored.set(key.key, key);
    return keys.flatMap((key) => this.#held.get(key) ?? stored.get(key) ?? []);
  }

  #hold(key: SessionKey): void {
    this.#held.delete(key.key);
    this.#held.set(key.key, key);
    if (this.#held.size <= this.#options.maxHeldKeys) return;
    const oldest = this.#held.keys().next();
    if (oldest.done !== true) this.#held.delete(oldest.value);
  }
}

/** Formats whose answers later requests name by id. */
const REFERABLE: ReadonlySet<string> = new Set(["openai-responses", "gemini-interactions"]);

function toSession(exchange: Exchange, { question }: Identity, settled: SettledSession): Session {
  const { provider, credentialHash, tool, client } = exchange;
  return {
    id: settled.sessionId,
    ...(settled.parentSessionId === undefined ? {} : { parentId: settled.parentSessionId }),
    ...(question?.by === "session" ? { clientSessionId: question.clientSessionId } : {}),
    provider,
    ...(credentialHash === undefined ? {} : { credentialHash }),
    ...(tool === undefined ? {} : { tool }),
    ...(client === undefined ? {} : { client }),
    evidence: settled.evidence,
    inferred: settled.inferred,
    firstAtMs: exchange.startedAtMs,
    lastAtMs: exchange.endedAtMs ?? exchange.startedAtMs,
  };
}
