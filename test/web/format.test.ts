/** @module Figures are read rightly: unknown is a dash, small money is not nothing, borders round as they should. */

import { expect, test } from "bun:test";
import {
  formatAgo,
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatExactUsd,
  formatMoment,
  formatPlural,
  formatShare,
  formatUsd,
} from "../../web/format.ts";

test("what is not known is a dash in every format, never 0", () => {
  for (const format of [formatCount, formatUsd, formatDuration, formatBytes]) {
    for (const value of [null, undefined, Number.NaN]) expect(format(value)).toBe("—");
  }
  expect(formatShare(1, null)).toBe("—");
  expect(formatShare(0, 0)).toBe("—");
});

test.each([
  [0, "$0"],
  [0.0000001, "<$0.000001"],
  [0.000042, "$0.000042"],
  [0.0042, "$0.0042"],
  [0.5, "$0.5000"],
  [1, "$1.00"],
  [1234.567, "$1,234.57"],
])("%p USD is %s", (value, text) => expect(formatUsd(value)).toBe(text));

test("the exact cost has all its digits", () => {
  expect(formatExactUsd(0.123456789)).toBe("$0.123456789");
  expect(formatExactUsd(2)).toBe("$2");
  expect(formatExactUsd(null)).toBe("cost not known");
});

test.each([
  [0.42, "0.42 ms"],
  [5.25, "5.3 ms"],
  [999, "999 ms"],
  [999.6, "1.0 s"],
  [59_940, "59.9 s"],
  [59_960, "1 m 00 s"],
  [123_000, "2 m 03 s"],
  [3_720_000, "1 h 02 m"],
])("%p ms is %s", (value, text) => expect(formatDuration(value)).toBe(text));

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [4200, "4.2 KB"],
  [999_499, "999 KB"],
  [1_300_000, "1.3 MB"],
])("%p bytes are %s", (value, text) => expect(formatBytes(value)).toBe(text));

test.each([
  [1, 2000, "<0.1 %"],
  [1, 50, "2.0 %"],
  [61, 100, "61 %"],
  [5, 5, "100 %"],
])("%p of %p is %s", (part, all, text) => expect(formatShare(part, all)).toBe(text));

test("moments are told relative, and exactly", () => {
  const then = new Date(2026, 10, 21, 8, 12, 3, 45).getTime();
  expect(formatMoment(then)).toBe("2026-11-21 08:12:03.045");
  expect(formatClock(then, then)).toBe("08:12:03");
  expect(formatClock(then, then + 86_400_000)).toBe("11-21 08:12");
  expect([0, 12, 300, 7200, 3 * 86_400, 30 * 86_400].map((s) => formatAgo(then, then + s * 1000))).toEqual([
    "now",
    "12 s ago",
    "5 min ago",
    "2 h ago",
    "3 d ago",
    "2026-11-21",
  ]);
});

test("one is one and more are many", () => {
  expect([formatPlural(1, "request"), formatPlural(0, "request"), formatPlural(2, "query", "queries")]).toEqual([
    "1 request",
    "0 requests",
    "2 queries",
  ]);
});
