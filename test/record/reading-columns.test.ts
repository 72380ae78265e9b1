/** @module Columns from readings: nothing invented, our codes first, priced only where there is something to price. */

import { expect, test } from "bun:test";

import type { Reading } from "../../src/dialect/dialect.ts";
import { findCost, toErrorColumns, toReadingColumns } from "../../src/record/reading-columns.ts";
import { createId, toHead } from "./entries.ts";

const EMPTY: Reading = { usageSource: "none", extraUsage: [], billable: true, complete: true, warnings: [] };

test("what a reading does not say is absent", () => {
  expect(toReadingColumns(undefined, true)).toEqual({ usageSource: "none" });
  expect(toReadingColumns(EMPTY, true)).toEqual({ usageSource: "none" });
});

test("without an answer only the requested model is named", () => {
  const reading: Reading = { ...EMPTY, model: "m", requestModel: "m" };
  expect(toReadingColumns(reading, true)).toMatchObject({ requestModel: "m", responseModel: "m" });
  expect("responseModel" in toReadingColumns(reading, false)).toBe(false);
});

test("the provider's words fill in where we have none of our own", () => {
  const reported = { type: "overloaded_error", code: "529", message: "Busy" };
  expect(toErrorColumns(undefined, reported)).toEqual({ errorCode: "overloaded_error", errorMessage: "Busy" });
  expect(toErrorColumns({}, { code: "429" })).toEqual({ errorCode: "429" });
  expect(toErrorColumns({ errorCode: "upstream_idle_timeout", errorMessage: "Silence" }, reported)).toEqual({
    errorCode: "upstream_idle_timeout",
    errorMessage: "Silence",
  });
  expect(toErrorColumns(undefined, { message: "x".repeat(5000) }).errorMessage?.length).toBe(2000);
  expect(toErrorColumns(undefined, undefined)).toEqual({});
});

test("only generations and calls with usage are priced; a pricer that throws costs the price only", () => {
  const head = toHead(createId());
  const pricer = { price: () => ({ confidence: "unknown" }) as const };
  const columns = toReadingColumns(EMPTY, true);
  expect(findCost(pricer, head, "generation", EMPTY, columns)).toEqual({ confidence: "unknown" });
  expect(findCost(pricer, head, "other", EMPTY, columns)).toBeUndefined();
  const counted = toReadingColumns({ ...EMPTY, usage: { countedTokens: 5 } }, true);
  expect(findCost(pricer, head, "other", EMPTY, counted)).toBeDefined();
  expect(findCost(undefined, head, "generation", EMPTY, columns)).toBeUndefined();
  const throwing = {
    price() {
      throw new Error("no such row");
    },
  };
  expect(findCost(throwing, head, "generation", EMPTY, columns)).toEqual({
    confidence: "unknown",
    notes: ["pricing failed: no such row"],
  });
});
