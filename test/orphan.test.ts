import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { endOrphans, noteChild } from "../src/orphan.ts";

let directory: string;
let children: Bun.Subprocess[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "orphan-"));
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(children.map((child) => child.exited));
  rmSync(directory, { recursive: true, force: true });
});

function start(): Bun.Subprocess {
  const child = Bun.spawn(["sleep", "60"]);
  children.push(child);
  return child;
}

test("children that outlived their program are gone when it goes on, also those that are stopped", async () => {
  const [recorder, api] = [start(), start()];
  noteChild(directory, "recorder", recorder.pid);
  noteChild(directory, "api", api.pid);
  process.kill(api.pid, "SIGSTOP");
  endOrphans(directory);
  await Promise.all([recorder.exited, api.exited]);
  expect([recorder.signalCode, api.signalCode]).toEqual(["SIGKILL", "SIGKILL"]);
});

test("a process that got the number of a dead child is left alone", async () => {
  const stranger = start();
  writeFileSync(join(directory, "recorder.pid"), `${stranger.pid}\nstarted at another time`);
  endOrphans(directory);
  await Bun.sleep(20);
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
});

test.each(["", "1\n", "-1\nx", "abc", "\n\n"])("a note that says %j ends nobody", (text) => {
  writeFileSync(join(directory, "api.pid"), text);
  endOrphans(directory);
  endOrphans(join(directory, "missing"));
  noteChild(join(directory, "missing"), "api", process.pid);
  expect(process.pid).toBeGreaterThan(1);
});
