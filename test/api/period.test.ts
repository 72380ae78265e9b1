import { expect, test } from "bun:test";
import { z } from "zod";
import { ApiError } from "../../src/api/error.ts";
import { parseParameters } from "../../src/api/parameters.ts";
import { periodFields, toPeriod } from "../../src/api/period.ts";

const schema = z.strictObject(periodFields).transform(toPeriod);
const at = (text: string): number => Date.parse(text);

test.each([
  [{}, {}],
  [{ from: "1000" }, { fromMs: 1000 }],
  [{ from: "2026-11-21" }, { fromMs: at("2026-11-21T00:00:00Z") }],
  [{ to: "2026-11-21" }, { toMs: at("2026-11-22T00:00:00Z") }],
  [
    { from: "2026-11-21", to: "2026-11-21", tz: "Asia/Kolkata" },
    { fromMs: at("2026-11-20T18:30:00Z"), toMs: at("2026-11-21T18:30:00Z") },
  ],
  [{ to: "2026-10-25", tz: "Europe/Berlin" }, { toMs: at("2026-10-25T23:00:00Z") }],
  [{ from: "2026-11-21T08:00:00Z" }, { fromMs: at("2026-11-21T08:00:00Z") }],
  [{ from: "2026-11-21T08:00" }, { fromMs: at("2026-11-21T08:00:00Z") }],
  [{ from: "2026-11-21 08:00:01.5+02:00" }, { fromMs: at("2026-11-21T06:00:01.5Z") }],
])("%p is %p", (query, period) => {
  expect(parseParameters(schema, query)).toEqual(period);
});

test.each([
  [{ from: "yesterday" }, /^from must be a time: /],
  [{ to: "" }, /^to must be a time: /],
  [{ from: "2026-02-30" }, /^from must be a time: /],
  [{ from: "2026-02-30T00:00:00Z" }, /^from must be a time: /],
  [{ from: "2026-11-21T25:00:00Z" }, /^from must be a time: /],
  [{ from: "21 Nov 2026" }, /^from must be a time: /],
  [{ from: "x", to: "y" }, /^from must be .*; to must be /],
  [{ from: "2026-11-22", to: "2026-11-20" }, /^from must be on or before to\.$/],
  [{ from: "2026-11-22", tz: "Mars/Base" }, /^tz must be an IANA time zone/],
])("%p is refused", (query, message) => {
  try {
    parseParameters(schema, query);
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).message).toMatch(message);
    return;
  }
  throw new Error("was not refused");
});
