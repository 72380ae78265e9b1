import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "../support/gate.ts";
import { whyNoSmallDisk, withSmallDisk } from "../support/small-disk.ts";
import { FailingDisk, seal, whyNoFailingDisk, whyNoSeal } from "./read-only.ts";
import { createScene, NOTHING_WRONG, type Scene } from "./scene.ts";

const TIMEOUT_MS = 300_000;
const BAD_TIME_MS = 1_500;
/** The recorder yields to all others: on a busy machine it is late. */
const PATIENCE_MS = 60_000;
/** Whole answers that prove that traffic went on. */
const ENOUGH = 21;

/** Takes all space that is left; answers how to give it back. */
function fill(directory: string): () => void {
  const path = join(directory, "filler");
  const fd = openSync(path, "w");
  const piece = Buffer.alloc(64 * 1024);
  for (let bytes = piece.length; bytes >= 1; bytes = bytes === piece.length ? 512 : 0) {
    try {
      for (;;) writeSync(fd, piece, 0, bytes);
    } catch {
      // Full for pieces of this size.
    }
  }
  closeSync(fd);
  return () => rmSync(path);
}

async function expectNothingWrong(scene: Scene): Promise<void> {
  await scene.settle();
  const { lost, lostFinished, doubled, wrong, disturbed, wholeForClient } = scene.ledger.judge();
  expect({ lost, lostFinished, doubled, wrong, disturbed }).toEqual(NOTHING_WRONG);
  expect(wholeForClient).toBeGreaterThanOrEqual(ENOUGH);
}

async function waitForJournal(scene: Scene, mode: "disk" | "memory"): Promise<Readonly<Record<string, unknown>>> {
  return eventually(
    async () => {
      const journal = await scene.health("journal");
      return journal["mode"] === mode ? journal : undefined;
    },
    `the journal to be in ${mode} mode`,
    PATIENCE_MS,
  );
}

async function waitForStoreErrors(scene: Scene): Promise<string> {
  return eventually(
    async () => {
      const { storeErrors, lastStoreError } = await scene.health("recorder");
      return typeof storeErrors === "number" && storeErrors > 0 ? String(lastStoreError) : undefined;
    },
    "the recorder to say that it cannot store",
    PATIENCE_MS,
  );
}

describe.skipIf(whyNoSmallDisk !== undefined)(`a full disk${whyNoSmallDisk ?? ""}`, () => {
  test(
    "changes no answer and is shown; once there is room, every row is there",
    () =>
      withSmallDisk(async (mount) => {
        await using scene = await createScene({ dataDir: join(mount, "data") });
        await scene.program.start();
        await scene.callFor(300);
        const giveBack = fill(mount);
        await scene.callFor(BAD_TIME_MS, ENOUGH);
        const journal = await waitForJournal(scene, "memory");
        expect(journal).toMatchObject({ lostEntries: 0, lostHeads: 0, lastError: expect.stringContaining("ENOSPC") });
        expect(Number(journal["writeErrors"])).toBeGreaterThan(0);
        expect(Number(journal["bytesInMemory"])).toBeGreaterThan(0);
        giveBack();
        await waitForJournal(scene, "disk");
        await scene.callFor(300);
        await expectNothingWrong(scene);
      }, 200),
    TIMEOUT_MS,
  );

  test(
    "under the database alone leaves the journal on its own disk, and the rows come later",
    () =>
      withSmallDisk(async (mount) => {
        await using scene = await createScene({ databasePath: join(mount, "modeltap.db") });
        await scene.program.start();
        await scene.callFor(300);
        const giveBack = fill(mount);
        await scene.callFor(BAD_TIME_MS, ENOUGH);
        expect(await waitForStoreErrors(scene)).toContain("full");
        expect(await scene.health("journal")).toMatchObject({ mode: "disk", lostEntries: 0 });
        giveBack();
        await expectNothingWrong(scene);
      }, 100),
    TIMEOUT_MS,
  );

  test(
    "from the first start on stops no traffic, and the database is made when there is room",
    () =>
      withSmallDisk(async (mount) => {
        const giveBack = fill(mount);
        await using scene = await createScene({ databasePath: join(mount, "modeltap.db") });
        const starting = scene.program.start();
        await scene.program.waitForOpenPort();
        await scene.callFor(BAD_TIME_MS, ENOUGH);
        giveBack();
        await starting;
        await expectNothingWrong(scene);
      }, 100),
    TIMEOUT_MS,
  );
});

describe.skipIf(whyNoSeal !== undefined)(`a data directory that becomes read-only${whyNoSeal ?? ""}`, () => {
  test(
    "changes no answer and is shown; when it can be written again, every row is there",
    async () => {
      await using scene = await createScene();
      await scene.program.start();
      await scene.callFor(300);
      using sealed = seal(scene.program.dataDir);
      await scene.callFor(BAD_TIME_MS, ENOUGH);
      const journal = await waitForJournal(scene, "memory");
      expect(journal).toMatchObject({ lostEntries: 0, lastError: expect.stringContaining("EPERM") });
      sealed.break();
      await waitForJournal(scene, "disk");
      await expectNothingWrong(scene);
    },
    TIMEOUT_MS,
  );
});

test.skipIf(whyNoFailingDisk !== undefined)(
  `a disk that fails for good changes no answer and is shown, and what was written before is kept${whyNoFailingDisk ?? ""}`,
  async () => {
    using disk = new FailingDisk(128);
    await using scene = await createScene({ dataDir: join(disk.mount, "data") });
    const { program, ledger } = scene;
    await program.start();
    await scene.callFor(500, ENOUGH);
    await expectNothingWrong(scene);
    const { rows } = ledger.judge();

    disk.fail();
    await scene.callFor(BAD_TIME_MS, ENOUGH);
    const journal = await waitForJournal(scene, "memory");
    expect(journal).toMatchObject({ lostEntries: 0, lastError: expect.stringMatching(/EROFS|EIO/) });
    expect(ledger.judge().disturbed).toEqual([]);
    await program.running.stop();
    await program.waitUntilGone();

    disk.unmountIt();
    disk.mountIt();
    await program.start();
    await ledger.readRows();
    expect(ledger.judge()).toMatchObject({ doubled: [], wrong: [] });
    expect(ledger.judge().rows).toBeGreaterThanOrEqual(rows);
    await program.running.stop();
    await program.waitUntilGone();
  },
  TIMEOUT_MS,
);

test(
  "a database that another process locks for three seconds gets its rows later, and nothing is lost",
  async () => {
    await using scene = await createScene();
    await scene.program.start();
    await scene.callFor(300);
    const other = new Database(scene.program.databasePath, { readwrite: true });
    other.run("PRAGMA busy_timeout = 5000");
    other.run("BEGIN IMMEDIATE");
    await scene.callFor(3_000, ENOUGH);
    expect(await waitForStoreErrors(scene)).toContain("locked");
    expect(await scene.health("journal")).toMatchObject({ mode: "disk", lostEntries: 0 });
    other.run("ROLLBACK");
    other.close();
    await expectNothingWrong(scene);
  },
  TIMEOUT_MS,
);
