/** @module The one writer of the database: a batch of exchanges, their bodies, their sums and the cursor in one transaction. */

import type { Database, Statement } from "bun:sqlite";

import type { Exchange, ExchangeState } from "../../domain/exchange.ts";
import type { ExchangeId } from "../../domain/id.ts";
import type { SessionKey } from "../../domain/session.ts";
import type { ObjectKind, ObjectSnapshot, StoredObject } from "../../domain/stored-object.ts";
import { toCount } from "../figure.ts";
import type {
  Capture,
  ExchangeBatch,
  FinalReplacement,
  ObjectPut,
  ObjectWriter,
  RepricablePage,
  RepricableQuestion,
  StoreWriter,
} from "../store.ts";
import { packBody, packChunks } from "./capture-body.ts";
import { CostAuditTable } from "./cost-audit-table.ts";
import { EXCHANGE_COLUMNS, type ExchangeRow, fromExchangeRow, toExchangeValues } from "./exchange-row.ts";
import { deleteObject, putObject, putObjects, readObjects } from "./object-table.ts";
import { openToWrite, type OpenOptions } from "./open.ts";
import { findRollupDifferences, type RollupDifference } from "./rollup-check.ts";
import { listRepricable } from "./repricable-query.ts";
import { RollupTable } from "./rollup-table.ts";
import { SessionTable } from "./session-table.ts";

/** What the SQLite store can do beside the contract. */
export interface SqliteStoreWriter extends StoreWriter, ObjectWriter {
  /** Compares all sums with the rows; empty = right. Blocks for seconds with a million rows. */
  verifyRollups(): Promise<readonly RollupDifference[]>;
  /** Moves the write-ahead log into the database file; false when a reader kept part of it. */
  checkpoint(): Promise<boolean>;
}

/** Opens (creates, updates) the database. Throws what `openToWrite` throws. */
export function createSqliteWriter(options: OpenOptions): SqliteStoreWriter {
  return new SqliteWriter(openToWrite(options));
}

type KnownRow = { readonly row_id: number; readonly state: ExchangeState; readonly started_at_ms: number };

class SqliteWriter implements SqliteStoreWriter {
  readonly #db: Database;
  readonly #rollup: RollupTable;
  readonly #sessions: SessionTable;
  readonly #costAudits: CostAuditTable;
  readonly #find: Statement<KnownRow, [string]>;
  readonly #read: Statement<ExchangeRow, [number]>;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #addCapture: Statement;
  readonly #putCapture: Statement;
  readonly #trim: Statement;
  readonly #getMeta: Statement<{ readonly value: string }, [string]>;
  readonly #setMeta: Statement;
  readonly #transact: (batch: ExchangeBatch) => void;

  constructor(db: Database) {
    this.#db = db;
    this.#rollup = new RollupTable(db);
    this.#sessions = new SessionTable(db);
    this.#costAudits = new CostAuditTable(db);
    this.#find = db.prepare("SELECT row_id, state, started_at_ms FROM exchange WHERE id = ?");
    this.#read = db.prepare("SELECT * FROM exchange WHERE row_id = ?");
    const columns = ["change_seq", ...EXCHANGE_COLUMNS];
    this.#insert = db.prepare(
      `INSERT INTO exchange (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
    );
    this.#update = db.prepare(
      `UPDATE exchange SET ${columns.map((name) => `${name} = ?`).join(", ")} WHERE row_id = ?`,
    );
    this.#addCapture = db.prepare(`${INSERT_CAPTURE} ON CONFLICT DO NOTHING`);
    this.#putCapture = db.prepare(`${INSERT_CAPTURE} ON CONFLICT (exchange_row_id, side) DO UPDATE SET
      ${CAPTURE_COLUMNS.map((name) => `${name} = excluded.${name}`).join(", ")}`);
    this.#trim = db.prepare(
      `DELETE FROM capture WHERE row_id IN
        (SELECT row_id FROM capture WHERE started_at_ms < ? ORDER BY started_at_ms LIMIT ?)`,
    );
    this.#getMeta = db.prepare("SELECT value FROM meta WHERE key = ?");
    this.#setMeta = db.prepare(
      "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
    );
    this.#transact = db.transaction((batch: ExchangeBatch) => this.#writeBatch(batch)).immediate;
  }

  async write(batch: ExchangeBatch): Promise<void> {
    try {
      this.#transact(batch);
    } catch (error) {
      this.#rollup.clear();
      throw error;
    }
  }

  async readCursor(): Promise<string | undefined> {
    return this.#getMeta.get("cursor")?.value;
  }

  async findState(id: ExchangeId): Promise<ExchangeState | undefined> {
    return this.#find.get(id)?.state;
  }

  async findSessionKeys(keys: readonly string[]): Promise<readonly SessionKey[]> {
    return this.#sessions.findKeys(keys);
  }

  async listRepricable(question: RepricableQuestion): Promise<RepricablePage> {
    return listRepricable(this.#db, question);
  }

  async trimCaptures(beforeMs: number, limit: number): Promise<number> {
    return this.#trim.run(beforeMs, limit).changes;
  }

  async putObject(put: ObjectPut): Promise<StoredObject | undefined> {
    return putObject(this.#db, put);
  }

  async putObjects(puts: readonly ObjectPut[]): Promise<void> {
    putObjects(this.#db, puts);
  }

  async deleteObject(kind: ObjectKind, id: string): Promise<boolean> {
    return deleteObject(this.#db, kind, id);
  }

  async readObjects(): Promise<ObjectSnapshot> {
    return readObjects(this.#db);
  }

  async trimSessionKeys(beforeMs: number, limit: number): Promise<number> {
    return this.#sessions.trimKeys(beforeMs, limit);
  }

  async verifyRollups(): Promise<readonly RollupDifference[]> {
    return findRollupDifferences(this.#db);
  }

  async checkpoint(): Promise<boolean> {
    using statement = this.#db.prepare<{ busy: number }, []>("PRAGMA wal_checkpoint(TRUNCATE)");
    return statement.get()?.busy === 0;
  }

  async close(): Promise<void> {
    this.#db.close(true);
  }

  #writeBatch(batch: ExchangeBatch): void {
    const firstSeq = Number(this.#getMeta.get("change_seq")?.value ?? 0);
    let changeSeq = firstSeq;
    /** Rows that this batch inserted or replaced: their captures are replaced with them. */
    const changed = new Set<ExchangeId>();
    for (const exchange of batch.exchanges) {
      if (!this.#writeExchange(exchange, changeSeq + 1, batch.replaceFinal)) continue;
      changeSeq += 1;
      changed.add(exchange.id);
    }
    for (const capture of batch.captures) {
      this.#writeCapture(capture, batch.replaceFinal !== undefined || changed.has(capture.exchangeId));
    }
    for (const session of batch.sessions ?? []) this.#sessions.put(session);
    for (const key of batch.sessionKeys ?? []) this.#sessions.putKey(key);
    this.#rollup.flush();
    if (changeSeq !== firstSeq) this.#setMeta.run("change_seq", String(changeSeq));
    if (batch.cursor !== undefined) this.#setMeta.run("cursor", batch.cursor);
  }

  /** True when the row was inserted or replaced, and `changeSeq` so used. */
  #writeExchange(exchange: Exchange, changeSeq: number, replacement: FinalReplacement | undefined): boolean {
    const known = this.#find.get(exchange.id);
    if (known === null) {
      this.#insert.run(changeSeq, ...toExchangeValues(exchange));
    } else {
      if (known.state !== "pending") {
        if (replacement === undefined) return false;
        const row = this.#read.get(known.row_id);
        const old = row === null ? undefined : fromExchangeRow(row);
        if (old !== undefined) {
          this.#rollup.subtract(old);
          this.#costAudits.note(old, exchange, replacement);
        }
      }
      this.#update.run(changeSeq, ...toExchangeValues(exchange), known.row_id);
    }
    this.#rollup.add(exchange);
    return true;
  }

  #writeCapture(capture: Capture, replace: boolean): void {
    const row = this.#find.get(capture.exchangeId);
    if (row === null) throw new RangeError(`capture of an exchange that is not in the store: ${capture.exchangeId}`);
    const body = packBody(capture.bytes, capture.contentType, capture.contentEncoding);
    const put = replace || row.state === "pending" ? this.#putCapture : this.#addCapture;
    put.run(
      row.row_id,
      capture.side,
      row.started_at_ms,
      capture.contentType ?? null,
      capture.contentEncoding ?? null,
      capture.truncated ? 1 : 0,
      toCount(capture.headBytes),
      toCount(capture.wireBytes) ?? capture.bytes.length,
      capture.bytes.length,
      body.compression,
      capture.chunks === undefined ? null : packChunks(capture.chunks),
      body.bytes,
    );
  }
}

const CAPTURE_COLUMNS = [
  "exchange_row_id",
  "side",
  "started_at_ms",
  "content_type",
  "content_encoding",
  "truncated",
  "head_bytes",
  "wire_bytes",
  "kept_bytes",
  "compression",
  "chunks",
  "body",
] as const;

const INSERT_CAPTURE = `INSERT INTO capture (${CAPTURE_COLUMNS.join(", ")})
  VALUES (${CAPTURE_COLUMNS.map(() => "?").join(", ")})`;
