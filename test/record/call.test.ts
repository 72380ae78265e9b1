/** @module What is known of a call before its answer is read. */

import { expect, test } from "bun:test";

import { findHeader, readCall, toReadContext } from "../../src/record/call.ts";
import { createId, toHead } from "./entries.ts";
import { createLineDialect } from "./line-dialect.ts";

const context = toReadContext(toHead(createId(), { query: "a=1" }), { stream: true }, undefined, "text/plain");

test("the context says what the journal said", () => {
  expect(context).toEqual({
    provider: "test",
    method: "POST",
    path: "/lines",
    query: "a=1",
    requestBody: { stream: true },
    requestContentType: "application/json",
    statusCode: undefined,
    responseContentType: "text/plain",
    responseHeaders: [],
  });
});

test("a dialect names the call; without one it is something else", () => {
  const lines = createLineDialect();
  expect(readCall(() => lines, context)).toMatchObject({ dialectId: "lines", kind: "generation", asksForStream: true });
  expect(readCall(() => undefined, context)).toMatchObject({ dialectId: "unknown", kind: "other" });
});

test("a dialect that throws is a warning", () => {
  const call = readCall(() => {
    throw new Error("bad rule");
  }, context);
  expect(call).toMatchObject({ dialectId: "unknown", warnings: ["dialect_failed: Error: bad rule"] });
});

test("fields of one name are joined, whatever their case", () => {
  const headers = [
    ["Content-Encoding", "gzip"],
    ["content-encoding", "br"],
  ] as const;
  expect(findHeader(headers, "content-encoding")).toBe("gzip, br");
  expect(findHeader(headers, "x")).toBeUndefined();
  expect(findHeader(undefined, "x")).toBeUndefined();
});
