/** @module Header fields and ids as evidence. */

import { expect, test } from "bun:test";

import { toEvidence, toId, toName } from "../../src/session/request.ts";
import { request } from "./client-request.ts";

test("fields are found in any case, blank ones are absent, the first of two counts", () => {
  const evidence = toEvidence({
    ...request({}),
    headers: [
      ["X-A", " one "],
      ["x-a", "two"],
      ["x-b", " "],
    ],
  });
  expect(evidence.header("x-a")).toBe("one");
  expect(evidence.header("x-b")).toBeUndefined();
  expect(evidence.header("x-c")).toBeUndefined();
});

test("a body that is no object is none", () => {
  for (const body of [[1], "x", null, 7, undefined]) expect(toEvidence(request({}, body)).body).toBeUndefined();
});

test("ids are printable and bounded, names are shortened", () => {
  expect(toId(" a ")).toBe("a");
  expect(toId("a\u0000")).toBeUndefined();
  expect(toId("x".repeat(301))).toBeUndefined();
  expect(toName("n".repeat(250))?.length).toBe(100);
});
