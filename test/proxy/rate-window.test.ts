import { expect, test } from "bun:test";

import { createRateWindow } from "../../src/proxy/rate-window.ts";

function start(windowMs = 1000) {
  const clock = { at: 12_345 };
  return { clock, window: createRateWindow(windowMs, () => clock.at) };
}

test("counts what came within the window, and forgets it slice by slice", () => {
  const { clock, window } = start();
  for (let second = 0; second < 5; second++) {
    window.add(second % 2 === 0);
    clock.at += 100;
  }
  expect(window.read()).toEqual({ requests: 5, failures: 3 });
  clock.at += 600;
  expect(window.read().requests).toBeLessThan(5);
  expect(window.read().requests).toBeGreaterThan(0);
  clock.at += 500;
  expect(window.read()).toEqual({ requests: 0, failures: 0 });
});

test("forgets everything after a long rest, however the slices fall", () => {
  for (const restMs of [1001, 1100, 1999, 5000, 123_456_789]) {
    const { clock, window } = start();
    window.add(true);
    clock.at += restMs;
    expect(window.read()).toEqual({ requests: 0, failures: 0 });
    window.add(false);
    expect(window.read()).toEqual({ requests: 1, failures: 0 });
  }
});

test("agrees with a plain list within one slice of time", () => {
  const { clock, window } = start();
  const all: number[] = [];
  let seed = 7;
  for (let step = 0; step < 2000; step++) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    clock.at += seed % 40;
    window.add(false);
    all.push(clock.at);
    const { requests } = window.read();
    expect(requests).toBeLessThanOrEqual(all.filter((at) => at > clock.at - 1000).length);
    expect(requests).toBeGreaterThanOrEqual(all.filter((at) => at > clock.at - 900).length);
  }
});

test("can be cleared", () => {
  const { window } = start();
  window.add(true);
  window.clear();
  expect(window.read()).toEqual({ requests: 0, failures: 0 });
});
