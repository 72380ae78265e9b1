import { expect, test } from "bun:test";

import { readProcessStart } from "../../src/config/process-start.ts";

test("a process has one start as long as it runs, and none afterwards", async () => {
  const child = Bun.spawn(["sleep", "30"]);
  const start = readProcessStart(child.pid);
  expect(start).toBeString();
  expect(readProcessStart(child.pid)).toBe(start);
  child.kill("SIGKILL");
  await child.exited;
  expect(readProcessStart(child.pid)).toBeUndefined();
});

test("what is no process id has no start", () => {
  for (const pid of [0, -1, 1.5, Number.NaN, 2 ** 31 - 1]) expect(readProcessStart(pid)).toBeUndefined();
});

test("ps tells it where there is no /proc", () => {
  if (Bun.which("ps") === null) return;
  expect(readProcessStart(process.pid, "darwin")).toMatch(/\d{4}$/);
});
