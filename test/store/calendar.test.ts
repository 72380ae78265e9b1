/** @module Days and hours of zones, on the days clocks change and on plain ones. */

import { describe, expect, test } from "bun:test";

import { createCalendar } from "../../src/store/calendar.ts";
import { ROLLUP_BUCKET_MS } from "../../src/store/rollup.ts";

/** All periods of the buckets in a range of UTC, each with its first moment and how many buckets it has. */
function periods(unit: "day" | "hour", zone: string, from: string, to: string): [string, string, number][] {
  const calendar = createCalendar(unit, zone);
  const found: [string, string, number][] = [];
  for (let ms = Date.parse(from); ms < Date.parse(to); ms += ROLLUP_BUCKET_MS) {
    const { key, startMs } = calendar.findPeriod(ms);
    const last = found.at(-1);
    if (last?.[0] === key) last[2] += 1;
    else found.push([key, new Date(startMs).toISOString().slice(0, 16), 1]);
  }
  return found;
}

describe("days", () => {
  test("of UTC are 96 buckets", () => {
    expect(periods("day", "UTC", "2026-02-28T00:00Z", "2026-03-02T00:00Z")).toEqual([
      ["2026-02-28", "2026-02-28T00:00", 96],
      ["2026-03-01", "2026-03-01T00:00", 96],
    ]);
  });

  test("of New York have 23 hours when clocks go forward and 25 when they go back", () => {
    expect(periods("day", "America/New_York", "2026-03-07T05:00Z", "2026-03-10T04:00Z")).toEqual([
      ["2026-03-07", "2026-03-07T05:00", 96],
      ["2026-03-08", "2026-03-08T05:00", 92],
      ["2026-03-09", "2026-03-09T04:00", 96],
    ]);
    expect(periods("day", "America/New_York", "2026-10-31T04:00Z", "2026-11-03T05:00Z")).toEqual([
      ["2026-10-31", "2026-10-31T04:00", 96],
      ["2026-11-01", "2026-11-01T04:00", 100],
      ["2026-11-02", "2026-11-02T05:00", 96],
    ]);
  });

  test("begin at a quarter to the hour in Kathmandu and at half past in Adelaide", () => {
    expect(periods("day", "Asia/Kathmandu", "2026-11-20T18:15Z", "2026-11-21T18:15Z")).toEqual([
      ["2026-11-21", "2026-11-20T18:15", 96],
    ]);
    expect(periods("day", "Australia/Adelaide", "2026-11-20T13:30Z", "2026-11-21T13:30Z")).toEqual([
      ["2026-11-21", "2026-11-20T13:30", 96],
    ]);
  });

  test("that have no midnight begin at one o'clock", () => {
    // Beirut's clocks go from 24:00 to 01:00 on the last Sunday of March.
    expect(periods("day", "Asia/Beirut", "2026-03-28T22:00Z", "2026-03-29T21:00Z")).toEqual([
      ["2026-03-29", "2026-03-28T22:00", 92],
    ]);
  });
});

describe("hours", () => {
  test("that are left out do not exist, and one that comes twice is one period of two hours", () => {
    expect(periods("hour", "America/New_York", "2026-03-08T06:00Z", "2026-03-08T08:00Z")).toEqual([
      ["2026-03-08 01:00", "2026-03-08T06:00", 4],
      ["2026-03-08 03:00", "2026-03-08T07:00", 4],
    ]);
    expect(periods("hour", "America/New_York", "2026-11-01T04:00Z", "2026-11-01T08:00Z")).toEqual([
      ["2026-11-01 00:00", "2026-11-01T04:00", 4],
      ["2026-11-01 01:00", "2026-11-01T05:00", 8],
      ["2026-11-01 02:00", "2026-11-01T07:00", 4],
    ]);
  });

  test("of a zone that moves by half an hour", () => {
    // Lord Howe goes from UTC+10:30 to UTC+11 at 02:00 on 2026-10-04, and back on 2026-04-05.
    expect(periods("hour", "Australia/Lord_Howe", "2026-10-03T14:30Z", "2026-10-03T17:00Z")).toEqual([
      ["2026-10-04 01:00", "2026-10-03T14:30", 4],
      ["2026-10-04 02:00", "2026-10-03T15:30", 2],
      ["2026-10-04 03:00", "2026-10-03T16:00", 4],
    ]);
    expect(periods("hour", "Australia/Lord_Howe", "2026-04-04T14:00Z", "2026-04-04T16:30Z")).toEqual([
      ["2026-04-05 01:00", "2026-04-04T14:00", 6],
      ["2026-04-05 02:00", "2026-04-04T15:30", 4],
    ]);
  });

  test("have the same first moment whichever bucket is asked first", () => {
    const zones = [
      "UTC",
      "America/New_York",
      "Asia/Kathmandu",
      "Australia/Lord_Howe",
      "Pacific/Chatham",
      "America/St_Johns",
    ];
    for (const zone of zones) {
      const forward = periods("hour", zone, "2026-10-01T00:00Z", "2026-11-03T00:00Z");
      const calendar = createCalendar("hour", zone);
      for (const [key, start, buckets] of forward.toReversed().slice(0, -1)) {
        const last = Date.parse(`${start}Z`) + (buckets - 1) * ROLLUP_BUCKET_MS;
        expect(calendar.findPeriod(last)).toEqual({ key, startMs: Date.parse(`${start}Z`) });
      }
      expect(forward.reduce((sum, [, , buckets]) => sum + buckets, 0)).toBe(33 * 96);
    }
  });
});

test("a name that is no zone is a RangeError", () => {
  expect(() => createCalendar("day", "Mars/Olympus_Mons")).toThrow(RangeError);
});
