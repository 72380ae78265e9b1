/** @module The contract of the store: batches in, filtered questions out, nothing that only one database can do. */

import type { CostAudit, CostReason } from "../domain/cost-audit.ts";
import type { BodySide, Exchange, ExchangeState } from "../domain/exchange.ts";
import type { ExchangeFilter } from "../domain/filter.ts";
import type { ExchangeId } from "../domain/id.ts";
import type { Session, SessionKey } from "../domain/session.ts";
import type { ObjectKind, ObjectSnapshot, StoredObject } from "../domain/stored-object.ts";

export type CaptureSide = BodySide;

/** Body bytes as they passed on the wire (content-encoding untouched), before the store compresses them. */
export type Capture = {
  readonly exchangeId: ExchangeId;
  readonly side: CaptureSide;
  /** Wire bytes; head and tail joined when `truncated`. */
  readonly bytes: Uint8Array;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  /** Set when bytes are missing: how many were kept from the start of the body. */
  readonly headBytes?: number;
  readonly truncated: boolean;
  /** Size on the wire of the whole body. */
  readonly wireBytes: number;
  /** Pairs [bytes from start of body, ms since exchange start], one per burst, for replay and inter-token gaps. */
  readonly chunks?: readonly (readonly [offset: number, atMs: number])[];
};

export type ExchangeBatch = {
  /** Rows to insert or replace by id. A row that is already final in the store is left as it is. */
  readonly exchanges: readonly Exchange[];
  /**
   * Bodies of exchanges of this batch or an earlier one; a body of any other exchange fails the batch.
   * For a row that was final before the batch, a body that is there already is left as it is.
   */
  readonly captures: readonly Capture[];
  /** Sessions that exchanges of this batch belong to: inserted, or their span of time widened. */
  readonly sessions?: readonly Session[];
  /** Inserted or replaced by key. */
  readonly sessionKeys?: readonly SessionKey[];
  /** Journal position up to which everything is in the store; committed with the rows. */
  readonly cursor?: string;
  /**
   * Set when rows that are already final are replaced too: the way of a reprice or a second reading, never of a replay.
   * Every cost that changes by it is a new entry of the exchange's cost audit, in the same transaction.
   */
  readonly replaceFinal?: FinalReplacement;
};

export type ObjectPut = Pick<StoredObject, "kind" | "id" | "value"> & {
  readonly atMs: number;
  /** What must be there before: nothing (0) or this version; absent = whatever is there. */
  readonly expectVersion?: number;
};

/** Why final rows are replaced, and the moment, epoch ms. */
export type FinalReplacement = { readonly reason: Exclude<CostReason, "recorded">; readonly atMs: number };

/**
 * `unpriced` = usage without a cost; `cached` = cached input that was charged at the full price, because its price row
 * had none for it.
 */
export type RepricableQuestion = {
  readonly selection: "unpriced" | "cached";
  /** Exchanges started earlier are left alone. */
  readonly sinceMs: number;
  /** The `next` of the page before. */
  readonly cursor?: string;
  /** Most rows of a page; it may have fewer, or none, and still not be the last. */
  readonly limit: number;
};

export type RepricablePage = { readonly rows: readonly StoredExchange[]; readonly next?: string };

/**
 * The recorder's side: the only writer. Every call is one transaction: it rejects and leaves no trace, or is done.
 * A batch that can never be written rejects with a TypeError, a RangeError or the database's constraint error;
 * any other error (disk full, database locked) is worth another try.
 */
export interface StoreWriter {
  write(batch: ExchangeBatch): Promise<void>;
  readCursor(): Promise<string | undefined>;
  /** State of a stored exchange, so that a replay after a crash doubles nothing. */
  findState(id: ExchangeId): Promise<ExchangeState | undefined>;
  /** What is known under these keys, in no order; at most 1,000 keys at once. */
  findSessionKeys(keys: readonly string[]): Promise<readonly SessionKey[]>;
  /** Exchanges that may have a better cost by now, in steps: each page takes about as long as its `limit` is large. */
  listRepricable(question: RepricableQuestion): Promise<RepricablePage>;
  /** Deletes bodies of exchanges started before `beforeMs`, at most `limit`; answers how many. Rows stay. */
  trimCaptures(beforeMs: number, limit: number): Promise<number>;
  /** Deletes keys last used before `beforeMs`, at most `limit`; answers how many. What they led to stays. */
  trimSessionKeys(beforeMs: number, limit: number): Promise<number>;
  close(): Promise<void>;
}

/** The recorder's side of stored objects; each call is one transaction, as those of {@link StoreWriter}. */
export interface ObjectWriter {
  /** Undefined when `expectVersion` is not what is there. */
  putObject(put: ObjectPut): Promise<StoredObject | undefined>;
  /** All or none. */
  putObjects(puts: readonly ObjectPut[]): Promise<void>;
  /** False when there was none. */
  deleteObject(kind: ObjectKind, id: string): Promise<boolean>;
  readObjects(): Promise<ObjectSnapshot>;
}

/**
 * Sums of one group over exchanges that ended (`pending` is not counted). A row without a figure adds nothing to its sum;
 * how many had no price or no usage is told beside, for generation calls with a status below 400 or none.
 */
export type UsageSums = {
  readonly requests: number;
  /** Ended as `failed` or `interrupted`, or with a status of 400 and above. */
  readonly failedRequests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly reasoningTokens: number;
  readonly costNanoUsd: number;
  readonly meteredNanoUsd: number;
  readonly subscriptionNanoUsd: number;
  /** How many of the costs are known how surely. */
  readonly reportedCosts: number;
  readonly exactCosts: number;
  readonly aliasCosts: number;
  readonly prefixCosts: number;
  /** Requests that had no price or no usage, so that a total is never taken for the whole. */
  readonly unpricedRequests: number;
  readonly requestsWithoutUsage: number;
  readonly durationMs: number;
};

/**
 * `model` = provider and model together, `account` = account and provider, `account-model` all three;
 * `none` = one group, also when nothing was counted.
 */
export type GroupBy = "provider" | "model" | "tool" | "key" | "account" | "account-model" | "none";

/** What names a group; "" where the exchanges have none. */
export type GroupName = {
  readonly provider?: string;
  readonly model?: string;
  readonly tool?: string;
  readonly key?: string;
  readonly account?: string;
};

export type UsageGroup = UsageSums & GroupName;

/** What was done with one managed key; rows that are trimmed away still count. */
export type KeyUse = {
  readonly keyId: string;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: number;
  /** Those whose cost is unknown and in no sum. */
  readonly unpricedRequests: number;
  readonly lastUsedAtMs: number;
};

/**
 * `bucket` is the text in the zone asked for: `2026-11-21` or `2026-11-21 07:00`; `startMs` its first moment.
 * Texts are unique but for groups: where clocks go back, the hour that comes twice is one bucket of two hours.
 */
export type UsageBucket = UsageSums & { readonly bucket: string; readonly startMs: number } & GroupName;

/** Sums over exchanges of a short span, in buckets finer than those of the rollups. */
export type RecentBucket = Pick<
  UsageSums,
  "requests" | "inputTokens" | "outputTokens" | "costNanoUsd" | "unpricedRequests" | "failedRequests"
> & { readonly startMs: number };

/** An exchange with the store's own numbers: `rowId` counts up by first insert, `changeSeq` by last change. */
export type StoredExchange = Exchange & { readonly rowId: number; readonly changeSeq: number };

export type ExchangePage = {
  readonly rows: readonly StoredExchange[];
  /** Opaque; give it back to go on. Absent at the end. */
  readonly next?: string;
};

/** A session with the counts of its exchanges that ended; sub-agents count for themselves. */
export type StoredSession = Session & {
  readonly requests: number;
  readonly failedRequests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: number;
  /** How many are missing from the cost. */
  readonly unpricedRequests: number;
  /** Names under which statistics count them, in no order. */
  readonly models: readonly string[];
};

/** All given fields must hold; a session counts into a span of time when it was active in it. */
export type SessionFilter = {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly provider?: string;
  readonly tool?: string;
  readonly client?: string;
  readonly clientSessionId?: string;
  readonly parentId?: string;
};

export type SessionPage = {
  readonly rows: readonly StoredSession[];
  /** Opaque; give it back to go on. Absent at the end. */
  readonly next?: string;
};

/** The api's side: read-only, a connection of its own. */
export interface StoreReader {
  /** From rollups, never from rows. Highest cost first, then most requests. */
  sumUsage(filter: UsageFilter, groupBy: GroupBy): Promise<readonly UsageGroup[]>;
  /** Of every key that was used, or of the one asked for; all kinds of exchange that ended. */
  listKeyUse(keyId?: string): Promise<readonly KeyUse[]>;
  /**
   * Ascending; empty buckets absent; within a bucket by `groupBy` ("none" if absent), highest cost first.
   * `timeZone` is an IANA name; an unknown one throws a RangeError.
   */
  sumUsageByTime(
    filter: UsageFilter,
    bucket: "day" | "hour",
    timeZone: string,
    groupBy?: GroupBy,
  ): Promise<readonly UsageBucket[]>;
  /** From rows, so for spans of hours only; ascending, empty buckets absent. Both ends of the filter are exact. */
  sumRecent(filter: UsageFilter & { readonly fromMs: number }, bucketMs: number): Promise<readonly RecentBucket[]>;
  /** Start of the first and last generation call that ended; undefined when there is none. */
  findSpan(): Promise<{ readonly firstAtMs: number; readonly lastAtMs: number } | undefined>;
  /** Newest first by start; `offset` for the old paging, `cursor` for the new. At most 1,000 rows, whatever `limit` says. */
  listExchanges(
    filter: ExchangeFilter,
    page: { readonly limit: number; readonly offset?: number; readonly cursor?: string },
  ): Promise<ExchangePage>;
  countExchanges(filter: ExchangeFilter): Promise<number>;
  /** By id, or by the store's own row number. */
  findExchange(id: ExchangeId | number): Promise<StoredExchange | undefined>;
  findCapture(id: ExchangeId, side: CaptureSide): Promise<Capture | undefined>;
  /** Every cost the exchange had, the oldest first; empty when it was never priced or is not there. */
  listCostAudits(id: ExchangeId): Promise<readonly CostAudit[]>;
  /** By our id. */
  findSession(id: string): Promise<StoredSession | undefined>;
  /** Last active first; at most 500, whatever `limit` says. */
  listSessions(filter: SessionFilter, page: { readonly limit: number; readonly cursor?: string }): Promise<SessionPage>;
  /** Rows changed after `changeSeq`, oldest change first: the outbox that live views and exporters follow. */
  listChanges(afterChangeSeq: number, limit: number): Promise<readonly StoredExchange[]>;
  lastChangeSeq(): Promise<number>;
  /** By kind, in order of their ids. */
  listObjects(kind: ObjectKind): Promise<readonly StoredObject[]>;
  findObject(kind: ObjectKind, id: string): Promise<StoredObject | undefined>;
  close(): Promise<void>;
}

/**
 * The part of a filter that rollups can answer. Times are taken to the 15 minutes around them: a bucket that `fromMs` or
 * `toMs` falls into counts whole.
 */
export type UsageFilter = {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly provider?: string;
  readonly model?: string;
  readonly dialect?: string;
  readonly tool?: string;
  readonly key?: string;
  readonly account?: string;
  /** Count every kind of exchange, not only generation calls. */
  readonly allKinds?: boolean;
};
