/** @module What a program leaves behind when it is gone: its data, and what the next life reads in it. */

import { expect } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "../support/gate.ts";
import type { Scene } from "./scene.ts";

/** What must be left of a program that stopped: its data, and nothing that stands in the way of the next start. */
export async function expectNothingLeft({ program }: Scene): Promise<void> {
  await program.waitUntilGone();
  expect(existsSync(join(program.dataDir, "lock"))).toBe(false);
  expect(readdirSync(join(program.dataDir, "run")).filter((name) => name.endsWith(".sock"))).toEqual([]);
}

/** The only row, as the next life of the program reads it once it has read what the last one left. */
export async function readRow(scene: Scene) {
  const running = await scene.program.start();
  return eventually(async () => {
    const [row, ...more] = await running.waitForRows(1);
    expect(more).toEqual([]);
    return row?.state === "pending" ? undefined : row;
  }, `the row to be closed\n${running.logs()}`);
}
