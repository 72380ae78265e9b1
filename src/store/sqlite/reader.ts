/** @module Answers questions about the store through a read-only connection, beside the writer. */

import type { Database } from "bun:sqlite";

import type { CostAudit } from "../../domain/cost-audit.ts";
import type { ExchangeFilter } from "../../domain/filter.ts";
import type { ExchangeId } from "../../domain/id.ts";
import type { ObjectKind, StoredObject } from "../../domain/stored-object.ts";
import { type Calendar, createCalendar } from "../calendar.ts";
import type {
  Capture,
  CaptureSide,
  ExchangePage,
  GroupBy,
  GroupName,
  KeyUse,
  RecentBucket,
  SessionFilter,
  SessionPage,
  StoredExchange,
  StoredSession,
  StoreReader,
  UsageBucket,
  UsageFilter,
  UsageGroup,
  UsageSums,
} from "../store.ts";
import { type CaptureRow, fromCaptureRow } from "./capture-row.ts";
import { listCostAudits } from "./cost-audit-table.ts";
import { type ExchangeRow, fromExchangeRow, type SqlValue } from "./exchange-row.ts";
import { countQuery, listQuery, type PageRequest, toCursor } from "./exchange-query.ts";
import { findObject, listObjects } from "./object-table.ts";
import { openToRead, type OpenOptions } from "./open.ts";
import { findRollupDifferences, type RollupDifference } from "./rollup-check.ts";
import { sessionListQuery, sessionQuery, toSessionCursor } from "./session-query.ts";
import { fromSessionRow, type SessionRow } from "./session-table.ts";
import { bucketQuery, groupQuery, keyUseQuery, recentQuery, toUsageSums, type UsageRow } from "./usage-query.ts";

/** What the SQLite store can answer beside the contract. */
export interface SqliteStoreReader extends StoreReader {
  /** Compares all sums with the rows of one snapshot; empty = right. Takes seconds with a million rows. */
  verifyRollups(): Promise<readonly RollupDifference[]>;
}

/** Opens the database read-only. Throws what `openToRead` throws. */
export function createSqliteReader(options: OpenOptions): SqliteStoreReader {
  return new SqliteReader(openToRead(options));
}

class SqliteReader implements SqliteStoreReader {
  readonly #db: Database;
  #calendar: { readonly name: string; readonly value: Calendar } | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  async sumUsage(filter: UsageFilter, groupBy: GroupBy): Promise<readonly UsageGroup[]> {
    const { sql, values } = groupQuery(filter, groupBy);
    return this.#all<UsageRow & GroupName>(sql, values).map(toUsageSums);
  }

  async listKeyUse(keyId?: string): Promise<readonly KeyUse[]> {
    const { sql, values } = keyUseQuery(keyId);
    return this.#all<KeyUse>(sql, values);
  }

  async sumUsageByTime(
    filter: UsageFilter,
    bucket: "day" | "hour",
    timeZone: string,
    groupBy: GroupBy = "none",
  ): Promise<readonly UsageBucket[]> {
    const calendar = this.#findCalendar(bucket, timeZone);
    const { sql, values } = bucketQuery(filter);
    const buckets: { bucket: string; startMs: number; lastMs: number; sums: UsageSums }[] = [];
    for (const { bucketMs, ...row } of this.#all<UsageRow & { bucketMs: number }>(sql, values)) {
      const { key, startMs } = calendar.findPeriod(bucketMs);
      const last = buckets.at(-1);
      if (last?.bucket === key) {
        last.sums = addSums(last.sums, toUsageSums(row));
        last.lastMs = bucketMs;
      } else buckets.push({ bucket: key, startMs, lastMs: bucketMs, sums: toUsageSums(row) });
    }
    if (groupBy === "none")
      return buckets.map(({ bucket: text, startMs, sums }) => ({ bucket: text, startMs, ...sums }));
    // Each bucket is a range of the primary key, so that only its own rows are read again.
    return buckets.flatMap(({ bucket: text, startMs, lastMs }) => {
      const within = groupQuery(
        { ...filter, fromMs: Math.max(startMs, filter.fromMs ?? startMs), toMs: lastMs + 1 },
        groupBy,
      );
      return this.#all<UsageRow & GroupName>(within.sql, within.values).map((row) => ({
        bucket: text,
        startMs,
        ...toUsageSums(row),
      }));
    });
  }

  async sumRecent(
    filter: UsageFilter & { readonly fromMs: number },
    bucketMs: number,
  ): Promise<readonly RecentBucket[]> {
    const { sql, values } = recentQuery(filter, bucketMs);
    return this.#all<RecentBucket>(sql, values);
  }

  async findSpan(): Promise<{ firstAtMs: number; lastAtMs: number } | undefined> {
    const ends = ["ASC", "DESC"].map(
      (order) =>
        this.#all<{ at: number }>(
          `SELECT started_at_ms AS at FROM exchange WHERE kind = 'generation' AND state <> 'pending'
           ORDER BY started_at_ms ${order}, row_id ${order} LIMIT 1`,
          [],
        )[0]?.at,
    );
    const [firstAtMs, lastAtMs] = ends;
    return firstAtMs === undefined || lastAtMs === undefined ? undefined : { firstAtMs, lastAtMs };
  }

  async listExchanges(filter: ExchangeFilter, page: PageRequest): Promise<ExchangePage> {
    const { sql, values, limit } = listQuery(filter, page);
    const found = this.#all<ExchangeRow>(sql, values).map(fromExchangeRow);
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    return found.length > limit && last !== undefined ? { rows, next: toCursor(last) } : { rows };
  }

  async countExchanges(filter: ExchangeFilter): Promise<number> {
    const { sql, values } = countQuery(filter);
    return this.#all<{ count: number }>(sql, values)[0]?.count ?? 0;
  }

  async findExchange(id: ExchangeId | number): Promise<StoredExchange | undefined> {
    const column = typeof id === "number" ? "row_id" : "id";
    const [row] = this.#all<ExchangeRow>(`SELECT * FROM exchange WHERE ${column} = ?`, [id]);
    return row === undefined ? undefined : fromExchangeRow(row);
  }

  async findCapture(id: ExchangeId, side: CaptureSide): Promise<Capture | undefined> {
    const [row] = this.#all<CaptureRow>(
      "SELECT capture.* FROM capture JOIN exchange ON exchange.row_id = exchange_row_id WHERE id = ? AND side = ?",
      [id, side],
    );
    return row === undefined ? undefined : fromCaptureRow(id, row);
  }

  async listCostAudits(id: ExchangeId): Promise<readonly CostAudit[]> {
    const exchange = await this.findExchange(id);
    return exchange === undefined ? [] : listCostAudits(this.#db, exchange);
  }

  async findSession(id: string): Promise<StoredSession | undefined> {
    const { sql, values } = sessionQuery(id);
    const [row] = this.#all<SessionRow>(sql, values);
    return row === undefined ? undefined : fromSessionRow(row);
  }

  async listSessions(
    filter: SessionFilter,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<SessionPage> {
    const { sql, values, limit } = sessionListQuery(filter, page);
    const found = this.#all<SessionRow>(sql, values).map(fromSessionRow);
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    return found.length > limit && last !== undefined ? { rows, next: toSessionCursor(last) } : { rows };
  }

  async listChanges(afterChangeSeq: number, limit: number): Promise<readonly StoredExchange[]> {
    return this.#all<ExchangeRow>("SELECT * FROM exchange WHERE change_seq > ? ORDER BY change_seq LIMIT ?", [
      afterChangeSeq,
      Math.max(0, limit),
    ]).map(fromExchangeRow);
  }

  async lastChangeSeq(): Promise<number> {
    return Number(this.#all<{ value: string }>("SELECT value FROM meta WHERE key = 'change_seq'", [])[0]?.value ?? 0);
  }

  async listObjects(kind: ObjectKind): Promise<readonly StoredObject[]> {
    return listObjects(this.#db, kind);
  }

  async findObject(kind: ObjectKind, id: string): Promise<StoredObject | undefined> {
    return findObject(this.#db, kind, id);
  }

  async verifyRollups(): Promise<readonly RollupDifference[]> {
    return findRollupDifferences(this.#db);
  }

  async close(): Promise<void> {
    this.#db.close(true);
  }

  #all<Row>(sql: string, values: readonly SqlValue[]): Row[] {
    using statement = this.#db.prepare<Row, SqlValue[]>(sql);
    return statement.all(...values);
  }

  /** Pages ask for one zone again and again; its offsets are worth keeping. */
  #findCalendar(bucket: "day" | "hour", timeZone: string): Calendar {
    const name = `${bucket} ${timeZone}`;
    if (this.#calendar?.name !== name) this.#calendar = { name, value: createCalendar(bucket, timeZone) };
    return this.#calendar.value;
  }
}

function addSums(a: UsageSums, b: UsageSums): UsageSums {
  const sum: Record<string, number> = {};
  for (const [name, value] of Object.entries(a)) sum[name] = value;
  for (const [name, value] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + value;
  // Both have exactly the fields of UsageSums.
  return sum as UsageSums;
}
