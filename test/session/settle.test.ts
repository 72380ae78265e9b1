/** @module Which session a found key leads to. */

import { expect, test } from "bun:test";

import type { SessionKey } from "../../src/domain/session.ts";
import { settleByPrefix, settleByPrevious, toAddedKey } from "../../src/session/settle.ts";

const key = (fields: Partial<SessionKey> = {}): SessionKey => ({
  key: "k",
  sessionId: "ses_1",
  state: "open",
  atMs: 1,
  ...fields,
});

test("nothing known: a new session", () => {
  expect(settleByPrefix([], "ses_new")).toEqual({ sessionId: "ses_new", evidence: "first message", inferred: true });
});

test("the newest key decides", () => {
  const older = key({ key: "j", sessionId: "ses_0" });
  expect(settleByPrefix([key(), older], "ses_new")).toMatchObject({
    sessionId: "ses_1",
    evidence: "message prefix",
    from: key(),
  });
});

test("a second way on is a fork with a parent", () => {
  expect(settleByPrefix([key({ state: "continued" })], "ses_new")).toEqual({
    sessionId: "ses_new",
    parentSessionId: "ses_1",
    evidence: "message prefix, fork",
    inferred: true,
  });
});

test("words that two sessions came to lead to neither", () => {
  const settled = settleByPrefix([key({ state: "ambiguous" }), key({ key: "j" })], "ses_new");
  expect(settled).toEqual({ sessionId: "ses_new", evidence: "message prefix, ambiguous", inferred: true });
});

test("the id of an answer leads to its session, also the second time", () => {
  expect(settleByPrevious(key(), "e", "ses_new")).toMatchObject({ sessionId: "ses_1", evidence: "e", inferred: false });
  expect(settleByPrevious(key({ state: "continued" }), "e", "ses_new")).toMatchObject({
    sessionId: "ses_1",
    evidence: "e, fork",
  });
  expect(settleByPrevious(undefined, "e", "ses_new")).toEqual({ sessionId: "ses_new", evidence: "e", inferred: false });
});

test("a key that another session has already becomes ambiguous, and stays so", () => {
  expect(toAddedKey(undefined, "k", "ses_2", 9)).toEqual(key({ sessionId: "ses_2", atMs: 9 }));
  expect(toAddedKey(key(), "k", "ses_1", 9)).toEqual(key({ atMs: 9 }));
  expect(toAddedKey(key({ state: "continued" }), "k", "ses_2", 9).state).toBe("ambiguous");
  expect(toAddedKey(key({ state: "ambiguous" }), "k", "ses_1", 9).state).toBe("ambiguous");
});
