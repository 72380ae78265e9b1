/** @module Wrong parameters are refused in words that say what is allowed. */

import { describe, expect, test } from "bun:test";
import { ApiError } from "../../src/api/error.ts";
import {
  listParameters,
  parseParameters,
  statsRequestsParameters,
  timeseriesParameters,
  toExchangeFilter,
  toWindowStart,
} from "../../src/api/parameters.ts";

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
    return error instanceof ApiError ? error.message : "";
  }
  throw new Error("was not refused");
}

describe("parseParameters", () => {
  test("fills in the defaults of the older proxy", () => {
    expect(parseParameters(statsRequestsParameters, {})).toEqual({ limit: 50, offset: 0, all: false });
    expect(parseParameters(timeseriesParameters, {})).toMatchObject({ days: 30, bucket: "day" });
  });

  test.each(["0", "1001", "-1", "ten", "1e3", "", " 5", "5.5", "99999999999999999999"])("refuses limit=%p", (limit) => {
    expect(refusal(() => parseParameters(statsRequestsParameters, { limit }))).toBe(
      "limit must be a whole number from 1 to 1000.",
    );
  });

  test("names every wrong parameter, and what each allows", () => {
    const message = refusal(() =>
      parseParameters(timeseriesParameters, { days: "0", bucket: "week", tz: "Mars/Base" }),
    );
    expect(message).toContain("days must be a whole number from 1 to 3650");
    expect(message).toContain("bucket must be day or hour");
    expect(message).toContain("tz must be an IANA time zone");
  });

  test("takes the borders of each range", () => {
    expect(parseParameters(statsRequestsParameters, { limit: "1000", offset: "0" })).toMatchObject({ limit: 1000 });
    expect(parseParameters(timeseriesParameters, { days: "3650", tz: "Asia/Kolkata" })).toMatchObject({ days: 3650 });
  });
});

describe("toExchangeFilter", () => {
  const toFilter = (query: Record<string, string>) => toExchangeFilter(parseParameters(listParameters, query));

  test("asks for everything when nothing is given", () => {
    expect(toFilter({})).toEqual({});
    expect(toFilter({ provider: "", text: "" })).toEqual({});
  });

  test("reads tool, client and session", () => {
    const query = { tool: "openclaw", client: "openclaw-jongi", session: "ses_1" };
    expect(toFilter(query)).toEqual(query);
    expect(toFilter({ tool: "", client: "", session: "" })).toEqual({});
  });

  test("reads one status, a family and a range", () => {
    expect(toFilter({ status: "404" })).toEqual({ statusMin: 404, statusMax: 404 });
    expect(toFilter({ status: "5xx" })).toEqual({ statusMin: 500, statusMax: 599 });
    expect(toFilter({ status: "400-599" })).toEqual({ statusMin: 400, statusMax: 599 });
    expect(refusal(() => toFilter({ status: "bad" }))).toContain("status must be a status such as 404");
  });

  test("reads states with commas and refuses unknown ones", () => {
    expect(toFilter({ state: "failed,aborted" })).toEqual({ states: ["failed", "aborted"] });
    expect(refusal(() => toFilter({ state: "failed,lost" }))).toContain("pending, completed, failed");
  });

  test("reads times", () => {
    expect(toFilter({ from: "1000", to: "2026-11-21T08:00:00Z" })).toEqual({
      fromMs: 1000,
      toMs: Date.UTC(2026, 10, 21, 8),
    });
    expect(refusal(() => toFilter({ from: "yesterday" }))).toContain("from must be a time");
  });
});

test("a window of days begins on a quarter of an hour", () => {
  const now = Date.UTC(2026, 10, 21, 8, 7, 3);
  expect(toWindowStart(now, 7)).toBe(Date.UTC(2026, 10, 14, 8, 0, 0));
});
