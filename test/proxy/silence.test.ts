import { afterEach, describe, expect, test } from "bun:test";

import { createSilence, readActivity, type Activity } from "../../src/proxy/silence.ts";
import { eventually } from "../support/gate.ts";

const LIMIT_MS = 30_000;

/** Seconds of silence after which the judgement is "hangs", one check a second; undefined = not within `seconds`. */
function secondsUntilEnd(toActivity: (second: number) => Activity | undefined, seconds = 1000): number | undefined {
  let at = 0;
  const silence = createSilence({ now: () => at * 1000, readActivity: () => toActivity(at), limitMs: LIMIT_MS });
  for (; at < seconds; at++) if (silence.check(1) !== undefined) return at;
  return undefined;
}

describe("a silent process", () => {
  test("that computes all the time hangs in a loop: ended after the limit", () => {
    expect(secondsUntilEnd((second) => ({ cpuMs: second * 1000, wantsToRun: true }))).toBe(30);
  });

  test("that rests or is stopped is ended after the limit", () => {
    expect(secondsUntilEnd(() => ({ cpuMs: 500, wantsToRun: false }))).toBe(30);
  });

  test("that gets 3 % of a processor is spared until it had its 15 s", () => {
    expect(secondsUntilEnd((second) => ({ cpuMs: second * 30, wantsToRun: true }))).toBeGreaterThan(480);
  });

  test("that waits for the disk all the time is spared for ten minutes, not for ever", () => {
    expect(secondsUntilEnd(() => ({ cpuMs: 500, wantsToRun: true }))).toBe(600);
  });

  test("of which nothing is known gets four times the limit", () => {
    expect(secondsUntilEnd(() => undefined)).toBe(120);
  });

  test("is not blamed for a time in which we did not look", () => {
    let at = 0;
    const silence = createSilence({
      now: () => at,
      readActivity: () => ({ cpuMs: 0, wantsToRun: false }),
      limitMs: LIMIT_MS,
    });
    at = 500_000;
    expect(silence.check(1)).toBeUndefined();
    at += 1000;
    expect(silence.check(1)).toBeUndefined();
  });

  test("that speaks again begins anew", () => {
    let at = 0;
    const silence = createSilence({ now: () => at, readActivity: () => undefined, limitMs: 1000 });
    for (let second = 0; second < 100; second++) {
      at += 1000;
      if (second % 3 === 0) silence.heard();
      expect(silence.check(1)).toBeUndefined();
    }
  });
});

describe.skipIf(process.platform !== "linux")("the system tells", () => {
  const running: Bun.Subprocess[] = [];
  afterEach(() => {
    for (const each of running.splice(0)) each.kill("SIGKILL");
  });
  const run = (script: string): number => {
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "ignore", stderr: "ignore" });
    running.push(child);
    return child.pid;
  };

  test("a busy process from a resting one by its processor time and state", async () => {
    const busy = run("for (;;);");
    const resting = run("setInterval(() => {}, 100_000)");
    await eventually(() => ((readActivity(busy)?.cpuMs ?? 0) > 300 ? true : undefined), "the loop to get time");
    expect(readActivity(busy)?.wantsToRun).toBe(true);
    await eventually(() => (readActivity(resting)?.wantsToRun === false ? true : undefined), "the other to rest");
    process.kill(busy, "SIGSTOP");
    await eventually(() => (readActivity(busy)?.wantsToRun === false ? true : undefined), "the loop to be stopped");
  });

  test("nothing of a process that is gone", () => {
    expect(readActivity(2 ** 30)).toBeUndefined();
  });
});
