/** @module Durations and sizes of the configuration, with their bounds. */

import { expect, test } from "bun:test";

import { duration, keepFor, size } from "../../src/config/quantity.ts";

test("durations have units or are milliseconds, and keep their bound", () => {
  expect(duration().parse("10s")).toBe(10_000);
  expect(duration().parse(250)).toBe(250);
  expect(duration().safeParse("0s").success).toBe(false);
  expect(duration(0).parse("0s")).toBe(0);
  expect(duration().safeParse("soon").success).toBe(false);
});

test("sizes have units or are bytes, and keep their bound", () => {
  expect(size().parse("1KiB")).toBe(1024);
  expect(size(4096).safeParse("1KiB").success).toBe(false);
});

test("bodies may be kept for ever", () => {
  expect(keepFor().parse("forever")).toBe("forever");
  expect(keepFor().parse("30d")).toBe(30 * 86_400_000);
});
