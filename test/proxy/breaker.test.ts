import { describe, expect, test } from "bun:test";
import { createBreakers, type Admission, type Breakers, type Pass } from "../../src/proxy/breaker.ts";

const FAILURE = { kind: "failure", reason: "upstream_connect_failed" } as const;
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
