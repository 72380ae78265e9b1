/** @module Stored objects as rows, and the number that grows with each change of them. */

import type { Database } from "bun:sqlite";

import type { ObjectKind, ObjectSnapshot, StoredObject } from "../../domain/stored-object.ts";
import type { ObjectPut } from "../store.ts";

type Row = {
  readonly kind: string;
  readonly id: string;
  readonly value: string;
  readonly version: number;
  readonly created_at_ms: number;
  readonly changed_at_ms: number;
};

/** Undefined when `expectVersion` is not what is there. One transaction. */
export function putObject(db: Database, { kind, id, value, atMs, expectVersion }: ObjectPut): StoredObject | undefined {
  const json = JSON.stringify(value);
  if (json === undefined) throw new TypeError("an object to store must be JSON");
  return db
    .transaction(() => {
      const known = findObject(db, kind, id);
      if (expectVersion !== undefined && expectVersion !== (known?.version ?? 0)) return undefined;
      const object: StoredObject = {
        kind,
        id,
        value: JSON.parse(json) as unknown,
        version: (known?.version ?? 0) + 1,
        createdAtMs: known?.createdAtMs ?? atMs,
        changedAtMs: atMs,
      };
      run(db, PUT, [kind, id, json, object.version, object.createdAtMs, object.changedAtMs]);
      run(db, NEXT_SEQ, []);
      return object;
    })
    .immediate();
}

/** All or none: one transaction. */
export function putObjects(db: Database, puts: readonly ObjectPut[]): void {
  db.transaction(() => {
    for (const put of puts) putObject(db, put);
  }).immediate();
}

/** False when there was none. One transaction. */
export function deleteObject(db: Database, kind: ObjectKind, id: string): boolean {
  return db
    .transaction(() => {
      const isDeleted = run(db, "DELETE FROM stored_object WHERE kind = ? AND id = ?", [kind, id]) > 0;
      if (isDeleted) run(db, NEXT_SEQ, []);
      return isDeleted;
    })
    .immediate();
}

/** All objects, by kind and id. */
export function readObjects(db: Database): ObjectSnapshot {
  return db.transaction(() => {
    using seq = db.prepare<{ value: string }, []>("SELECT value FROM meta WHERE key = 'object_seq'");
    using rows = db.prepare<Row, []>("SELECT * FROM stored_object ORDER BY kind, id");
    return { seq: Number(seq.get()?.value ?? 0), objects: rows.all().map(fromRow) };
  })();
}

/** By kind, in order of their ids. */
export function listObjects(db: Database, kind: ObjectKind): StoredObject[] {
  using rows = db.prepare<Row, [string]>("SELECT * FROM stored_object WHERE kind = ? ORDER BY id");
  return rows.all(kind).map(fromRow);
}

export function findObject(db: Database, kind: ObjectKind, id: string): StoredObject | undefined {
  using rows = db.prepare<Row, [string, string]>("SELECT * FROM stored_object WHERE kind = ? AND id = ?");
  const row = rows.get(kind, id);
  return row === null ? undefined : fromRow(row);
}

const PUT = `
INSERT INTO stored_object (kind, id, value, version, created_at_ms, changed_at_ms) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET value = excluded.value, version = excluded.version, changed_at_ms = excluded.changed_at_ms`;

const NEXT_SEQ = `
INSERT INTO meta (key, value) VALUES ('object_seq', '1')
ON CONFLICT DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)`;

function run(db: Database, sql: string, values: readonly (string | number)[]): number {
  using statement = db.prepare(sql);
  return statement.run(...values).changes;
}

function fromRow(row: Row): StoredObject {
  return {
    // The one writer put only known kinds there.
    kind: row.kind as ObjectKind,
    id: row.id,
    value: JSON.parse(row.value) as unknown,
    version: row.version,
    createdAtMs: row.created_at_ms,
    changedAtMs: row.changed_at_ms,
  };
}
