/** @module The chip about recording tells the worst news first and never invents good ones. */

import { expect, test } from "bun:test";
import { createStatusBoard, toRecordingState } from "../../src/api/status.ts";

test("says that the state is not known before anything was told, and after the proxy fell silent", () => {
  expect(toRecordingState(null, null).level).toBe("unknown");
  expect(toRecordingState({ capture: "full" }, 60_000)).toEqual({ level: "unknown", text: "proxy is silent" });
});

test.each([
  [{ capture: "full" }, "good", "recording full"],
  [{ capture: "metadata" }, "good", "recording without bodies"],
  [{ capture: "off" }, "warning", "recording counts only"],
  [{ capture: "full", recorder: { state: "away" } }, "warning", "recorder away"],
  [
    { capture: "full", journal: { mode: "memory", lostExchanges: 3, lostBodies: 1 } },
    "bad",
    "journal in memory: 4 lost",
  ],
  [{ capture: "full", journal: { mode: "disk", lostExchanges: 2 } }, "warning", "recording: 2 lost"],
] as const)("%j is %s", (status, level, text) => {
  expect(toRecordingState(status, 100)).toEqual({ level, text });
});

test("takes status messages and ignores all else", () => {
  let now = 1000;
  const board = createStatusBoard(() => now);
  for (const message of [null, 5, "status", {}, { type: "other", status: {} }, { type: "status", status: null }]) {
    board.receive(message);
  }
  expect(board.status).toBeNull();
  board.receive({ type: "status", status: { capture: "full" } });
  now = 1500;
  expect(board.ageMs).toBe(500);
  expect(board.recording.text).toBe("recording full");
});
