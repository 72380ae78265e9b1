import { expect, test } from "bun:test";
import { type Check, type CheckResult, createReadiness } from "../../src/proxy/readiness.ts";

const pass: Check = { limitMs: 1000, run: () => ({ status: "pass" }) };
const never: Check = { limitMs: 30, run: () => new Promise<CheckResult>(() => {}) };

function create(checks: Record<string, Check>, clock = { ms: 0 }) {
  return createReadiness({ checks, aliases: { database: "store", nothing: "none" }, now: () => clock.ms });
}

test("the worst check decides, and each one is told", async () => {
  const warn: Check = { limitMs: 100, run: async () => ({ status: "warn", output: "old" }) };
  expect(await create({ store: pass })()).toMatchObject({ status: "pass" });
  expect(await create({ store: pass, prices: warn })()).toEqual({
    status: "warn",
    checks: {
      store: { status: "pass", responseTime: 0 },
      prices: { status: "warn", output: "old", responseTime: 0 },
      database: { status: "pass", responseTime: 0 },
    },
  });
});

test("a check that throws or rejects fails with its words", async () => {
  const checks = {
    a: { limitMs: 100, run: () => Promise.reject(new Error("refused")) },
    b: {
      limitMs: 100,
      run: (): CheckResult => {
        throw new Error("thrown");
      },
    },
  };
  expect(await create(checks)()).toMatchObject({
    status: "fail",
    checks: { a: { output: "refused" }, b: { output: "thrown" } },
  });
});

test("a check that hangs fails at its limit, and the others are not kept waiting by it", async () => {
  const startedAt = performance.now();
  const answer = await create({ store: pass, upstream: never })();
  expect(performance.now() - startedAt).toBeLessThan(500);
  expect(answer).toMatchObject({
    status: "fail",
    checks: { store: { status: "pass" }, upstream: { status: "fail", output: "did not answer within 30 ms" } },
  });
});

test("the signal tells a check that nobody waits any more", async () => {
  let aborted = false;
  const check: Check = {
    limitMs: 20,
    run: (signal) =>
      new Promise(() => {
        signal.addEventListener("abort", () => (aborted = true));
      }),
  };
  await create({ check })();
  expect(aborted).toBe(true);
});

test("an answer is remembered for three seconds, and callers at one time share one run", async () => {
  let runs = 0;
  const clock = { ms: 0 };
  const counted: Check = {
    limitMs: 1000,
    async run() {
      runs += 1;
      await Bun.sleep(10);
      return { status: "pass" };
    },
  };
  const ready = create({ counted }, clock);
  const answers = await Promise.all([ready(), ready(), ready()]);
  expect([runs, new Set(answers).size]).toEqual([1, 1]);
  clock.ms = 2999;
  await ready();
  expect(runs).toBe(1);
  clock.ms = 3000;
  await ready();
  expect(runs).toBe(2);
});

test("a check that hangs is not started a second time until it ends or half a minute is over", async () => {
  let runs = 0;
  const clock = { ms: 0 };
  let release = (_result: CheckResult): void => {};
  const slow: Check = {
    limitMs: 5,
    run() {
      runs += 1;
      return new Promise((resolve) => (release = resolve));
    },
  };
  const ready = create({ slow }, clock);
  await ready();
  clock.ms = 10_000;
  expect(await ready()).toMatchObject({ checks: { slow: { status: "fail", output: "did not answer for 10 s" } } });
  expect(runs).toBe(1);
  clock.ms = 31_000;
  await ready();
  expect(runs).toBe(2);
  release({ status: "pass" });
  await Bun.sleep(1);
  clock.ms = 40_000;
  await ready();
  expect(runs).toBe(3);
});
