import { expect, test } from "bun:test";

import { createWaits } from "../../src/proxy/waits.ts";

test("a wait is over in its time, or at once when the client goes", async () => {
  const waits = createWaits();
  const at = performance.now();
  expect(await waits.wait(30, new AbortController().signal)).toBe("over");
  expect(performance.now() - at).toBeGreaterThanOrEqual(25);
  const leaving = new AbortController();
  const waiting = waits.wait(60_000, leaving.signal);
  leaving.abort();
  expect(await waiting).toBe("gone");
  expect(await waits.wait(60_000, leaving.signal)).toBe("gone");
});

test("a stop ends all waits, and none begins after it", async () => {
  const waits = createWaits();
  const waiting = [1, 2, 3].map(() => waits.wait(60_000, new AbortController().signal));
  waits.stop();
  expect(await Promise.all(waiting)).toEqual(["stopping", "stopping", "stopping"]);
  expect(await waits.wait(60_000, new AbortController().signal)).toBe("stopping");
});
