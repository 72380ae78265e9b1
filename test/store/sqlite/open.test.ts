/** @module Whose database is opened, updated, copied or refused. */

import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { StoreError } from "../../../src/store/error.ts";
import { APPLICATION_ID } from "../../../src/store/sqlite/file.ts";
import type { Migration } from "../../../src/store/sqlite/migration.ts";
import { latestVersion, MIGRATIONS, readVersion } from "../../../src/store/sqlite/migrations.ts";
import { openToRead, openToWrite } from "../../../src/store/sqlite/open.ts";
import { createSqliteReader } from "../../../src/store/sqlite/reader.ts";
import { createSqliteWriter } from "../../../src/store/sqlite/writer.ts";
import { exchange } from "../../support/exchange.ts";

const LATEST = latestVersion(MIGRATIONS);

let directory = "";
let path = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "modeltap-open-"));
  path = join(directory, "data", "modeltap.sqlite");
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("a new database", () => {
  test("is private, ours by its header, in WAL mode and at the newest version", () => {
    const db = openToWrite({ path });
    db.run("DELETE FROM exchange");
    expect(statSync(join(directory, "data")).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(join(directory, "data"))) {
      expect([name, statSync(join(directory, "data", name)).mode & 0o777]).toEqual([name, 0o600]);
    }
    expect(readFileSync(path).readUInt32BE(68)).toBe(APPLICATION_ID);
    expect(readFileSync(path).toString("latin1", 68, 72)).toBe("mdtp");
    expect(db.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(db.query("PRAGMA synchronous").get()).toEqual({ synchronous: 1 });
    expect(db.query("PRAGMA foreign_keys").get()).toEqual({ foreign_keys: 1 });
    expect(readVersion(db)).toBe(latestVersion(MIGRATIONS));
    db.close(true);
    expect(readdirSync(join(directory, "data"))).toEqual(["modeltap.sqlite"]);
  });

  test("takes the place of an empty file and of a draft that a crash left", () => {
    openToWrite({ path }).close(true);
    rmSync(path);
    writeFileSync(path, "");
    writeFileSync(`${path}.new`, "half a draft");
    openToWrite({ path }).close(true);
    openToRead({ path }).close(true);
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  test("does not play in the log of a database that was deleted", async () => {
    const first = createSqliteWriter({ path });
    await first.write({ exchanges: [exchange()], captures: [] });
    const log = readFileSync(`${path}-wal`);
    await first.close();
    rmSync(path);
    writeFileSync(`${path}-wal`, log);

    const second = createSqliteWriter({ path });
    const reader = createSqliteReader({ path });
    expect(await reader.countExchanges({})).toBe(0);
    expect(readFileSync(`${path}-wal.orphaned`)).toEqual(log);
    await reader.close();
    await second.close();
  });
});

describe("what is not ours or not for this version", () => {
  const open = { write: openToWrite, read: openToRead };

  test.each(["write", "read"] as const)("a foreign SQLite file is refused to %s and not touched", (how) => {
    const foreign = join(directory, "usage.db");
    const db = new Database(foreign);
    db.run("PRAGMA journal_mode = WAL");
    db.run("CREATE TABLE requests (id INTEGER)");
    db.close(true);
    expectRefusal(foreign, () => open[how]({ path: foreign }), "not_ours");
  });

  test.each(["write", "read"] as const)("a file that is no database is refused to %s and not touched", (how) => {
    const foreign = join(directory, "notes.txt");
    writeFileSync(foreign, "dear diary ".repeat(50));
    expectRefusal(foreign, () => open[how]({ path: foreign }), "not_ours");
  });

  test("a directory is refused", () => {
    expect(refusalOf(() => openToWrite({ path: directory }))?.code).toBe("not_ours");
  });

  test.each(["write", "read"] as const)("a database of a newer version is refused to %s and not touched", (how) => {
    openToWrite({ path, migrations: [...MIGRATIONS, addColumn(LATEST + 1)] }).close(true);
    const message = expectRefusal(path, () => open[how]({ path }), "newer");
    expect(message).toContain(`version ${LATEST + 1}`);
    expect(message).toContain(`up to ${LATEST}`);
  });

  test("a newer version that is still in the log alone is seen", () => {
    const newer = openToWrite({ path });
    newer.run("PRAGMA user_version = 9");
    expect(readFileSync(path).readUInt32BE(60)).toBe(LATEST);
    expect(refusalOf(() => openToWrite({ path }))?.code).toBe("newer");
    newer.close(true);
  });

  test("a reader does not create: a database that is not there is missing", () => {
    expect(refusalOf(() => openToRead({ path }))?.code).toBe("missing");
    expect(existsSync(path)).toBe(false);
  });

  test("a reader waits for the writer to update: an older version is refused", () => {
    openToWrite({ path }).close(true);
    expect(refusalOf(() => openToRead({ path, migrations: [...MIGRATIONS, addColumn(LATEST + 1)] }))?.code).toBe(
      "older",
    );
  });

  test("a reader cannot write", () => {
    openToWrite({ path }).close(true);
    const db = openToRead({ path });
    expect(() => db.run("DELETE FROM exchange")).toThrow();
    db.close(true);
  });
});

describe("migrations", () => {
  test("count up by one", () => {
    const versions = MIGRATIONS.map(({ version }) => version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });

  test("keep the rows, and a private copy of the database as it was is left beside it", async () => {
    const row = exchange();
    const writer = createSqliteWriter({ path });
    await writer.write({ exchanges: [row], captures: [], cursor: "4" });
    await writer.close();

    const updated = createSqliteWriter({ path, migrations: [...MIGRATIONS, addColumn(LATEST + 1)] });
    expect(await updated.findState(row.id)).toBe("completed");
    await updated.close();

    const backup = `${path}.backup-v${LATEST}`;
    expect(statSync(backup).mode & 0o777).toBe(0o600);
    const old = createSqliteWriter({ path: backup });
    expect(await old.findState(row.id)).toBe("completed");
    expect(await old.readCursor()).toBe("4");
    await old.close();
  });

  test("only the two newest copies are kept, and none is made without a migration", () => {
    for (const step of [0, 1, 2, 3]) {
      const migrations = [...MIGRATIONS, addColumn(LATEST + 1), addColumn(LATEST + 2), addColumn(LATEST + 3)].slice(
        0,
        MIGRATIONS.length + step,
      );
      openToWrite({ path, migrations }).close(true);
      openToWrite({ path, migrations }).close(true);
    }
    const kept = [1, 2].map((step) => `modeltap.sqlite.backup-v${LATEST + step}`);
    expect(readdirSync(join(directory, "data")).sort()).toEqual(["modeltap.sqlite", ...kept].sort());
  });

  test("one that fails half-way leaves the version before it, whole", () => {
    openToWrite({ path }).close(true);
    const broken: Migration = {
      version: LATEST + 2,
      name: "broken",
      up: (db) => {
        db.run("DROP TABLE rollup");
        db.run("SELECT * FROM nothing");
      },
    };
    expect(() => openToWrite({ path, migrations: [...MIGRATIONS, addColumn(LATEST + 1), broken] })).toThrow("nothing");
    const db = openToWrite({ path, migrations: [...MIGRATIONS, addColumn(LATEST + 1)] });
    expect(readVersion(db)).toBe(LATEST + 1);
    expect(db.query("SELECT count(*) AS count FROM rollup").get()).toEqual({ count: 0 });
    db.close(true);
  });

  test("no copy, no migration", () => {
    openToWrite({ path }).close(true);
    // A directory in the way of the copy.
    openToWrite({ path: join(`${path}.backup-v${LATEST}.partial`, "in-the-way") }).close(true);
    const migrations = [...MIGRATIONS, addColumn(LATEST + 1)];
    expect(refusalOf(() => openToWrite({ path, migrations }))?.code).toBe("backup_failed");
    openToRead({ path }).close(true);
  });

  test("a database of release 0.1 opens: rows, bodies and sums are there", async () => {
    const copy = join(directory, "v1.sqlite");
    copyFileSync(join(import.meta.dir, "../../fixtures/store/v1.sqlite"), copy);
    const writer = createSqliteWriter({ path: copy });
    const reader = createSqliteReader({ path: copy });
    const { rows } = await reader.listExchanges({}, { limit: 10 });
    expect(rows.map(({ provider, state }) => [provider, state])).toEqual([
      ["ollama", "pending"],
      ["anthropic", "failed"],
      ["openai", "completed"],
    ]);
    const [, , first] = rows;
    const body = first === undefined ? undefined : await reader.findCapture(first.id, "response");
    expect(new TextDecoder().decode(body?.bytes)).toStartWith('data: {"choices"');
    expect(body?.chunks).toHaveLength(40);
    expect(await reader.sumUsage({}, "none")).toMatchObject([{ requests: 2, failedRequests: 1, costNanoUsd: 65_000 }]);
    expect(await reader.verifyRollups()).toEqual([]);
    expect(await writer.readCursor()).toBe("1:4096");
    // Nobody looked for what came with version 2; the rows say so, and the copy is as it was.
    expect(rows.map(({ client, sessionId, toolEvidence }) => [client, sessionId, toolEvidence])).toEqual(
      rows.map(() => [undefined, undefined, undefined]),
    );
    expect(await writer.findSessionKeys(["any"])).toEqual([]);
    const backup = new Database(`${copy}.backup-v1`, { readonly: true });
    expect(readVersion(backup)).toBe(1);
    backup.close();
    await reader.close();
    await writer.close();
  });
});

function addColumn(version: number): Migration {
  return { version, name: "test", up: (db) => db.run(`ALTER TABLE exchange ADD COLUMN added_${version} TEXT`) };
}

function refusalOf(open: () => Database): StoreError | undefined {
  try {
    open().close();
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
  return undefined;
}

/** Answers the message of the refusal; neither the file nor its neighbours may have changed. */
function expectRefusal(file: string, open: () => Database, code: string): string {
  const folder = join(file, "..");
  const look = (): unknown => [readdirSync(folder), readFileSync(file), statSync(file).mtimeMs, statSync(file).mode];
  const before = look();
  const refusal = refusalOf(open);
  expect(refusal).toMatchObject({ code });
  expect(refusal?.message).toContain(file);
  expect(look()).toEqual(before);
  return refusal?.message ?? "";
}
