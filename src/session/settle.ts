/** @module Which session an exchange goes to, once what earlier answers are known by has been looked up. */

import type { SessionKey } from "../domain/session.ts";

export type SettledSession = {
  readonly sessionId: string;
  readonly parentSessionId?: string;
  readonly evidence: string;
  readonly inferred: boolean;
  /** The answer that this exchange goes on from. */
  readonly from?: SessionKey;
};

/**
 * By the conversation's own words: the newest known answer in it decides. What went on from there already is forked,
 * what two sessions share begins anew, since nobody can tell which of them this is.
 * @param known keys found, newest turn first
 * @param newId id of the session that begins when none goes on
 */
export function settleByPrefix(known: readonly SessionKey[], newId: string): SettledSession {
  const [from] = known;
  if (from === undefined) return { sessionId: newId, evidence: "first message", inferred: true };
  switch (from.state) {
    case "open":
      return { sessionId: from.sessionId, evidence: "message prefix", inferred: true, from };
    case "continued":
      return { sessionId: newId, parentSessionId: from.sessionId, evidence: "message prefix, fork", inferred: true };
    case "ambiguous":
      return { sessionId: newId, evidence: "message prefix, ambiguous", inferred: true };
  }
}

/** By the id of an earlier answer: whoever knows it belongs to its conversation, a second time too. */
export function settleByPrevious(from: SessionKey | undefined, evidence: string, newId: string): SettledSession {
  if (from === undefined) return { sessionId: newId, evidence, inferred: false };
  const isFork = from.state === "continued";
  return { sessionId: from.sessionId, evidence: isFork ? `${evidence}, fork` : evidence, inferred: false, from };
}

/** The key of a new answer: one that another session came to as well leads to neither. */
export function toAddedKey(known: SessionKey | undefined, key: string, sessionId: string, atMs: number): SessionKey {
  if (known === undefined || (known.sessionId === sessionId && known.state !== "ambiguous")) {
    return { key, sessionId, state: known?.state ?? "open", atMs };
  }
  return { ...known, state: "ambiguous", atMs };
}
