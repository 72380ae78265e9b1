import { expect, test } from "bun:test";

import { parseDuration, parseSize, toDurationText, toSizeText } from "../../src/config/unit.ts";

test.each([
  ["250ms", 250],
  ["10s", 10_000],
  ["15m", 900_000],
  ["1h30m", 5_400_000],
  ["1.5h", 5_400_000],
  ["30d", 2_592_000_000],
  ["2 W", 1_209_600_000],
  ["900000", 900_000],
  [900_000, 900_000],
  [0, 0],
])("%p is a duration of %d ms", (value, durationMs) => {
  expect(parseDuration(value)).toBe(durationMs);
});

test.each(["", "abc", "10x", "s", "-5s", "1h-30m", "1,5s", "1e9", "NaN", "99999999999999999999d"])(
  "%p is no duration",
  (value) => {
    expect(parseDuration(value)).toBeUndefined();
  },
);

test.each([
  ["64MiB", 67_108_864],
  ["2GB", 2_000_000_000],
  ["2gib", 2_147_483_648],
  ["1.5 KiB", 1536],
  ["500B", 500],
  ["25000000", 25_000_000],
  [25_000_000, 25_000_000],
])("%p is a size of %d bytes", (value, bytes) => {
  expect(parseSize(value)).toBe(bytes);
});

test.each(["", "64M", "64 mb/s", "-1B", "MiB", Number.NaN, Number.POSITIVE_INFINITY, -1])("%p is no size", (value) => {
  expect(parseSize(value)).toBeUndefined();
});

test.each([
  [0, "0"],
  [250, "250ms"],
  [1500, "1500ms"],
  [60_000, "1m"],
  [5_400_000, "90m"],
  [2_592_000_000, "30d"],
])("%d ms are written %s, and read back", (ms, text) => {
  expect(toDurationText(ms)).toBe(text);
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  [0, "0"],
  [500, "500"],
  [1536, "1536"],
  [67_108_864, "64MiB"],
  [2_000_000_000, "2GB"],
  [4_294_967_296, "4GiB"],
])("%d bytes are written %s, and read back", (bytes, text) => {
  expect(toSizeText(bytes)).toBe(text);
  expect(parseSize(text)).toBe(bytes);
});
