import { expect, test } from "bun:test";

import { createCheck, parseJsonDocument } from "../../src/config/json-check.ts";

test("absent members are no problem; wrong ones are told with place and path, never with their value", () => {
  const check = createCheck("file");
  expect([check.text(undefined, "a"), check.flag(undefined, "a"), check.url(undefined, "a")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  check.text(" ", "a.b");
  check.url("https://user:s3cret@host", "url");
  check.fields({ host: "x", ok: "s3cret\n" }, "headers");
  check.known({ s: 1 }, "", []);
  expect(check.problems).toEqual([
    "file: a.b must be a non-empty string",
    "file: url must not hold a user name or password: clients send their own credentials",
    "file: headers.host is no header that may be set",
    "file: headers.ok must be one line of text",
    "file: s is not supported",
  ]);
});

test("a document that is no JSON is told without its text", () => {
  expect(parseJsonDocument("{s3cret")).toEqual({ wrong: "is not valid JSON" });
  expect(parseJsonDocument("[1]")).toEqual({ value: [1] });
});
