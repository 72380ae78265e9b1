/** @module Reports at most once a minute. */

import { expect, test } from "bun:test";
import { createProblemReporter, type JournalProblem } from "../../src/journal/problem.ts";

test("each kind passes once a minute", () => {
  let nowMs = 0;
  const seen: string[] = [];
  const report = createProblemReporter(
    ({ kind, message }) => seen.push(`${kind} ${message}`),
    () => nowMs,
  );
  const tell = (kind: JournalProblem["kind"]): void => report({ kind, message: String(nowMs) });
  tell("disk-failed");
  tell("disk-failed");
  tell("entries-lost");
  nowMs = 59_999;
  tell("disk-failed");
  nowMs = 60_000;
  tell("disk-failed");
  expect(seen).toEqual(["disk-failed 0", "entries-lost 0", "disk-failed 60000"]);
});

test("an observer that throws does no harm", () => {
  const report = createProblemReporter(
    () => {
      throw new Error("no");
    },
    () => 0,
  );
  expect(() => report({ kind: "disk-low", message: "" })).not.toThrow();
});
