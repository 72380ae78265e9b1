/** @module Every recorded exchange is read the same however its bytes are split, and honestly when they are cut. */

import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";

import { findDialect } from "../../src/dialect/registry.ts";
import type { Reading } from "../../src/dialect/dialect.ts";
import { type TrafficCase, loadTraffic, toReadContext } from "../support/traffic.ts";
import { findDifferences, findNonsense } from "../support/traffic-check.ts";

const cases = loadTraffic();
/** Bodies over this are split into small primes instead of single bytes. */
const MAX_SINGLE_BYTES = 40_000;
const RANDOM_RUNS = 4;
const SEED = 20_261_121;

const tally: Record<string, { passed: number; total: number }> = {};
let ambiguousMatches = 0;

function read(traffic: TrafficCase, pieces: Iterable<Uint8Array>, truncated = false): Reading {
  const context = toReadContext(traffic);
  const reader = findDialect(context).createReader(context);
  // Readers may not keep the bytes they are given: the journal reuses its buffers.
  for (const piece of pieces) {
    const lent = piece.slice();
    reader.feed(lent);
    lent.fill(0x7b);
  }
  return reader.end({ truncated });
}

function* splitEvery(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function splitAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const borders = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b), bytes.length];
  return borders.slice(1).map((border, index) => bytes.subarray(borders[index], border));
}

/** Ambiguous cases only must make sense; whether they match is counted. */
function check(mode: string, traffic: TrafficCase, reading: Reading): void {
  const entry = (tally[mode] ??= { passed: 0, total: 0 });
  entry.total += 1;
  expect(findNonsense(reading)).toEqual([]);
  const differences = findDifferences(traffic, reading);
  if (traffic.isAmbiguous) ambiguousMatches += mode === "whole" && differences.length === 0 ? 1 : 0;
  else expect(differences).toEqual([]);
  if (differences.length === 0) entry.passed += 1;
}

test("there are cases to read", () => {
  expect(cases.length).toBeGreaterThanOrEqual(300);
});

describe.each(cases.map((traffic) => [traffic.id, traffic] as const))("%s", (_id, traffic) => {
  const { bytes } = traffic.response;

  test("reads the same facts whole, in single bytes and at random splits", () => {
    const whole = read(traffic, [bytes]);
    check("whole", traffic, whole);

    const size = bytes.length > MAX_SINGLE_BYTES ? 7 : 1;
    const single = read(traffic, splitEvery(bytes, size));
    check("single bytes", traffic, single);
    expect(single).toEqual(whole);

    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 });
    for (const random of fc.sample(cuts, { seed: SEED, numRuns: RANDOM_RUNS })) {
      const split = read(traffic, splitAt(bytes, random));
      check("random splits", traffic, split);
      expect(split).toEqual(whole);
    }
  });

  test("says so when it was cut", () => {
    const whole = read(traffic, [bytes]);
    for (let tenth = 0; tenth < 10; tenth++) {
      const cut = read(traffic, [bytes.subarray(0, Math.floor((bytes.length * tenth) / 10))], true);
      const entry = (tally["cut"] ??= { passed: 0, total: 0 });
      entry.total += 1;
      expect(findNonsense(cut)).toEqual([]);
      expect(cut.billable).toBe(whole.billable);
      if (cut.usageSource === "reported") expect(cut.usage).toEqual(whole.usage);
      else expect(["partial", "none"]).toContain(cut.usageSource);
      if (cut.usageSource === "none") expect(cut.usage).toBeUndefined();
      entry.passed += 1;
    }
  });
});

afterAll(() => {
  const rows = Object.entries(tally).map(([mode, { passed, total }]) => ({
    mode,
    readings: total,
    allFieldsPass: passed,
  }));
  if (process.env["TRAFFIC_TABLE"] !== undefined)
    console.table([...rows, { mode: "ambiguous, whole", allFieldsPass: ambiguousMatches }]);
});
