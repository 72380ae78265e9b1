import { expect, test } from "bun:test";
import { LoopState } from "../../src/record/loop-state.ts";

test("failures count up to the next turn that did its work, and none is thrown", async () => {
  let now = 1_000_000;
  const loop = new LoopState("retention", () => now);
  await loop.turn(() => Promise.reject(new Error("busy")));
  expect(await loop.turn(() => Promise.reject(new Error("locked")))).toBe(false);
  expect(loop.status()).toEqual({ name: "retention", failures: 2, lastErrorAgeMs: 0, lastError: "locked" });
  await loop.turn(async () => false);
  expect(loop.status()).toMatchObject({ failures: 2 });
  now += 10;
  expect(await loop.turn(async () => true)).toBe(true);
  expect(loop.status()).toEqual({ name: "retention", failures: 0, lastSuccessAgeMs: 0, lastErrorAgeMs: 10 });

  await loop.turn(() => Promise.reject(new Error("busy")));
  now += 60_000;
  await loop.turn(async () => false);
  expect(loop.status()).toEqual({ name: "retention", failures: 0, lastSuccessAgeMs: 0, lastErrorAgeMs: 60_000 });
});
