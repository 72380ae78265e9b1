import { describe, expect, test } from "bun:test";
import {
  createBreakers,
  type Admission,
  type BreakerChange,
  type BreakerLimits,
  type Breakers,
  type Pass,
  type Verdict,
} from "../../src/proxy/breaker.ts";

const FAILURE = { kind: "failure", reason: "upstream_connect_failed", class: "connect" } as const;
const SUCCESS = { kind: "success" } as const;
const NEUTRAL = { kind: "neutral" } as const;

function setUp(openAfterFailures = 3): { breakers: Breakers; pass: () => Pass; clock: { ms: number } } {
  const clock = { ms: 0 };
  const breakers = createBreakers({
    openAfterFailures,
    halfOpenAfterMs: 1000,
    evictAfterMs: 5000,
    now: () => clock.ms,
  });
  return { breakers, clock, pass: () => passOf(breakers.admit("u")) };
}

function passOf(admission: Admission): Pass {
  if (!("pass" in admission)) throw new Error("was turned away");
  return admission.pass;
}

describe("a breaker", () => {
  test("opens after so many failures in a row, and says when to come again", () => {
    const { breakers, pass, clock } = setUp();
    for (let i = 0; i < 2; i++) breakers.report(pass(), FAILURE);
    breakers.report(pass(), SUCCESS);
    for (let i = 0; i < 3; i++) breakers.report(pass(), FAILURE);
    clock.ms = 400;
    expect(breakers.admit("u")).toEqual({ retryAfterMs: 600 });
    expect(breakers.find("u")).toMatchObject({ state: "open", opens: 1, lastFailure: "upstream_connect_failed" });
    expect("pass" in breakers.admit("other")).toBe(true);
  });

  test("is not moved by what says nothing about the upstream", () => {
    const { breakers, pass } = setUp();
    for (let i = 0; i < 2; i++) breakers.report(pass(), FAILURE);
    for (let i = 0; i < 50; i++) breakers.report(pass(), NEUTRAL);
    expect(breakers.find("u")).toMatchObject({ state: "closed", consecutiveFailures: 2 });
    breakers.report(pass(), FAILURE);
    expect(breakers.find("u")?.state).toBe("open");
  });

  test("lets exactly one probe through until that probe has ended", () => {
    const { breakers, pass, clock } = setUp();
    for (let i = 0; i < 3; i++) breakers.report(pass(), FAILURE);
    clock.ms = 1000;
    const probe = pass();
    expect(probe.probe).toBe(true);
    for (let i = 0; i < 10; i++) expect("retryAfterMs" in breakers.admit("u")).toBe(true);
    breakers.report(probe, SUCCESS);
    expect(breakers.find("u")?.state).toBe("closed");
    expect(pass().probe).toBe(false);
  });

  test("opens again when the probe fails, and hands the probe on when it found out nothing", () => {
    const { breakers, pass, clock } = setUp();
    for (let i = 0; i < 3; i++) breakers.report(pass(), FAILURE);
    clock.ms = 1000;
    breakers.report(pass(), NEUTRAL);
    const second = pass();
    expect(second.probe).toBe(true);
    breakers.report(second, FAILURE);
    expect(breakers.admit("u")).toEqual({ retryAfterMs: 1000 });
  });

  test("late news of exchanges that began before it opened does not close or reopen it", () => {
    const { breakers, pass, clock } = setUp();
    const early = [pass(), pass()];
    for (let i = 0; i < 3; i++) breakers.report(pass(), FAILURE);
    breakers.report(early[0] ?? pass(), SUCCESS);
    expect(breakers.find("u")?.state).toBe("open");
    clock.ms = 1000;
    breakers.report(pass(), SUCCESS);
    breakers.report(early[1] ?? pass(), FAILURE);
    expect(breakers.find("u")).toMatchObject({ state: "closed", consecutiveFailures: 0 });
  });

  test("can be reset, switched off, and is forgotten when idle", () => {
    const { breakers, pass, clock } = setUp();
    for (let i = 0; i < 3; i++) breakers.report(pass(), FAILURE);
    expect(breakers.reset("u")).toBe(true);
    expect(breakers.reset("unknown")).toBe(false);
    expect(pass().probe).toBe(false);
    clock.ms = 10_000;
    for (let i = 0; i < 300; i++) breakers.admit("busy");
    expect(breakers.list().map(({ id }) => id)).toEqual(["busy"]);
    const off = setUp(0);
    for (let i = 0; i < 100; i++) off.breakers.report(off.pass(), FAILURE);
    expect("pass" in off.breakers.admit("u")).toBe(true);
  });
});

describe("a failure rate", () => {
  function setUp(limits: Partial<BreakerLimits> = {}) {
    const clock = { ms: 1_000_000 };
    const breakers = createBreakers({
      openAfterFailures: 0,
      halfOpenAfterMs: 1000,
      evictAfterMs: 60_000,
      failureRate: 0.5,
      windowMs: 10_000,
      minRequests: 10,
      ...limits,
      now: () => clock.ms,
    });
    const report = (verdict: Verdict): void => breakers.report(passOf(breakers.admit("u")), verdict);
    return { breakers, clock, report };
  }

  test("opens though failures never come in a row, from the least number of answers on", () => {
    const { breakers, report } = setUp();
    for (let i = 0; i < 9; i++) report(i % 2 === 0 ? FAILURE : SUCCESS);
    expect(breakers.find("u")).toMatchObject({ state: "closed", window: { requests: 9, failures: 5 } });
    report(FAILURE);
    expect(breakers.find("u")).toMatchObject({ state: "open", failuresByClass: { connect: 6 } });
  });

  test("below the limit, or spread over more than the window, opens nothing; neutral answers do not count", () => {
    const { breakers, clock, report } = setUp();
    for (let i = 0; i < 300; i++) report(i % 3 === 0 ? FAILURE : SUCCESS);
    expect(breakers.find("u")?.state).toBe("closed");
    clock.ms += 20_000;
    for (let i = 0; i < 100; i++) {
      report(FAILURE);
      for (let n = 0; n < 5; n++) report(NEUTRAL);
      clock.ms += 1200;
    }
    expect(breakers.find("u")?.state).toBe("closed");
  });

  test("begins anew once the probe found the upstream well", () => {
    const { breakers, clock, report } = setUp();
    for (let i = 0; i < 10; i++) report(FAILURE);
    expect("retryAfterMs" in breakers.admit("u")).toBe(true);
    clock.ms += 1000;
    report(SUCCESS);
    expect(breakers.find("u")).toMatchObject({ state: "closed", window: { requests: 0, failures: 0 } });
    for (let i = 0; i < 9; i++) report(FAILURE);
    expect(breakers.find("u")?.state).toBe("closed");
  });

  test("works beside the count of failures in a row: whichever is reached first", () => {
    const { breakers, report } = setUp({ openAfterFailures: 3 });
    for (let i = 0; i < 3; i++) report(FAILURE);
    expect(breakers.find("u")?.state).toBe("open");
  });
});

test("facts say when it opened and was last used", () => {
  const { breakers, pass, clock } = setUp(1);
  expect(breakers.find("u")).toBeUndefined();
  breakers.report(pass(), FAILURE);
  clock.ms = 250;
  expect(breakers.find("u")).toMatchObject({ state: "open", openedAgoMs: 250, usedAgoMs: 250, retryAfterMs: 750 });
  clock.ms = 1000;
  breakers.report(pass(), SUCCESS);
  expect(breakers.find("u")?.openedAgoMs).toBeUndefined();
});

test("opening and closing is told, with the reason, and nothing else is", () => {
  const clock = { ms: 0 };
  const told: BreakerChange[] = [];
  const breakers = createBreakers({
    openAfterFailures: 2,
    halfOpenAfterMs: 1000,
    evictAfterMs: 5000,
    now: () => clock.ms,
    onChange: (change) => told.push(change),
  });
  const pass = () => passOf(breakers.admit("u"));
  breakers.reset("u");
  for (let i = 0; i < 2; i++) breakers.report(pass(), FAILURE);
  expect(told).toEqual([{ id: "u", state: "open", reason: "upstream_connect_failed", restMs: 1000 }]);
  clock.ms = 1000;
  breakers.report(pass(), { kind: "failure", reason: "status 500", class: "status" });
  clock.ms = 2000;
  breakers.report(pass(), SUCCESS);
  breakers.reset("u");
  expect(told.slice(1)).toEqual([
    { id: "u", state: "open", reason: "status 500", restMs: 1000 },
    { id: "u", state: "closed" },
  ]);
});

test("asking whether it would refuse takes nothing, above all not the place of the probe", () => {
  const { breakers, pass, clock } = setUp();
  expect(breakers.refusal("u")).toBeUndefined();
  expect(breakers.list()).toEqual([]);
  for (let i = 0; i < 3; i++) breakers.report(pass(), FAILURE);
  expect(breakers.refusal("u")).toEqual({ retryAfterMs: 1000 });
  clock.ms = 1000;
  expect(breakers.refusal("u")).toBeUndefined();
  expect(breakers.find("u")?.state).toBe("open");
  const probe = pass();
  expect([probe.probe, breakers.refusal("u")]).toEqual([true, { retryAfterMs: 1000 }]);
});

test("a list leaves out what was not used for long, and what ends after that still counts", () => {
  const { breakers, pass, clock } = setUp();
  const long = pass();
  clock.ms = 5001;
  expect(breakers.list()).toEqual([]);
  breakers.report(long, FAILURE);
  expect(breakers.list()).toMatchObject([{ id: "u", consecutiveFailures: 1, usedAgoMs: 0 }]);
  // One that fails or rests is not forgotten: somebody may want to see it.
  clock.ms = 60_000;
  expect(breakers.list()).toHaveLength(1);
});
