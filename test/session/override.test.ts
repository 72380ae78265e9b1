/** @module Our own fields, in which a caller says who it is. */

import { expect, test } from "bun:test";

import { readOverrides, toToolName } from "../../src/session/override.ts";
import { evidence } from "./client-request.ts";

test("reads tool, client, session, run and tags", () => {
  const headers = {
    "X-Modeltap-Tool": "My Tool",
    "X-Modeltap-Client": "laptop",
    "X-Modeltap-Session": "abc",
    "X-Modeltap-Run": "nightly 12",
    "X-Modeltap-Tag-Team": "search",
    "x-modeltap-tag-": "nameless",
    "x-modeltap-capture": "off",
  };
  expect(readOverrides(evidence(headers))).toEqual({
    tool: "my-tool",
    client: "laptop",
    session: "abc",
    run: "nightly 12",
    tags: { team: "search" },
  });
});

test("says nothing where nothing was said", () => {
  expect(readOverrides(evidence({ "x-modeltap-tool": " ", "x-modeltap-session": "x".repeat(400) }))).toEqual({});
});

test("a tag may have any name without harm, and there are at most twenty", () => {
  const { tags } = readOverrides(evidence({ "x-modeltap-tag-__proto__": "p" }));
  expect(Object.entries(tags ?? {})).toEqual([["__proto__", "p"]]);
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`x-modeltap-tag-${at}`, "v"]));
  expect(Object.keys(readOverrides(evidence(many)).tags ?? {}).length).toBe(20);
});

test("names of tools have one spelling", () => {
  expect(toToolName("  Claude Code!! ")).toBe("claude-code");
  expect(toToolName("日本")).toBeUndefined();
});
