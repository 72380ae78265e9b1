import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "../support/gate.ts";
import { createRandom } from "./random.ts";
import { createScene } from "./scene.ts";

const TIMEOUT_MS = 300_000;
const KILLS = 6;

/** Words of the bodies that `call.ts` makes, request and answer. */
const BODY_WORDS = ["lorem ", "jumps", "yyyyyyyyyyyyyyyy", "xxxxxxxxxxxxxxxx", "max_tokens"];

/** Files that hold any of the words, among all that the program wrote. */
function findLeaks(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .flatMap((path) => {
      const bytes = readFileSync(path);
      return BODY_WORDS.filter((word) => bytes.includes(word)).map((word) => `${path}: ${word}`);
    });
}

test.each(["metadata", "off"] as const)(
  "with capture = %s no kill loses a row, and no byte of a body is ever on the disk",
  async (capture) => {
    const random = createRandom(7);
    await using scene = await createScene({ config: { capture } });
    const { program, ledger, load } = scene;
    for (let kill = 0; kill < KILLS; kill++) {
      await program.start();
      load.resume();
      await Bun.sleep(100 + random() * 300);
      if (kill % 2 === 0) await program.killPart("recorder");
      await Bun.sleep(random() * 200);
      expect(findLeaks(program.dataDir)).toEqual([]);
      await program.killAll(random);
      await load.pause();
    }
    await program.start();
    await scene.callFor(300, 51);
    if (capture === "metadata") {
      await scene.settle();
      expect(ledger.judge()).toMatchObject({ doubled: [], lost: [], lostFinished: [] });
    } else {
      // The query that tells the calls apart is not kept either: only numbers can be compared.
      ledger.takeReached(scene.upstream);
      await eventually(
        async () => {
          await ledger.readRows();
          const { rows, reachedUpstream, states, wholeForClient } = ledger.judge();
          return rows >= reachedUpstream && (states["completed"] ?? 0) >= wholeForClient ? true : undefined;
        },
        "as many rows as requests reached the upstream",
        60_000,
      );
    }
    const { disturbed, wholeForClient, requests, rows } = ledger.judge();
    expect(disturbed).toEqual([]);
    expect(wholeForClient).toBeGreaterThan(50);
    expect(rows).toBeLessThanOrEqual(requests);
    expect(findLeaks(program.dataDir)).toEqual([]);
    expect(await program.running.stop()).toBe(0);
    expect(findLeaks(program.dataDir)).toEqual([]);
  },
  TIMEOUT_MS,
);
