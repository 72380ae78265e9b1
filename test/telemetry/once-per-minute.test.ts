import { expect, test } from "bun:test";

import { createOncePerMinute } from "../../src/telemetry/once-per-minute.ts";

test("a key speaks once a minute and says how often it was held back", () => {
  let nowMs = 0;
  const said: [string, number][] = [];
  const once = createOncePerMinute(() => nowMs);
  const call = (key: string): void => once(key, (heldBack) => said.push([key, heldBack]));
  for (let index = 0; index < 5; index++) call("a");
  call("b");
  nowMs = 59_999;
  call("a");
  nowMs = 60_000;
  call("a");
  call("b");
  nowMs = 200_000;
  call("a");
  expect(said).toEqual([
    ["a", 0],
    ["b", 0],
    ["a", 5],
    ["b", 0],
    ["a", 0],
  ]);
});

test("keys from outside do not pile up: beyond a thousand the oldest is forgotten", () => {
  let spoken = 0;
  const once = createOncePerMinute(() => 0);
  const call = (key: string): void => once(key, () => (spoken += 1));
  for (let index = 0; index <= 1000; index++) call(`key ${index}`);
  expect(spoken).toBe(1001);
  call("key 1000");
  expect(spoken).toBe(1001);
  call("key 0");
  expect(spoken).toBe(1002);
});
