/** @module One conversation or agent session of a client, and the keys by which later exchanges find it. */

/** What is known of a session; its counts and sums follow from its exchanges. */
export type Session = {
  /** Our own id: made from provider, credential and the client's id, so that equal ids of two clients stay apart. */
  readonly id: string;
  readonly parentId?: string;
  /** The id the client uses; absent for inferred sessions. */
  readonly clientSessionId?: string;
  readonly provider: string;
  readonly credentialHash?: string;
  readonly tool?: string;
  readonly client?: string;
  readonly evidence: string;
  /** Found by comparing messages, not by an id. */
  readonly inferred: boolean;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
};

/**
 * `open` = nothing went on from here yet; `continued` = one exchange did, the next one is a fork;
 * `ambiguous` = two sessions came to the same words, so nobody can tell which one goes on.
 */
export type SessionKeyState = "open" | "continued" | "ambiguous";

/** Leads from an answer (its id, or the hash of the conversation up to it) to the session it belongs to. */
export type SessionKey = {
  readonly key: string;
  readonly sessionId: string;
  readonly state: SessionKeyState;
  readonly atMs: number;
};
