import { expect, test } from "bun:test";
import { toUsd } from "../../src/domain/money.ts";

test("nano-dollars become dollars, and unknown stays unknown", () => {
  expect(toUsd(225_000)).toBe(0.000225);
  expect(toUsd(0)).toBe(0);
  expect(toUsd(undefined)).toBeNull();
  expect(toUsd(null)).toBeNull();
});
