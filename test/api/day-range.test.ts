import { expect, test } from "bun:test";
import { z } from "zod";
import {
  addDays,
  dayFields,
  findDay,
  rangeFields,
  toDayOrRange,
  toDayRange,
  toRange,
} from "../../src/api/day-range.ts";
import { ApiError } from "../../src/api/error.ts";
import { parseParameters } from "../../src/api/parameters.ts";

const range = z.strictObject(rangeFields).transform(toRange);
const dayOrRange = z.strictObject(dayFields).transform((query, context) => ({ range: toDayOrRange(query, context) }));

function refusal(schema: z.ZodType, query: Record<string, string>): string {
  try {
    parseParameters(schema, query);
  } catch (error) {
    if (error instanceof ApiError) return error.message;
  }
  throw new Error("was not refused");
}

test.each([
  [{}, "Missing from or to parameter"],
  [{ from: "2026-11-01" }, "Missing from or to parameter"],
  [{ from: "", to: "2026-11-02" }, "Missing from or to parameter"],
  [{ from: "2026-11-1", to: "2026-11-02" }, "Invalid from parameter; expected YYYY-MM-DD"],
  [{ from: "2026-02-30", to: "2026-03-02" }, "Invalid from parameter; expected YYYY-MM-DD"],
  [{ from: "2026-11-01", to: "tomorrow" }, "Invalid to parameter; expected YYYY-MM-DD"],
  [{ from: "2026-11-02", to: "2026-11-01" }, "from must be on or before to"],
  [{ from: "2025-01-01", to: "2026-01-02" }, "Date range cannot exceed 366 days"],
])("a range of %p is refused: %s", (query, message) => {
  expect(refusal(range, query as Record<string, string>)).toBe(message);
});

test("366 days are allowed, and a leap day is a day", () => {
  expect(parseParameters(range, { from: "2025-01-01", to: "2026-01-01" })).toMatchObject({ from: "2025-01-01" });
  expect(parseParameters(range, { from: "2024-02-29", to: "2024-02-29" }).toMs - Date.UTC(2024, 1, 29)).toBe(
    86_400_000,
  );
});

test("a day, a range or nothing", () => {
  expect(parseParameters(dayOrRange, {}).range).toBeUndefined();
  expect(parseParameters(dayOrRange, { day: "2026-11-20" }).range).toMatchObject({
    from: "2026-11-20",
    to: "2026-11-20",
  });
  expect(refusal(dayOrRange, { to: "2026-11-20" })).toBe("Both from and to are required when using date range");
  expect(refusal(dayOrRange, { day: "20.11.2026" })).toBe("Invalid day parameter; expected YYYY-MM-DD");
  expect(refusal(dayOrRange, { day: "2026-11-20", tz: "Mars/Base" })).toContain("tz must be an IANA time zone");
});

test.each([
  ["UTC", "2026-11-20", "2026-11-20T00:00:00Z", 24],
  ["Asia/Kolkata", "2026-11-20", "2026-11-19T18:30:00Z", 24],
  ["America/Los_Angeles", "2026-11-20", "2026-11-20T08:00:00Z", 24],
  ["Pacific/Kiritimati", "2026-11-20", "2026-11-19T10:00:00Z", 24],
  ["Pacific/Pago_Pago", "2026-11-20", "2026-11-20T11:00:00Z", 24],
  ["Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", 25],
  ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", 23],
  // Midnight was left out that night.
  ["Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z", 23],
])("in %s the day %s begins at %s and has %d hours", (zone, day, start, hours) => {
  const found = toDayRange(day, day, zone);
  expect(new Date(found.fromMs).toISOString()).toBe(new Date(start).toISOString());
  expect((found.toMs - found.fromMs) / 3_600_000).toBe(hours);
  expect(findDay(found.fromMs, zone)).toBe(day);
  expect(findDay(found.toMs - 1, zone)).toBe(day);
});

test("days are counted over months and years", () => {
  expect([addDays("2026-01-01", -1), addDays("2024-02-28", 1), addDays("2026-11-20", -6)]).toEqual([
    "2025-12-31",
    "2024-02-29",
    "2026-11-14",
  ]);
});
