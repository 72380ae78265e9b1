import { expect, test } from "bun:test";

import { createSqliteReader } from "../../src/store/sqlite/reader.ts";
import { eventually } from "../support/gate.ts";
import { findMarker, toCall } from "./call.ts";
import { createScene, NOTHING_WRONG, type Scene } from "./scene.ts";

const TIMEOUT_MS = 300_000;
const MIB = 1024 * 1024;

/** Segments of a full journal: so many more must be dropped before one goes that nobody has read. */
const SEGMENTS = 8;

/** Calls until bodies are gone that were in no row yet. */
async function callUntilDropped(scene: Scene): Promise<Readonly<Record<string, unknown>>> {
  scene.load.resume();
  const journal = await eventually(
    async () => {
      const journal = await scene.health("journal");
      expect(Number(journal["bytesOnDisk"])).toBeLessThan(6 * MIB);
      return Number(journal["droppedSegments"]) >= SEGMENTS + 4 ? journal : undefined;
    },
    "the journal to drop bodies",
    30_000,
  );
  await scene.load.pause();
  return journal;
}

/** Rows of the whole story: which lost a body, and what they claim. */
async function readRows(scene: Scene) {
  const reader = createSqliteReader({ path: scene.program.databasePath });
  try {
    const rows = [];
    for (let page = await reader.listExchanges({}, { limit: 1000 }); ;) {
      rows.push(...page.rows);
      if (page.next === undefined) return rows;
      page = await reader.listExchanges({}, { limit: 1000, cursor: page.next });
    }
  } finally {
    await reader.close();
  }
}

test(
  "a journal that nobody reads stays within its size: traffic goes on, whole bodies are dropped and counted, heads are kept",
  async () => {
    await using scene = await createScene({ config: { journal: { max_size: "4MiB" } } });
    const { program, ledger } = scene;
    await program.start();
    await scene.callFor(300);
    await scene.settle();
    const { recorder } = await program.running.pids();
    process.kill(recorder, "SIGSTOP");
    const journal = await callUntilDropped(scene);
    process.kill(recorder, "SIGCONT");
    expect(journal).toMatchObject({ mode: "disk", lostEntries: 0, droppedLogSegments: 0 });
    expect(Number(journal["droppedBytes"])).toBeGreaterThan(MIB);

    await scene.settle();
    const { lost, doubled, disturbed, states } = ledger.judge();
    expect({ lost, doubled, disturbed }).toEqual({ lost: [], doubled: [], disturbed: [] });
    expect(states["pending"]).toBeUndefined();
    const rows = await readRows(scene);
    const cut = rows.filter(({ warnings }) => warnings.some((warning) => /missing/.test(warning)));
    expect(cut.length).toBeGreaterThan(3);
    for (const row of cut) {
      expect(row.request.truncated === true || row.response.truncated === true).toBe(true);
      expect(row.state).not.toBe("interrupted");
      const call = toCall(findMarker(row.query) ?? -1);
      // What is not known any more is not guessed. Input stands at the beginning of a Messages stream and output at its
      // end, so either may be gone alone; a count is called reported only where both were seen.
      expect([call.inputTokens, undefined]).toContain(row.usage?.inputTokens);
      if (row.usageSource !== "reported") continue;
      expect(row.usage).toMatchObject({ inputTokens: call.inputTokens, outputTokens: call.outputTokens });
    }
  },
  TIMEOUT_MS,
);

test(
  "a recorder that is killed again and again catches up, whatever waits for it",
  async () => {
    await using scene = await createScene();
    const { program, ledger } = scene;
    await program.start();
    scene.load.resume();
    let kills = 0;
    for (let tries = 0; tries < 40 && kills < 6; tries++) {
      await Bun.sleep(100);
      if (await program.killPart("recorder")) kills += 1;
    }
    await scene.settle();
    const { lost, lostFinished, doubled, wrong, disturbed } = ledger.judge();
    expect({ lost, lostFinished, doubled, wrong, disturbed }).toEqual(NOTHING_WRONG);
    expect(kills).toBeGreaterThanOrEqual(4);
  },
  TIMEOUT_MS,
);
