/** @module A batch is whole or not there, whatever happens to the process, the lock or the disk; sums are those of the rows. */

import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";

import type { ExchangeState } from "../../../src/domain/exchange.ts";
import { createSqliteReader } from "../../../src/store/sqlite/reader.ts";
import { createSqliteWriter } from "../../../src/store/sqlite/writer.ts";
import { capture } from "../../support/capture.ts";
import { exchange, EXCHANGE_START_MS as START, exchangeId } from "../../support/exchange.ts";

const CHILD = Bun.fileURLToPath(new URL("../../support/store-writer.ts", import.meta.url));
let directory = "";
let path = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "modeltap-writer-"));
  path = join(directory, "modeltap.sqlite");
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Rows, cursor and bodies tell the same, and the sums are those of the rows. */
async function expectWhole(): Promise<number> {
  const writer = createSqliteWriter({ path });
  const reader = createSqliteReader({ path });
  const rows = await reader.countExchanges({});
  expect(Number((await writer.readCursor()) ?? 0)).toBe(rows);
  expect(await reader.countExchanges({ states: ["pending"] })).toBe(0);
  expect(await writer.verifyRollups()).toEqual([]);
  const db = new Database(path, { readonly: true });
  expect(db.query("SELECT count(*) AS count FROM capture").get()).toEqual({ count: rows });
  expect(db.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  db.close(true);
  await reader.close();
  await writer.close();
  return rows;
}

describe("a batch is whole or not there", () => {
  test("when the process is killed at any moment", async () => {
    let rows = 0;
    for (let round = 0; round < 10; round++) {
      const child = Bun.spawn([process.execPath, CHILD, path, "20"], { stdout: "pipe" });
      await child.stdout.getReader().read();
      await Bun.sleep(Math.random() * 60);
      child.kill("SIGKILL");
      await child.exited;
      const now = await expectWhole();
      expect(now).toBeGreaterThanOrEqual(rows);
      rows = now;
    }
    expect(rows).toBeGreaterThan(0);
  }, 30_000);

  test("when another program has locked the database", async () => {
    const writer = createSqliteWriter({ path, busyTimeoutMs: 20 });
    const other = new Database(path);
    other.run("BEGIN IMMEDIATE");
    const row = exchange();
    const blocked = writer.write({ exchanges: [row], captures: [capture(row)], cursor: "1" });
    expect(await blocked.then(() => "written").catch((error: unknown) => error)).toMatchObject({ code: "SQLITE_BUSY" });
    other.run("ROLLBACK");
    other.close();

    expect(await writer.readCursor()).toBeUndefined();
    await writer.write({ exchanges: [row], captures: [capture(row)], cursor: "1" });
    await writer.close();
    expect(await expectWhole()).toBe(1);
  });

  test("when the cursor cannot be kept: the rows go with it", async () => {
    const writer = createSqliteWriter({ path });
    const other = new Database(path);
    other.run(
      "CREATE TRIGGER refuse BEFORE INSERT ON meta WHEN new.key = 'cursor' BEGIN SELECT RAISE(ABORT, 'refused'); END",
    );
    const row = exchange();
    const refused = writer.write({ exchanges: [row], captures: [capture(row)], cursor: "1" });
    expect(await refused.then(() => "written").catch((error: unknown) => String(error))).toContain("refused");
    other.run("DROP TRIGGER refuse");
    other.close();
    await writer.close();
    expect(await expectWhole()).toBe(0);
  });

  test.skipIf(process.platform === "win32")(
    "when the disk takes no more, and writing goes on once it does",
    async () => {
      await createSqliteWriter({ path }).close();
      // The log may not grow over 2,000 blocks of 512 bytes: write calls fail as on a full disk.
      const script = `trap '' XFSZ; ulimit -f 2000; exec "$0" "$@"`;
      const child = Bun.spawn(["sh", "-c", script, process.execPath, CHILD, path, "20"], { stdout: "pipe" });
      const lines = (await new Response(child.stdout).text()).trim().split("\n");
      const { written, error }: { written: number; error: string } = JSON.parse(lines.at(-1) ?? "");
      expect(error).toMatch(/full|disk I\/O/);
      expect(written).toBeGreaterThan(0);
      expect(await expectWhole()).toBe(written);

      const writer = createSqliteWriter({ path });
      const row = exchange();
      await writer.write({ exchanges: [row], captures: [capture(row)], cursor: String(written + 1) });
      await writer.close();
      expect(await expectWhole()).toBe(written + 1);
    },
  );
});

describe("sums", () => {
  test("equal the rows in all columns after random writes and rewrites", async () => {
    const writer = createSqliteWriter({ path });
    const ids = Array.from({ length: 8 }, () => exchangeId());
    const row = fc.record({
      slot: fc.nat({ max: ids.length - 1 }),
      state: fc.constantFrom<ExchangeState>("pending", "completed", "failed", "aborted", "interrupted"),
      startedAtMs: fc.integer({ min: START, max: START + 3_600_000 }),
      kind: fc.constantFrom("generation" as const, "other" as const),
      statusCode: fc.constantFrom(101, 200, 302, 404, 529),
      tool: fc.constantFrom("codex", "claude-code"),
      timing: fc.record(
        { durationMs: fc.double({ min: 0, max: 1e6, noNaN: true }), ttfbMs: fc.integer({ min: 0, max: 700_000 }) },
        { requiredKeys: [] },
      ),
      usage: fc.record(
        { cacheReadTokens: fc.nat(), cacheWriteTokens: fc.nat(), reasoningTokens: fc.nat() },
        { requiredKeys: [] },
      ),
    });
    const batch = fc.record({ rows: fc.array(row, { maxLength: 6 }), replaceFinal: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 6 }), async (history) => {
        for (const { rows, replaceFinal } of history) {
          const exchanges = rows.map(({ slot, ...fields }) => exchange({ ...fields, id: ids[slot] ?? exchangeId() }));
          await writer.write({
            exchanges,
            captures: [],
            ...(replaceFinal ? { replaceFinal: { reason: "reprice", atMs: 1 } as const } : {}),
          });
        }
        expect(await writer.verifyRollups()).toEqual([]);
      }),
      { numRuns: 60 },
    );
    await writer.close();
  });

  test("that are wrong are found, by group and measure", async () => {
    const writer = createSqliteWriter({ path });
    await writer.write({ exchanges: [exchange(), exchange({ provider: "gemini" })], captures: [] });
    const db = new Database(path);
    db.run("UPDATE rollup SET input_tokens = input_tokens + 1 WHERE provider = 'gemini'");
    db.run("DELETE FROM exchange WHERE provider = 'openai'");
    db.close(true);
    const differences = await writer.verifyRollups();
    expect(differences).toContainEqual(
      expect.objectContaining({ measure: "input_tokens", inRollup: 101, inRows: 100 }),
    );
    expect(differences).toContainEqual(expect.objectContaining({ measure: "requests", inRollup: 1, inRows: 0 }));
    await writer.close();
  });

  test("of a group that nothing is left in go away", async () => {
    const writer = createSqliteWriter({ path });
    const row = exchange();
    await writer.write({ exchanges: [row], captures: [] });
    await writer.write({
      exchanges: [{ ...row, provider: "gemini" }],
      captures: [],
      replaceFinal: { reason: "reprice", atMs: 1 },
    });
    const db = new Database(path, { readonly: true });
    expect(db.query("SELECT provider, requests FROM rollup").all()).toEqual([{ provider: "gemini", requests: 1 }]);
    db.close(true);
    await writer.close();
  });
});

test("a checkpoint empties the log", async () => {
  const writer = createSqliteWriter({ path });
  await writer.write({ exchanges: [exchange()], captures: [] });
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
  expect(await writer.checkpoint()).toBe(true);
  expect(statSync(`${path}-wal`).size).toBe(0);
  await writer.close();
  expect(existsSync(`${path}-wal`)).toBe(false);
});
