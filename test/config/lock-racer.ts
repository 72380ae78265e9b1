/** @module A process that tries to get the locks of many directories, one after the other: run by lock.test.ts, several at once. */

import { acquireLock } from "../../src/config/lock.ts";

const [startAtMs = "0", ...directories] = process.argv.slice(2);
const got: number[] = [];
const refusals: string[] = [];
for (const [index, directory] of directories.entries()) {
  // All meet at the same moment before each directory: that is the race.
  const atMs = Number(startAtMs) + index * 4;
  while (Date.now() < atMs);
  try {
    acquireLock(directory, Date.now());
    got.push(index);
  } catch (failure) {
    refusals.push(failure instanceof Error ? failure.message : String(failure));
  }
}
process.stdout.write(JSON.stringify({ got, refusals }));
// Holds what it got until its input ends or it is killed.
await Bun.stdin.text();
